package dev.sublinear.kvcache.budget;

/**
 * How many tokens each key-value head of one layer keeps. Nothing else says so: the bytes that a sequence reserves, the
 * room that a layer makes, the chunks that it takes and its trims all follow from here.
 *
 * <p>An implementation must guarantee:
 *
 * <ul>
 *   <li>{@link #keep} is a function of the head and of the tokens seen. It depends neither on what the tokens say nor on how
 *       they arrive nor on other sequences. So the rows of a layer, {@code Σ keep(head, n)} over its heads, are a function of n,
 *       and what {@code KvShape.peakBytes} reserves at admission is enough for the whole sequence. (A {@link BudgetGuard} may
 *       go beyond that number, but never beyond the reservation.)
 *   <li>{@code 1 <= keep(head, seen) <= seen}, more than {@code Protection} holds on to once it is less than seen; and what a
 *       head must have evicted by then, {@code seen - keep(head, seen)}, never falls as seen grows. So a head that has outgrown
 *       its budget has outgrown it until it is trimmed, and the next trim can be found by bisection.
 *   <li>A trim falls on all heads of a layer at once: after the first token with which <em>any</em> of them holds more than its
 *       {@code keep + slack}. Each is then trimmed to its own keep, so none ever holds more than its {@link #peak}, and trims
 *       fall at the same positions however many tokens arrive at once.
 * </ul>
 */
public interface HeadBudgets {

    /**
     * Returns how many tokens a key-value head is trimmed to once {@code seen} have been appended, in [1, seen].
     *
     * @param seen positive
     */
    int keep(int head, int seen);

    /** How many tokens over its budget a head may hold before its layer is trimmed. */
    int slack();

    /** Returns the most tokens that a head has held by the time {@code seen} have been appended. */
    default int peak(int head, int seen) {
        return seen == 0 ? 0 : (int) Math.min(seen, keep(head, seen) + (long) slack() + 1);
    }

    /** Whether a head that holds {@code length} of the tokens seen has outgrown its budget, so that its layer must be trimmed. */
    default boolean outgrown(int head, int length, int seen) {
        return length > 0 && length > keep(head, seen) + (long) slack();
    }
}
