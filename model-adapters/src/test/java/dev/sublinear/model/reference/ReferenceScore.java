package dev.sublinear.model.reference;

/** Says which retained tokens go first: those with the lowest score. */
@FunctionalInterface
public interface ReferenceScore {

    /** Returns the score of {@code token} when {@code seen} tokens have been appended, itself among them. */
    double score(ReferenceToken token, int seen);

    /** The attention that a token has drawn so far. */
    static ReferenceScore heavyHitter() {
        return (token, seen) -> token.importance();
    }

    /** The attention that a token has drawn, divided by the number of queries that could have drawn on it. */
    static ReferenceScore heavyHitterPerLifetime() {
        return (token, seen) -> token.importance() / (seen - token.position());
    }

    /** The position: the oldest go first. */
    static ReferenceScore recency() {
        return (token, seen) -> token.position();
    }
}
