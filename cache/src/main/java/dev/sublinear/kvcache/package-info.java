/**
 * A key-value cache that evicts the tokens which attention needs least, so that it holds about α·n^C of n.
 *
 * <p>{@link dev.sublinear.kvcache.BudgetSchedule} says how many tokens may stay, a {@link
 * dev.sublinear.kvcache.Scorer} which go first, {@link dev.sublinear.kvcache.Protection} which never go; {@link
 * dev.sublinear.kvcache.EvictionPolicy} ties them together. {@link dev.sublinear.kvcache.KvCache} holds one sequence.
 * Nothing here is thread safe: a cache belongs to the thread that runs its model.
 */
@NullMarked
package dev.sublinear.kvcache;

import org.jspecify.annotations.NullMarked;
