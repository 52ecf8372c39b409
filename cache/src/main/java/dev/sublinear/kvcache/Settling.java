package dev.sublinear.kvcache;

import static dev.sublinear.kvcache.precondition.Preconditions.require;

import ai.djl.ndarray.NDScope;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** What a layer's scorer is told of attention, and of how many tokens it has been told. */
final class Settling {
    private final LayerPolicy policy;
    private final int headDim;
    private final LayerStorage storage;
    private final Set<Signal> observed; // what the scorer sees of attention
    private final int queries; // kept of the newest tokens
    private final Set<Signal> wants; // what must be told, unless a kernel does it in place
    private final boolean forgets;

    private int settled; // tokens seen whose signals the scorer has

    Settling(LayerPolicy policy, int headDim, LayerStorage storage, int settled) {
        this.policy = policy;
        this.headDim = headDim;
        this.storage = storage;
        this.observed = policy.needs();
        this.queries = policy.queries();
        this.wants = wants(observed, queries);
        this.forgets = policy.forgets();
        this.settled = settled;
    }

    private static Set<Signal> wants(Set<Signal> observed, int queries) {
        Set<Signal> wants = EnumSet.noneOf(Signal.class);
        wants.addAll(observed);
        if (queries > 0) {
            wants.add(Signal.QUERIES);
        }
        return wants;
    }

    /** Returns of how many of the tokens seen the scorer has been told. */
    int settled() {
        return settled;
    }

    /** Returns how many of the newest tokens' queries are kept. */
    int queries() {
        return queries;
    }

    /** Whether the newest tokens can be dropped again without a trace, see {@link LayerPolicy#forgets}. */
    boolean forgets() {
        return forgets;
    }

    boolean wants(Signal signal) {
        return wants.contains(signal);
    }

    /** Whether the scorer would only add the attention weights to the state of tokens, so that a kernel may do so. */
    boolean sumsAttention() {
        return wants(Signal.ATTENTION_WEIGHTS) && policy.scorer().sumsAttention();
    }

    /** Whether a kernel can do all that is wanted. */
    boolean isInPlace() {
        return observed.isEmpty() || (observed.size() == 1 && sumsAttention());
    }

    /** @throws IllegalStateException if the scorer must see a signal */
    void settleInPlace() {
        if (!wants.isEmpty() && !isInPlace()) {
            throw new IllegalStateException("scorer " + policy.scorer().name() + " must observe " + wants
                    + ": they are not only kept or summed");
        }
        settled = storage.seen();
    }

    /** @param steps one for each group of heads */
    void settle(List<AttentionStep> steps) {
        List<HeadGroup> groups = storage.grouped();
        require(
                steps.size() == groups.size(),
                "attention steps must be %s, one for each view of the layer, were %s",
                groups.size(),
                steps.size());
        if (!wants.isEmpty()) {
            int[] rows = requireShapes(groups, steps);
            try (NDScope temporaries = new NDScope()) {
                temporaries.suppressNotUsedWarning();
                for (int i = 0; i < rows.length; i++) {
                    observe(groups.get(i), steps.get(i), rows[i]);
                }
            }
        }
        settled = storage.seen();
    }

    /** Returns how many rows of each group have weights. */
    private int[] requireShapes(List<HeadGroup> groups, List<AttentionStep> steps) {
        int[] rows = new int[steps.size()];
        for (int i = 0; i < rows.length; i++) {
            HeadGroup group = groups.get(i);
            rows[i] = steps.get(i).requireShapes(wants, group.heads(), headDim, unsettled(), group.length());
            if (queries > 0) {
                storage.queries().requireShape(steps.get(i).queries(), group.heads(), unsettled());
            }
        }
        return rows;
    }

    private int unsettled() {
        return storage.seen() - settled;
    }

    private void observe(HeadGroup group, AttentionStep step, int rows) {
        if (queries > 0) {
            storage.queries().write(storage.seen(), group.firstHead(), step.queries());
        }
        if (!observed.isEmpty()) {
            policy.scorer().observe(group.state(rows, unsettled()), step);
        }
    }

    /** @throws IllegalStateException if the scorer has not been told of the newest tokens */
    void requireSettled(int layer) {
        if (!wants.isEmpty() && unsettled() > 0) {
            throw new IllegalStateException("layer " + layer + " must observe the attention of its newest "
                    + unsettled() + " tokens before it is trimmed");
        }
    }

    /** Forgets tokens that have been dropped again. */
    void truncate(int tokens) {
        settled = Math.min(settled, tokens);
    }
}
