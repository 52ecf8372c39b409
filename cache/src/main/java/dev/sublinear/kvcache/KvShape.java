package dev.sublinear.kvcache;

import static dev.sublinear.kvcache.precondition.Preconditions.require;

import dev.sublinear.kvcache.budget.BudgetGuard;
import dev.sublinear.kvcache.storage.KvRows;
import dev.sublinear.kvcache.storage.KvStorage;
import java.util.Collections;
import java.util.List;

/**
 * The sizes of a sequence's cache.
 *
 * @param layers layers of the model
 * @param kvHeads key-value heads of a layer
 * @param group query heads that share a key-value head
 * @param headDim numbers in a key, and in a value
 * @param storage of keys and values
 * @param windows for each layer, how many of the newest tokens it attends to, itself included; 0 for all
 */
public record KvShape(int layers, int kvHeads, int group, int headDim, KvStorage storage, List<Integer> windows) {

    /**
     * Rows come in blocks of this many tokens. Attention reads whole blocks, whose unused rows are zero and masked, so
     * that the shape of its products, and with it their rounding, does not depend on how many tokens arrive at once.
     */
    public static final int BLOCK = KvRows.BLOCK;

    /** A shape with a query head for each key-value head, stored as float32. */
    public KvShape(int layers, int kvHeads, int headDim) {
        this(layers, kvHeads, headDim, KvStorage.FLOAT32);
    }

    /** A shape with a query head for each key-value head, whose layers attend to all tokens. */
    public KvShape(int layers, int kvHeads, int headDim, KvStorage storage) {
        this(layers, kvHeads, 1, headDim, storage, Collections.nCopies(Math.max(0, layers), 0));
    }

    public KvShape {
        require(layers >= 1, "layers must be at least 1, was %s", layers);
        require(kvHeads >= 1, "kvHeads must be at least 1, was %s", kvHeads);
        require(group >= 1, "group must be at least 1, was %s", group);
        require(headDim >= 1, "headDim must be at least 1, was %s", headDim);
        windows = List.copyOf(windows);
        require(windows.size() == layers, "windows must be %s, one for each layer, were %s", layers, windows.size());
        require(windows.stream().allMatch(window -> window >= 0), "windows must not be negative, were %s", windows);
    }

    /**
     * Returns what a policy means for one layer.
     *
     * @throws IllegalArgumentException if it has laws for the heads of another model
     */
    public LayerPolicy policy(EvictionPolicy policy, int layer) {
        policy.budget().requireFits(layers, kvHeads);
        return new LayerPolicy(policy, layer, kvHeads, windows.get(layer));
    }

    /**
     * Returns the bytes of one layer: key, value, position and the scorer's state of each token, and what is kept of each head.
     *
     * @param rows for tokens, of all its heads together
     */
    public long layerBytes(LayerPolicy policy, long rows) {
        return rows * tokenBytes(policy)
                + (long) kvHeads * Double.BYTES * policy.stateOfHead(headDim)
                + queryBytes(policy);
    }

    /** Returns the bytes of the queries that a layer keeps. */
    private long queryBytes(LayerPolicy policy) {
        return (long) Float.BYTES * policy.queries() * kvHeads * group * headDim;
    }

    private long tokenBytes(LayerPolicy policy) {
        return 2L * vectorBytes() + Integer.BYTES + (long) Double.BYTES * policy.stateOfToken();
    }

    private long vectorBytes() {
        return storage.vectorBytes(headDim);
    }

    /** Returns the bytes of the largest column of one token, scales and all. */
    private long columnBytes(LayerPolicy policy) {
        return Math.max(Math.max(vectorBytes(), Integer.BYTES), (long) Double.BYTES * policy.stateOfToken());
    }

    /**
     * Returns the bytes of all layers after {@code seen} tokens, each head trimmed to its budget, without room for another token.
     *
     * @see #peakBytes what to reserve
     */
    public long keptBytes(EvictionPolicy policy, int seen) {
        long bytes = 0;
        for (int layer = 0; layer < layers; layer++) {
            LayerPolicy own = policy(policy, layer);
            bytes += layerBytes(own, keptTokens(own, seen));
        }
        return bytes;
    }

    /**
     * Returns the tokens that a head holds after {@code seen}, trimmed to its budget: the mean over all heads of all layers. Heads
     * with budgets of their own hold whole blocks just after a trim, and all that has come since.
     */
    public double keptTokens(EvictionPolicy policy, int seen) {
        long tokens = 0;
        for (int layer = 0; layer < layers; layer++) {
            tokens += keptTokens(policy(policy, layer), seen);
        }
        return (double) tokens / ((long) layers * kvHeads);
    }

    private long keptTokens(LayerPolicy policy, int seen) {
        long tokens = 0;
        for (int head = 0; head < kvHeads; head++) {
            tokens += policy.keep(head, seen);
        }
        return tokens;
    }

    /**
     * Returns the most bytes that a sequence uses until it has seen {@code seen} tokens: the peak of every head of every layer,
     * and one column more, because a column that grows is there twice for a moment, as are queries that a fork shares no more.
     */
    public long peakBytes(EvictionPolicy policy, int seen) {
        long all = 0;
        long twice = 0;
        for (int layer = 0; layer < layers; layer++) {
            LayerPolicy own = policy(policy, layer);
            long rows = 0;
            for (int head = 0; head < kvHeads; head++) {
                rows += wholeBlocks(own.peak(head, seen));
            }
            all += layerBytes(own, rows);
            twice = Math.max(twice, Math.max(rows * columnBytes(own), queryBytes(own)));
        }
        return all + twice;
    }

    /** Returns the most tokens that a head has held by the time {@code seen} have been appended, the longest head of any layer. */
    public int longestPeak(EvictionPolicy policy, int seen) {
        int longest = 0;
        for (int layer = 0; layer < layers; layer++) {
            longest = Math.max(
                    longest, new LayerBudget(policy(policy, layer), BudgetGuard.OFF, 0).longestPeak(kvHeads, seen));
        }
        return longest;
    }

    /** Returns whether a layer is trimmed by the time {@code seen} tokens have been appended. */
    public boolean isTrimmedBy(EvictionPolicy policy, int seen) {
        for (int layer = 0; layer < layers; layer++) {
            if (new LayerBudget(policy(policy, layer), BudgetGuard.OFF, 0).nextTrim(new HeadLengths(kvHeads)) <= seen) {
                return true;
            }
        }
        return false;
    }

    /** Returns the tokens that every head of every layer may keep in {@code bytes}, if all keep the same. */
    int keepWithin(LayerPolicy policy, long bytes) {
        long free = bytes - layers * layerBytes(policy, 0);
        long row = kvHeads * (long) layers * tokenBytes(policy);
        long rows = Math.min(free / (row + kvHeads * columnBytes(policy)), (free - queryBytes(policy)) / row);
        long capacity = rows / BLOCK * BLOCK;
        return (int) Math.min(Integer.MAX_VALUE, Math.max(0, capacity - policy.slack() - 1));
    }

    /** Returns the rows that {@code tokens} need in whole blocks. */
    public static int wholeBlocks(int tokens) {
        return Math.toIntExact((tokens + (BLOCK - 1L)) / BLOCK * BLOCK);
    }
}
