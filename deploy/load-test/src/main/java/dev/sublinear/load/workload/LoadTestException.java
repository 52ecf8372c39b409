package dev.sublinear.load.workload;

/** The test cannot go on; the message is for whoever started it. */
public final class LoadTestException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public LoadTestException(String message) {
        super(message);
    }
}
