/**
 * A key-value cache that evicts the tokens which attention needs least, so that it holds about α·n^C of n.
 *
 * <p>{@link dev.sublinear.kvcache.budget.BudgetSchedule} says how many tokens may stay, a {@link
 * dev.sublinear.kvcache.Scorer} which go first, {@link dev.sublinear.kvcache.Protection} which never go; {@link
 * dev.sublinear.kvcache.EvictionPolicy} ties them together. {@link dev.sublinear.kvcache.KvCache} holds one sequence.
 * Nothing here is thread safe: a cache belongs to the thread that runs its model.
 *
 * <table>
 * <caption>The budgets, as {@link dev.sublinear.kvcache.budget.BudgetSchedule#parse} reads them, in tokens after n have been seen;
 * never more than n, and the last four never less than {@code floor}, 64 unless given</caption>
 * <tr><th>written<th>keeps
 * <tr><td>{@code unlimited}<td>n: exact, the reference
 * <tr><td>{@code fixed:1024}<td>1024
 * <tr><td>{@code fraction:0.25}<td>a quarter of n
 * <tr><td>{@code logarithmic:scale=64}<td>64 · ln n
 * <tr><td>{@code power-law:alpha=32,exponent=0.5}<td>32 · √n: the default
 * <tr><td>{@code head-laws:scale=1}<td>of each key-value head α · n^C with its own α and C, of the model's profile, see {@link
 * dev.sublinear.kvcache.budget.HeadLaws}
 * </table>
 *
 * <p>The scorers are in {@link dev.sublinear.kvcache.scorer}, with papers and costs.
 *
 * <p>Pruning in a loop of one's own, with any engine of DJL; {@code project} stands for the model's projections of one
 * token to its query, key and value, each of shape (kvHeads, 1, headDim):
 *
 * <pre>{@code
 * BudgetSchedule budget = BudgetSchedule.parse("power-law:alpha=8,exponent=0.5");
 * EvictionPolicy policy = EvictionPolicy.of(budget, new HeavyHitterScorer());
 * KvShape shape = new KvShape(1, 2, 16); // layers, key-value heads, head size
 * KvMemory memory = new KvMemory(1 << 20);
 * KvMemory.Reservation room =
 *         memory.reserve(shape.peakBytes(policy, TOKENS)).orElseThrow();
 * try (KvCache cache = new KvCache(manager, shape, policy, room, KvCacheListener.NONE)) {
 *     for (int token = 0; token < TOKENS; token++) {
 *         try (NDScope step = new NDScope()) {
 *             LayerCache layer = cache.layer(0);
 *             layer.claim(1);
 *             layer.write(project(manager), project(manager));
 *             NDArray scores = project(manager).matMul(layer.view().keys().transpose(0, 2, 1));
 *             NDArray weights = scores.div(4).softmax(-1);
 *             NDArray output = weights.matMul(layer.view().values());
 *             layer.settle(new AttentionStep(weights));
 *             layer.trim();
 *         }
 *     }
 * }
 * }</pre>
 *
 * <p>Many tokens at once, as in a prompt, go in chunks of {@link dev.sublinear.kvcache.LayerCache#nextChunk} tokens, and
 * a causal mask compares {@link dev.sublinear.kvcache.LayerView#positions}, never rows. A chunk ends at a trim, so
 * that what is kept does not depend on how tokens arrive, and at the end of a block of 64 rows, so that a kernel that
 * reads whole {@link dev.sublinear.kvcache.LayerCache#rows} multiplies the same shapes however many tokens arrive at
 * once.
 */
@NullMarked
package dev.sublinear.kvcache;

import org.jspecify.annotations.NullMarked;
