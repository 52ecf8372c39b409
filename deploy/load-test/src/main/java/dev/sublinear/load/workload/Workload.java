package dev.sublinear.load.workload;

import java.util.List;
import java.util.function.Function;

/** Draws requests. The same seed draws the same. */
public interface Workload {

    /** What it is, with its numbers. */
    String name();

    /**
     * Draws different requests, in the order in which they are to be sent.
     *
     * @param alone answers a request by itself, for those whose next request holds the answer
     */
    List<Ask> draw(int count, long seed, Function<Ask, Golden> alone);
}
