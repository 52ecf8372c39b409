package dev.sublinear.evaluation;

import dev.sublinear.kvcache.BudgetSchedule.Unlimited;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A setting over the {@link Mix} of lengths.
 *
 * @param footprint tokens held, summed over the steps of a request, the mean of requests; as the budget has it
 * @param footprintShare the same as a share of the full cache's
 * @param documents the divergence of each document at each length
 */
record Mixed(Setting setting, double footprint, double footprintShare, List<List<Double>> documents) {

    static List<Mixed> all(Findings findings) {
        return findings.plan().settings().stream()
                .flatMap(setting -> of(findings, setting).stream())
                .toList();
    }

    static Optional<Mixed> of(Findings findings, Setting setting) {
        Mix mix = Mix.of(new Grid(findings.plan().length()));
        List<Summary> lengths = findings.summaries().stream()
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
        double footprint = mix.footprint(setting.policy().budget());
        return Optional.of(new Mixed(setting, footprint, footprint / mix.footprint(new Unlimited()), documents));
    }

    /** The mean over lengths: what a request costs whose length is drawn from the mix. */
    Interval mean() {
        return Bootstrap.of(documents.size(), this::mean);
    }

    /** The largest divergence at any length: what can be promised of every request. */
    Interval worst() {
        return Bootstrap.of(documents.size(), this::worst);
    }

    /** How much larger the mean is than another's, paired by document. */
    Interval meanMinus(Mixed other) {
        return Bootstrap.of(documents.size(), drawn -> mean(drawn) - other.mean(drawn));
    }

    /** How much larger the worst is than another's, paired by document. */
    Interval worstMinus(Mixed other) {
        return Bootstrap.of(documents.size(), drawn -> worst(drawn) - other.worst(drawn));
    }

    private double mean(int[] drawn) {
        return Arrays.stream(lengths(drawn)).average().orElseThrow();
    }

    private double worst(int[] drawn) {
        return Arrays.stream(lengths(drawn)).max().orElseThrow();
    }

    /** The divergence at each length, the mean of the documents drawn. */
    private double[] lengths(int[] drawn) {
        double[] lengths = new double[documents.get(0).size()];
        for (int document : drawn) {
            for (int i = 0; i < lengths.length; i++) {
                lengths[i] += documents.get(document).get(i) / drawn.length;
            }
        }
        return lengths;
    }
}
