package dev.sublinear.testing;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestWatcher;

/** Prints how to replay a test that failed, if any test of the process has drawn a fresh seed. JUnit finds it as a service. */
public final class SeedReport implements TestWatcher {
    @Override
    public void testFailed(ExtensionContext context, Throwable cause) {
        Seed.drawn().ifPresent(seed -> System.out.println(replay(context.getRequiredTestClass(), seed)));
    }

    static String replay(Class<?> test, long seed) {
        return "%s failed; the fresh seed of this run: -Dtest=%s -Dseed=%s"
                .formatted(test.getSimpleName(), test.getSimpleName(), seed);
    }
}
