package dev.sublinear.model.reference;

import java.util.function.IntUnaryOperator;

/**
 * What the reference keeps: once more than {@code keep(seen) + slack} tokens are held, the lowest scores go until
 * {@code keep(seen)} are left.
 *
 * @param keep tokens seen to tokens that may stay
 * @param slack how far over {@code keep} a head may run before it is trimmed
 * @param sinks how many of the first tokens of the sequence always stay
 * @param recent tokens that may stay to how many of the newest always do
 * @param score which of the others go first; of equal scores, the older token
 */
public record ReferencePolicy(
        IntUnaryOperator keep, int slack, int sinks, IntUnaryOperator recent, ReferenceScore score) {

    /** Keeps everything. */
    public static ReferencePolicy unlimited() {
        return new ReferencePolicy(seen -> seen, 0, 0, kept -> 0, ReferenceScore.recency());
    }
}
