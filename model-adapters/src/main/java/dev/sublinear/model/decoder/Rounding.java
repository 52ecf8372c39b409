package dev.sublinear.model.decoder;

/** How often the inputs of a product are rounded, in a precision that rounds them to 8 bits or fewer. */
enum Rounding {
    ONCE(1),
    /** The rounding error is rounded, too: for inputs with a few far larger numbers, and for the head, whose errors reach logits. */
    TWICE(2);

    private final int times;

    Rounding(int times) {
        this.times = times;
    }

    int times() {
        return times;
    }
}
