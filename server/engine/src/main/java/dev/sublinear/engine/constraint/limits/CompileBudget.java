package dev.sublinear.engine.constraint.limits;

/**
 * Counts the states, nodes and steps of compiling one schema, and refuses more than its limits. It does not count time,
 * so that every machine refuses the same schemas.
 */
public final class CompileBudget {
    private final ConstraintLimits limits;
    private long states;
    private long nodes;
    private long work;

    public CompileBudget(ConstraintLimits limits) {
        this.limits = limits;
    }

    /** The limits that are counted against. */
    public ConstraintLimits limits() {
        return limits;
    }

    public void states(int added) {
        states += added;
        require(states <= limits.states(), "more than " + limits.states() + " automaton states");
    }

    public void nodes(int added) {
        nodes += added;
        require(nodes <= limits.nodes(), "more than " + limits.nodes() + " grammar nodes");
    }

    public void work(long steps) {
        work += steps;
        require(work <= limits.work(), "more than " + limits.work() + " steps of compilation");
    }

    private static void require(boolean holds, String needs) {
        if (!holds) {
            throw new TooLargeException("is too large: it needs " + needs);
        }
    }
}
