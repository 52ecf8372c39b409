package dev.sublinear.model.text;

/** A text that has more tokens than it may have, which was found out before it was split. */
public final class TooManyTokensException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int most;
    private final long least;

    TooManyTokensException(int most, long least) {
        super("text must have at most " + most + " tokens, has at least " + least);
        this.most = most;
        this.least = least;
    }

    /** How many it may have. */
    public int most() {
        return most;
    }

    /** How many it has at least. */
    public long least() {
        return least;
    }
}
