package dev.sublinear.engine.constraint.limits;

/**
 * What compiling one schema may still spend. It counts states and steps, not time, so that the same schema is refused or
 * not wherever it is compiled.
 */
public final class CompileBudget {
    private final ConstraintLimits limits;
    private long states;
    private long nodes;
    private long work;

    public CompileBudget(ConstraintLimits limits) {
        this.limits = limits;
    }

    /** The limits that this began with. */
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
