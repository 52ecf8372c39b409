package dev.sublinear.engine.constraint.limits;

/**
 * How much a schema may cost. All limits are counts, so that every machine refuses the same schemas.
 *
 * @param depth of schemas nested in each other
 * @param states of the automata of its strings, numbers and literals together
 * @param nodes of the grammar
 * @param work steps of compilation; a million takes some 10 ms
 * @param alternatives stacks of the pushdown automaton at one place in an answer
 * @param lazyStates of the pushdown automaton that are remembered; beyond it, all are forgotten and found anew
 * @param maskBytes of the token masks that are remembered for one schema
 * @param maskWork stacks that are visited while one mask is computed; a million takes some tenths of a second
 * @param schemas compiled schemas that are remembered
 */
public record ConstraintLimits(
        int depth,
        int states,
        int nodes,
        long work,
        int alternatives,
        int lazyStates,
        long maskBytes,
        int maskWork,
        int schemas) {
    public static final ConstraintLimits DEFAULT =
            new ConstraintLimits(64, 8_192, 20_000, 10_000_000, 1_024, 2_048, 4L << 20, 500_000, 16);
}
