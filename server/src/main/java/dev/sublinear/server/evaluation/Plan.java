package dev.sublinear.server.evaluation;

import java.util.List;
import java.util.Locale;

/**
 * What to measure.
 *
 * @param documents how many
 * @param length of each, in tokens
 * @param workers threads, each with a model of its own
 * @param capacity bytes for the caches of one worker
 */
public record Plan(List<Setting> settings, int documents, int length, int workers, long capacity) {
    public Plan {
        settings = List.copyOf(settings);
        require(documents >= 2, "documents must be at least 2, or there is no interval, was %s", documents);
        require(length >= 2 * Grid.FIRST, "length must be at least %s tokens, was %s", 2 * Grid.FIRST, length);
        require(workers >= 1 && workers <= 1024, "workers must be from 1 to 1024, was %s", workers);
    }

    private static void require(boolean holds, String rule, Object... values) {
        if (!holds) {
            throw new IllegalArgumentException(String.format(Locale.ROOT, rule, values));
        }
    }
}
