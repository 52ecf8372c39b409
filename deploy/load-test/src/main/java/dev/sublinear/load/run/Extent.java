package dev.sublinear.load.run;

import java.time.Duration;

/** How long a stage lasts. */
public sealed interface Extent {

    /**
     * A time.
     *
     * @param warmUp before it counts
     * @param measured while it counts
     */
    record Lasting(Duration warmUp, Duration measured) implements Extent {}

    /** A number of requests, which all count. */
    record Requests(long count) implements Extent {}

    static Extent seconds(int warmUp, int measured) {
        return new Lasting(Duration.ofSeconds(warmUp), Duration.ofSeconds(measured));
    }
}
