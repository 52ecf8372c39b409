package dev.sublinear.testing;

import java.util.OptionalLong;
import java.util.stream.LongStream;

/** The seeds of random tests. {@code -Dseed=N} replaces all of them. {@link SeedReport} prints the fresh ones of a failure. */
public final class Seed {
    private static final long RUN = given().orElseGet(System::nanoTime);
    private static volatile boolean fresh;

    private Seed() {}

    /** Returns N of {@code -Dseed=N}. */
    public static OptionalLong given() {
        Long seed = Long.getLong("seed");
        return seed == null ? OptionalLong.empty() : OptionalLong.of(seed);
    }

    /** Returns {@code usual} unless {@code -Dseed} is given. */
    public static long or(long usual) {
        return given().orElse(usual);
    }

    /** Returns {@code count} consecutive seeds, from 0 or from {@code -Dseed} on: to replay the round of a seed, begin with it. */
    public static long[] each(int count) {
        return LongStream.range(or(0), or(0) + count).toArray();
    }

    /** Returns a seed that differs from run to run, the same everywhere in one, unless {@code -Dseed} is given. */
    public static long fresh() {
        fresh = true;
        return RUN;
    }

    /** Returns what {@link #fresh()} has returned in this process. */
    static OptionalLong drawn() {
        return fresh ? OptionalLong.of(RUN) : OptionalLong.empty();
    }
}
