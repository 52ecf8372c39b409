package dev.sublinear.engine.generation;

/**
 * What became of tokens that were drafted.
 *
 * @param accepted those that were chosen, too: each spared the answer a step
 * @param rejected those that the cache dropped again
 */
public record Drafts(int accepted, int rejected) {
    public static final Drafts NONE = new Drafts(0, 0);

    Drafts and(int moreAccepted, int moreRejected) {
        return new Drafts(accepted + moreAccepted, rejected + moreRejected);
    }
}
