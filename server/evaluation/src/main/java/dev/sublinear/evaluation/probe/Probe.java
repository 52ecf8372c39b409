package dev.sublinear.evaluation.probe;

/**
 * A test of memory: a needle is told in a context and asked for after it. No eviction of the context can take the question into
 * account, because it comes later.
 */
interface Probe {

    /** The name in tables and in the keys of results. */
    String name();

    /** Draws a context with the needle in it, and the questions. The same haystack with the same seed gives the same trial. */
    Trial draw(Haystack haystack);
}
