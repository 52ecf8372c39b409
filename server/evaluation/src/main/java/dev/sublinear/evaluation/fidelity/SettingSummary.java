package dev.sublinear.evaluation.fidelity;

import dev.sublinear.evaluation.setting.Setting;
import dev.sublinear.evaluation.statistics.Bootstrap;
import dev.sublinear.evaluation.statistics.Interval;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * A setting at one context length, the mean over the documents. Quantities without a comment are those of {@link Divergence} and
 * {@link CacheCoverage}.
 *
 * @param n tokens of context; divergences are means over the positions that follow n/2 to n tokens
 * @param retained tokens that one head holds after n
 * @param nll rise of the negative log-likelihood of the true next token over the full cache, nats, paired by document
 * @param kl KL divergence of the next token from the full cache, nats
 * @param klOfDocuments the same of each document, in order
 * @param klUpToOfDocuments the KL divergence over the positions that follow 1 to n tokens, of each document
 */
public record SettingSummary(
        Setting setting,
        int n,
        double retained,
        double bytes,
        double footprint,
        Interval nll,
        Interval kl,
        double klP95,
        double klP99,
        double agreement,
        double mass,
        double massP5,
        double error,
        double oneSetMass,
        double perQueryMass,
        List<Double> klOfDocuments,
        List<Double> klUpToOfDocuments) {

    /**
     * Averages over documents.
     *
     * @param documents all under the same setting
     * @param index of the length in the grid
     */
    static SettingSummary of(List<DocumentReading.UnderSetting> documents, int index) {
        Divergence first = documents.get(0).divergences().get(index);
        return new SettingSummary(
                documents.get(0).setting(),
                first.to(),
                coverage(documents, index, CacheCoverage::retained),
                coverage(documents, index, CacheCoverage::bytes),
                coverage(documents, index, CacheCoverage::footprint),
                Bootstrap.mean(divergence(documents, index, at -> at.nll() - at.nllFull())),
                Bootstrap.mean(divergence(documents, index, Divergence::kl)),
                mean(divergence(documents, index, Divergence::klP95)),
                mean(divergence(documents, index, Divergence::klP99)),
                mean(divergence(documents, index, Divergence::agreement)),
                coverage(documents, index, CacheCoverage::mass),
                coverage(documents, index, CacheCoverage::massP5),
                coverage(documents, index, CacheCoverage::error),
                coverage(documents, index, CacheCoverage::oneSetMass),
                coverage(documents, index, CacheCoverage::perQueryMass),
                list(divergence(documents, index, Divergence::kl)),
                list(divergence(documents, index, Divergence::klUpTo)));
    }

    private static List<Double> list(double[] values) {
        return Arrays.stream(values).boxed().toList();
    }

    private static double[] divergence(
            List<DocumentReading.UnderSetting> documents, int index, ToDoubleFunction<Divergence> value) {
        return documents.stream()
                .mapToDouble(
                        document -> value.applyAsDouble(document.divergences().get(index)))
                .toArray();
    }

    private static double coverage(
            List<DocumentReading.UnderSetting> documents, int index, ToDoubleFunction<CacheCoverage> value) {
        return documents.stream()
                .mapToDouble(
                        document -> value.applyAsDouble(document.coverages().get(index)))
                .average()
                .orElseThrow();
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).average().orElseThrow();
    }
}
