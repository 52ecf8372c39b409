package dev.sublinear.evaluation.comparison;

import dev.sublinear.evaluation.Findings;
import dev.sublinear.evaluation.fidelity.SettingSummary;
import dev.sublinear.evaluation.setting.LengthMix;
import dev.sublinear.evaluation.setting.Setting;
import dev.sublinear.evaluation.statistics.Bootstrap;
import dev.sublinear.evaluation.statistics.Interval;
import dev.sublinear.kvcache.budget.BudgetSchedule.Unlimited;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The divergence and the footprint of a setting over the {@link LengthMix}.
 *
 * @param footprint measured over the mix, in tokens that a head holds times steps
 * @param footprintShare the same as a share of the full cache's
 * @param documents the KL divergence of each document at each length, nats
 */
public record MixDivergence(Setting setting, double footprint, double footprintShare, List<List<Double>> documents) {

    /** Returns every setting that was measured. */
    public static List<MixDivergence> all(Findings findings) {
        return findings.plan().settings().stream()
                .flatMap(setting -> of(findings, setting).stream())
                .toList();
    }

    private static Optional<MixDivergence> of(Findings findings, Setting setting) {
        LengthMix mix = LengthMix.of(findings.grid());
        List<SettingSummary> lengths = findings.summaries().stream()
                .filter(summary ->
                        summary.setting().equals(setting) && mix.lengths().contains(summary.n()))
                .toList();
        if (lengths.isEmpty()) {
            return Optional.empty();
        }
        List<List<Double>> documents = IntStream.range(0, findings.documents().size())
                .mapToObj(document -> lengths.stream()
                        .map(length -> length.klOfDocuments().get(document))
                        .toList())
                .toList();
        double footprint = lengths.stream()
                .mapToDouble(SettingSummary::footprint)
                .average()
                .orElseThrow();
        return Optional.of(
                new MixDivergence(setting, footprint, footprint / mix.footprint(new Unlimited()), documents));
    }

    /** Returns the mean over the lengths: the expected divergence of a request whose length is drawn from the mix. */
    public Interval mean() {
        return Bootstrap.of(documents.size(), this::mean);
    }

    /** Returns the largest divergence at any length: a bound for every request. */
    public Interval worst() {
        return Bootstrap.of(documents.size(), this::worst);
    }

    /** Returns the mean less another setting's, paired by document. */
    Interval meanMinus(MixDivergence other) {
        return Bootstrap.of(documents.size(), drawn -> mean(drawn) - other.mean(drawn));
    }

    /** Returns the worst less another setting's, paired by document. */
    Interval worstMinus(MixDivergence other) {
        return Bootstrap.of(documents.size(), drawn -> worst(drawn) - other.worst(drawn));
    }

    private double mean(int[] drawn) {
        return Arrays.stream(byLength(drawn)).average().orElseThrow();
    }

    private double worst(int[] drawn) {
        return Arrays.stream(byLength(drawn)).max().orElseThrow();
    }

    /** Returns the divergence at each length, the mean of the documents drawn. */
    private double[] byLength(int[] drawn) {
        double[] lengths = new double[documents.get(0).size()];
        for (int document : drawn) {
            for (int i = 0; i < lengths.length; i++) {
                lengths[i] += documents.get(document).get(i) / drawn.length;
            }
        }
        return lengths;
    }
}
