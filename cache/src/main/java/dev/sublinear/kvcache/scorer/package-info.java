/**
 * One class for each published method of eviction; {@link dev.sublinear.kvcache.scorer.Scorers} finds them by name. To add
 * one, see CONTRIBUTING.md.
 *
 * <table>
 * <caption>The scorers: what they want of each attention call, the bytes that they remember of each token in each head, and
 * what a trim costs beyond the choice itself</caption>
 * <tr><th>name<th>class<th>signals<th>bytes<th>after<th>at a trim
 * <tr><td>heavy-hitter<td>{@link dev.sublinear.kvcache.scorer.HeavyHitterScorer}<td>attention weights<td>8
 *     <td><a href="https://arxiv.org/abs/2306.14048">H2O</a>, by lifetime
 *     <td>reads its numbers
 * <tr><td>heavy-hitter-sum<td>{@link dev.sublinear.kvcache.scorer.HeavyHitterSumScorer}<td>attention weights<td>8
 *     <td><a href="https://arxiv.org/abs/2306.14048">H2O</a>
 *     <td>reads its numbers
 * <tr><td>decay<td>{@link dev.sublinear.kvcache.scorer.DecayScorer}<td>attention weights<td>8
 *     <td><a href="https://arxiv.org/abs/2306.14048">H2O</a>, decaying
 *     <td>reads its numbers
 * <tr><td>last-query<td>{@link dev.sublinear.kvcache.scorer.LastQueryScorer}<td>attention weights<td>8
 *     <td><a href="https://arxiv.org/abs/2401.06104">TOVA</a>
 *     <td>reads its numbers
 * <tr><td>last-queries<td>{@link dev.sublinear.kvcache.scorer.LastQueriesScorer}<td>attention weights<td>64
 *     <td><a href="https://arxiv.org/abs/2404.14469">SnapKV</a>, <a href="https://arxiv.org/abs/2503.00979">MorphKV</a>
 *     <td>reads its numbers
 * <tr><td>r-kv<td>{@link dev.sublinear.kvcache.scorer.RkvScorer}<td>attention weights<td>64
 *     <td><a href="https://arxiv.org/abs/2505.24133">R-KV</a>
 *     <td>reads keys three times, sorts positions
 * <tr><td>value-aware-heavy-hitter<td>{@link dev.sublinear.kvcache.scorer.ValueAwareScorer}<td>attention weights<td>8
 *     <td><a href="https://arxiv.org/abs/2504.14051">CAOTE</a>
 *     <td>reads values twice and copies them once
 * <tr><td>expected-attention<td>{@link dev.sublinear.kvcache.scorer.ExpectedAttentionScorer}<td>queries<td>0
 *     <td><a href="https://arxiv.org/abs/2510.00636">Expected Attention</a>
 *     <td>multiplies keys with a matrix; (headDim + 1)² numbers for each head
 * <tr><td>snap<td>{@link dev.sublinear.kvcache.scorer.SnapScorer}<td>none<td>0
 *     <td><a href="https://arxiv.org/abs/2404.14469">SnapKV</a>, of the queries kept
 *     <td>attention of the queries kept to all keys, without its output; reads values once
 * <tr><td>snap+key-diff<td>{@link dev.sublinear.kvcache.scorer.SumOfRanksScorer}<td>none<td>0
 *     <td>Borda's count of any scorers
 *     <td>what they cost, and sorts their scores
 * <tr><td>snap-or-key-diff<td>{@link dev.sublinear.kvcache.scorer.BestRankScorer}<td>none<td>0
 *     <td>turns of any scorers
 *     <td>what they cost, and sorts their scores
 * <tr><td>recency<td>{@link dev.sublinear.kvcache.scorer.RecencyScorer}<td>none<td>0
 *     <td><a href="https://arxiv.org/abs/2309.17453">StreamingLLM</a>
 *     <td>reads positions
 * <tr><td>key-norm<td>{@link dev.sublinear.kvcache.scorer.KeyNormScorer}<td>none<td>0
 *     <td><a href="https://arxiv.org/abs/2406.11430">L2 norm</a>
 *     <td>reads keys once
 * <tr><td>key-diff<td>{@link dev.sublinear.kvcache.scorer.KeyDiffScorer}<td>none<td>0
 *     <td><a href="https://arxiv.org/abs/2504.15364">KeyDiff</a>
 *     <td>reads keys three times
 * <tr><td>random<td>{@link dev.sublinear.kvcache.scorer.RandomScorer}<td>none<td>0
 *     <td>a control
 *     <td>hashes positions
 * </table>
 *
 * <p>Where a class deviates from its paper, it says so. A scorer without signals costs nothing until a trim. Which is best
 * depends on the model and the text: measure it, {@code random} and {@code recency} beside it.
 */
@NullMarked
package dev.sublinear.kvcache.scorer;

import org.jspecify.annotations.NullMarked;
