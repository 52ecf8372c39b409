package dev.sublinear.load;

/** The test cannot go on; the message is for whoever started it. */
final class LoadTestException extends RuntimeException {
    private static final long serialVersionUID = 1;

    LoadTestException(String message) {
        super(message);
    }
}
