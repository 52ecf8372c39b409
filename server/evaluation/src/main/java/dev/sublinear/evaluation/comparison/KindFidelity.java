package dev.sublinear.evaluation.comparison;

import dev.sublinear.evaluation.Findings;
import dev.sublinear.evaluation.corpus.Kind;
import dev.sublinear.evaluation.fidelity.SettingSummary;
import dev.sublinear.evaluation.setting.Setting;
import dev.sublinear.evaluation.statistics.Bootstrap;
import dev.sublinear.evaluation.statistics.Interval;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The divergence of a setting in documents of one kind, or in all of them.
 *
 * @param kind in words; {@code all} for all of them
 * @param n tokens of context
 * @param held share of the n tokens that a head holds at their end, the mean over layers and heads
 * @param kl divergence over the positions that follow n/2 to n tokens, nats
 * @param klUpTo divergence over the positions that follow 1 to n tokens, nats
 */
public record KindFidelity(
        Setting setting, int n, String kind, int documents, double held, Interval kl, Interval klUpTo) {
    private static final String ALL = "all";

    /** Returns every setting at every length, all documents first and then each kind that at least two of them are of. */
    public static List<KindFidelity> all(Findings findings) {
        List<KindFidelity> all = new ArrayList<>();
        for (SettingSummary summary : findings.summaries()) {
            all.add(of(summary, ALL, IntStream.range(0, findings.kinds().size()).toArray()));
            for (Kind kind : Kind.values()) {
                int[] own = IntStream.range(0, findings.kinds().size())
                        .filter(document -> findings.kinds().get(document) == kind)
                        .toArray();
                if (own.length >= 2) {
                    all.add(of(summary, kind.toString(), own));
                }
            }
        }
        return all;
    }

    private static KindFidelity of(SettingSummary summary, String kind, int[] documents) {
        return new KindFidelity(
                summary.setting(),
                summary.n(),
                kind,
                documents.length,
                summary.retained() / summary.n(),
                mean(summary.klOfDocuments(), documents),
                mean(summary.klUpToOfDocuments(), documents));
    }

    private static Interval mean(List<Double> values, int[] documents) {
        return Bootstrap.mean(IntStream.of(documents).mapToDouble(values::get).toArray());
    }
}
