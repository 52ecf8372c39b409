package dev.sublinear.evaluation;

import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * A setting at one length of context, over all documents.
 *
 * @param n tokens; errors are means over the positions that follow n/2 to n tokens
 * @param retained tokens held after n, the mean of layers and documents
 * @param footprint tokens held, summed over the n steps, of one layer and head
 * @param nll rise of the cost of the true next token over the full cache, nats, paired
 * @param kl divergence of the next token from the full cache, nats
 * @param klOfDocuments the same of each document, in order
 */
public record Summary(
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
        List<Double> klOfDocuments) {

    /** @param index of the length in the grid */
    static Summary of(List<Reading.Under> documents, int index) {
        Bucket bucket = documents.get(0).buckets().get(index);
        return new Summary(
                documents.get(0).setting(),
                bucket.to(),
                held(documents, index, Held::retained),
                held(documents, index, Held::bytes),
                held(documents, index, Held::footprint),
                Bootstrap.mean(each(documents, index, at -> at.nll() - at.nllFull())),
                Bootstrap.mean(each(documents, index, Bucket::kl)),
                mean(each(documents, index, Bucket::klP95)),
                mean(each(documents, index, Bucket::klP99)),
                mean(each(documents, index, Bucket::agreement)),
                held(documents, index, Held::mass),
                held(documents, index, Held::massP5),
                held(documents, index, Held::error),
                held(documents, index, Held::oneSetMass),
                held(documents, index, Held::perQueryMass),
                java.util.Arrays.stream(each(documents, index, Bucket::kl))
                        .boxed()
                        .toList());
    }

    private static double[] each(List<Reading.Under> documents, int index, ToDoubleFunction<Bucket> value) {
        return documents.stream()
                .mapToDouble(document -> value.applyAsDouble(document.buckets().get(index)))
                .toArray();
    }

    private static double held(List<Reading.Under> documents, int index, ToDoubleFunction<Held> value) {
        return documents.stream()
                .mapToDouble(document -> value.applyAsDouble(document.held().get(index)))
                .average()
                .orElseThrow();
    }

    private static double mean(double[] values) {
        return java.util.Arrays.stream(values).average().orElseThrow();
    }
}
