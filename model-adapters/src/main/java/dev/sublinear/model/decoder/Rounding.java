package dev.sublinear.model.decoder;

/** How often what a matrix is multiplied with is rounded, in a precision that rounds it to so few bits that it matters. */
enum Rounding {
    ONCE(1),
    /** And what that leaves once more: where a few numbers are far larger than the others, or errors reach the logits at once. */
    TWICE(2);

    private final int times;

    Rounding(int times) {
        this.times = times;
    }

    int times() {
        return times;
    }
}
