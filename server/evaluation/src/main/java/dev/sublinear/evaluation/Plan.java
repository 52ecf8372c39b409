package dev.sublinear.evaluation;

import dev.sublinear.kvcache.BudgetSchedule;
import dev.sublinear.kvcache.EvictionPolicy;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What to measure.
 *
 * @param settings that read documents beside the full cache
 * @param probed settings that are asked what they remember
 * @param documents how many
 * @param length of each, in tokens
 * @param trials of each probe
 * @param probeContext tokens that are read before a question
 * @param workers threads, each with a model of its own
 * @param capacity bytes for the caches of one worker
 */
public record Plan(
        Set<Part> parts,
        List<Setting> settings,
        List<Setting> probed,
        int documents,
        int length,
        int trials,
        int probeContext,
        int workers,
        long capacity) {

    /** What a report is made of. */
    public enum Part {
        /** Documents with the full cache and under settings. */
        FIDELITY,
        /** Questions after a context. */
        PROBES,
        /** Texts that the settings write on by themselves. */
        GENERATION,
        /** Attention with random weights. */
        CONTROLS,
        /** Milliseconds a token, which only a quiet machine can tell. */
        SPEED;

        /** Reads a part's name in lower case. */
        public static Part named(String name) {
            return Arrays.stream(values())
                    .filter(part -> part.toString().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("parts must be among "
                            + Arrays.stream(values()).map(Part::toString).collect(Collectors.joining(", "))
                            + ", was \"" + name + "\""));
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public Plan {
        parts = Set.copyOf(parts);
        settings = List.copyOf(settings);
        probed = List.copyOf(probed);
        require(documents >= 2, "documents must be at least 2, or there is no interval, was %s", documents);
        require(length >= 2 * Grid.FIRST, "length must be at least %s tokens, was %s", 2 * Grid.FIRST, length);
        require(trials >= 2, "trials must be at least 2, or there is no interval, was %s", trials);
        require(
                probeContext >= Probes.LEAST_CONTEXT && probeContext <= length,
                "probe-context must be from %s to length, %s, was %s",
                Probes.LEAST_CONTEXT,
                length,
                probeContext);
        require(workers >= 1 && workers <= 1024, "workers must be from 1 to 1024, was %s", workers);
    }

    /** The settings of the report when none are named. */
    public static List<Setting> standard(int length, EvictionPolicy policy) {
        return new StandardSettings(new Grid(length), policy, BudgetSchedule.PowerLaw.DEFAULT).all();
    }

    /** The settings that are asked what they remember when none are named: a quarter of the context, under every scorer. */
    public static List<Setting> standardProbed(int context, EvictionPolicy policy) {
        return StandardSettings.probed(context, policy);
    }

    private static void require(boolean holds, String rule, Object... values) {
        if (!holds) {
            throw new IllegalArgumentException(String.format(Locale.ROOT, rule, values));
        }
    }
}
