package dev.sublinear.model.precision;

/** A precision that libtorch cannot multiply in on this machine. */
public final class PrecisionException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public PrecisionException(Precision precision, Throwable cause) {
        super(
                "precision must be one that libtorch has products for on this processor, was " + precision
                        + ", of which it says: "
                        + String.valueOf(cause.getMessage())
                                .strip()
                                .lines()
                                .reduce((first, last) -> last)
                                .orElse(""),
                cause);
    }
}
