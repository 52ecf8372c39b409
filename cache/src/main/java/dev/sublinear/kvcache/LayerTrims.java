package dev.sublinear.kvcache;

import static dev.sublinear.kvcache.KvShape.wholeBlocks;

import ai.djl.ndarray.NDScope;
import java.util.Arrays;

/** The trims of one layer: when they fall, and what they evict. */
final class LayerTrims {
    private final int layer;
    private final LayerPolicy policy;
    private final LayerBudget budget;
    private final LayerStorage storage;
    private final TokenScores scores;
    private final KvCacheListener listener;

    private long next; // tokens seen when the next one falls
    private int last; // tokens seen at the last one
    private double lost;

    /** @param policy of the layer */
    LayerTrims(int layer, LayerPolicy policy, LayerBudget budget, LayerStorage storage, KvCacheListener listener) {
        this.layer = layer;
        this.policy = policy;
        this.budget = budget;
        this.storage = storage;
        this.scores = new TokenScores(policy, layer);
        this.listener = listener;
        this.next = budget.nextTrim(storage.lengths());
    }

    /** Goes on in a layer with the same past. */
    LayerTrims(LayerTrims past, LayerPolicy policy, int ceiling, LayerStorage storage, KvCacheListener listener) {
        this(
                past.layer,
                policy,
                policy.equals(past.policy)
                        ? past.budget.under(ceiling)
                        : new LayerBudget(policy, policy.guard(), ceiling),
                storage,
                listener);
        this.last = past.last;
        this.lost = past.lost;
    }

    LayerBudget budget() {
        return budget;
    }

    TokenScores scores() {
        return scores;
    }

    /** Returns how many tokens had been seen at the last trim. */
    int last() {
        return last;
    }

    /** Returns what the last trim lost. */
    double lost() {
        return lost;
    }

    /** Returns how many tokens will have been seen when the next trim falls, or {@link LayerBudget#NEVER}. */
    long next() {
        return next;
    }

    boolean isDue() {
        return storage.seen() >= next;
    }

    /** @throws IllegalStateException naming what has outgrown which budget */
    void requireNoneDue() {
        HeadLengths lengths = storage.lengths();
        for (int head = 0; isDue() && head < lengths.heads(); head++) {
            if (budget.outgrown(head, lengths.length(head), lengths.seen())) {
                throw new IllegalStateException(
                        "layer " + layer + " must be trimmed before it takes more tokens, it holds "
                                + lengths.length(head) + " of a budget of " + budget.keep(head, lengths.seen()));
            }
        }
    }

    /** Evicts down to the budget of each head; returns how many tokens all heads lost together. */
    int trim() {
        listener.onTrimming(layer);
        try (NDScope temporaries = new NDScope()) {
            temporaries.suppressNotUsedWarning();
            int[] usual = budget.usual(storage.lengths());
            return trim(scores.rank(storage, usual, readsAttention()), usual);
        }
    }

    private boolean readsAttention() {
        return policy.needs().contains(Signal.ATTENTION_WEIGHTS);
    }

    private int trim(Ranking ranking, int[] usual) {
        HeadLengths lengths = storage.lengths();
        int before = budget.raised();
        int[] keep = budget.decide(lengths, usual, ranking::loss);
        int evicted = lengths.areWithin(keep) ? 0 : storage.evict(ranking.moves(keep, storage.headRows()::first), keep);
        if (budget.raised() < before) {
            int[] rows = new int[storage.heads()];
            Arrays.setAll(rows, head -> wholeBlocks(budget.peak(head, storage.seen())));
            storage.resize(rows);
        }
        last = storage.seen();
        next = budget.nextTrim(lengths);
        if (budget.raised() != before) {
            listener.onRaised(layer, budget.raised());
        }
        if (evicted > 0) {
            listener.onTrimmed(layer, evicted, lengths);
            if (readsAttention()) {
                lost = ranking.loss(keep);
                listener.onLost(layer, lost);
            }
        }
        return evicted;
    }
}
