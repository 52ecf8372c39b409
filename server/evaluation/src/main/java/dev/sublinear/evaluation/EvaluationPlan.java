package dev.sublinear.evaluation;

import dev.sublinear.evaluation.probe.Probes;
import dev.sublinear.evaluation.setting.LengthGrid;
import dev.sublinear.evaluation.setting.Setting;
import dev.sublinear.evaluation.setting.StandardSettings;
import dev.sublinear.evaluation.worker.WorkerPlan;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The measurements of one evaluation.
 *
 * @param settings that read documents beside the full cache
 * @param probed settings that answer probes and continue documents
 * @param documents number of documents
 * @param length of each document, in tokens
 * @param trials of each probe
 * @param probeContext tokens before a question or a continuation
 * @param workers how many measure at once, and what each of them has
 */
public record EvaluationPlan(
        Set<Part> parts,
        List<Setting> settings,
        List<Setting> probed,
        int documents,
        int length,
        int trials,
        int probeContext,
        WorkerPlan workers) {

    /** A group of measurements that can be left out. */
    public enum Part {
        /** Divergence and attention of documents that are read under the settings. */
        FIDELITY,
        /** Answers to questions about a context. */
        PROBES,
        /** Greedy continuations of documents. */
        GENERATION,
        /** Attention with shuffled weights. */
        CONTROLS,
        /** Milliseconds for a decoded token, which mean something only on a quiet machine. */
        SPEED;

        /**
         * Returns the part with a name in lower case.
         *
         * @throws IllegalArgumentException if there is none
         */
        public static Part named(String name) {
            return Arrays.stream(values())
                    .filter(part -> part.toString().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("parts must be among "
                            + Arrays.stream(values()).map(Part::toString).collect(Collectors.joining(", "))
                            + ", was \"" + name + "\""));
        }

        /** Returns the name in lower case, as options have it. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** @throws IllegalArgumentException if a number is out of range, naming it */
    public EvaluationPlan {
        parts = inOrder(parts);
        settings = List.copyOf(settings);
        probed = List.copyOf(probed);
        require(documents >= 2, "documents must be at least 2, or there is no interval, was %s", documents);
        require(
                length >= 2 * LengthGrid.FIRST,
                "length must be at least %s tokens, was %s",
                2 * LengthGrid.FIRST,
                length);
        require(trials >= 2, "trials must be at least 2, or there is no interval, was %s", trials);
        require(
                probeContext >= Probes.LEAST_CONTEXT && probeContext <= length,
                "probe-context must be from %s to length, %s, was %s",
                Probes.LEAST_CONTEXT,
                length,
                probeContext);
    }

    /** Returns the settings of the report when none are named. */
    public static List<Setting> standard(int length, EvictionPolicy policy) {
        return new StandardSettings(new LengthGrid(length), policy, BudgetSchedule.PowerLaw.DEFAULT).all();
    }

    /** Returns the settings of the probes when none are named: a quarter of the context, under every scorer. */
    public static List<Setting> standardProbed(int context, EvictionPolicy policy) {
        return StandardSettings.probed(context, policy);
    }

    /** Returns the parts in the order of their declaration, so that reports of the same plan are the same. */
    private static Set<Part> inOrder(Set<Part> parts) {
        Set<Part> ordered = EnumSet.noneOf(Part.class);
        ordered.addAll(parts);
        return Collections.unmodifiableSet(ordered);
    }

    private static void require(boolean holds, String rule, Object... values) {
        if (!holds) {
            throw new IllegalArgumentException(String.format(Locale.ROOT, rule, values));
        }
    }
}
