package dev.sublinear.engine.sampling;

/**
 * Random numbers that are a function of a seed and a position alone, so that a request draws the same numbers beside any
 * other requests and after any preemption.
 *
 * <p>The mixing is that of SplitMix64. Steele, Lea and Flood, <a
 * href="https://doi.org/10.1145/2660193.2660195">Fast Splittable Pseudorandom Number Generators</a>, 2014.
 *
 * @param seed any number
 */
record RandomStream(long seed) {
    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

    /** Returns a number in [0, 1). */
    double at(long position) {
        long bits = mix(mix(seed) + (position + 1) * GOLDEN_GAMMA);
        return (bits >>> 11) * 0x1.0p-53;
    }

    static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
