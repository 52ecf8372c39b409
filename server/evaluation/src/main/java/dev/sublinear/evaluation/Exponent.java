package dev.sublinear.evaluation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/**
 * How a number of keys grows with n: the slope of its logarithm over the logarithm of n, by least squares, from {@link
 * #FROM} on; below, nearly every key counts as needed, because there are so few.
 */
final class Exponent {
    static final int FROM = 256;

    private Exponent() {}

    /** The slope of each query head: the median over documents at each n, then one line. */
    static List<Head> heads(List<Evaluation.Attention> documents, double epsilon) {
        List<Head> heads = new ArrayList<>();
        for (Need first : documents.get(0).needs()) {
            if (first.seen() == documents.get(0).needs().get(0).seen()) {
                heads.add(head(documents, first.layer(), first.head(), epsilon));
            }
        }
        return heads;
    }

    /** The exponent of one query head, with its interval over documents. */
    record Head(int layer, int head, Interval exponent) {}

    private static Head head(List<Evaluation.Attention> documents, int layer, int head, double epsilon) {
        List<List<Need>> own = documents.stream()
                .map(document -> document.needs().stream()
                        .filter(need -> need.layer() == layer && need.head() == head && need.seen() >= FROM)
                        .toList())
                .toList();
        Interval interval = Bootstrap.of(own.size(), drawn -> {
            TreeMap<Integer, Double> logs = new TreeMap<>();
            for (int document : drawn) {
                for (Need need : own.get(document)) {
                    logs.merge(need.seen(), Math.log(need.keys(epsilon)) / drawn.length, Double::sum);
                }
            }
            return slope(logs);
        });
        return new Head(layer, head, interval);
    }

    /** The slope of the mean over documents and heads of the logarithm: the growth of a typical head. */
    static Interval typical(List<Evaluation.Attention> documents, ToDoubleFunction<Need> keys) {
        return Bootstrap.of(documents.size(), drawn -> {
            TreeMap<Integer, List<Double>> logs = new TreeMap<>();
            for (int document : drawn) {
                for (Need need : documents.get(document).needs()) {
                    if (need.seen() >= FROM) {
                        logs.computeIfAbsent(need.seen(), n -> new ArrayList<>())
                                .add(Math.log(keys.applyAsDouble(need)));
                    }
                }
            }
            Map<Integer, Double> means = new TreeMap<>();
            logs.forEach((n, all) ->
                    means.put(n, all.stream().mapToDouble(x -> x).average().orElseThrow()));
            return slope(means);
        });
    }

    /** The least-squares slope of values, which are logarithms, over the logarithm of their keys. */
    static double slope(Map<Integer, Double> logarithms) {
        double meanX =
                logarithms.keySet().stream().mapToDouble(Math::log).average().orElseThrow();
        double meanY =
                logarithms.values().stream().mapToDouble(y -> y).average().orElseThrow();
        double products = 0;
        double squares = 0;
        for (var entry : logarithms.entrySet()) {
            double x = Math.log(entry.getKey()) - meanX;
            products += x * (entry.getValue() - meanY);
            squares += x * x;
        }
        return products / squares;
    }

    /** The exponents of all heads, ascending. */
    static double[] sorted(List<Head> heads) {
        return heads.stream()
                .sorted(Comparator.comparingDouble(head -> head.exponent().mean()))
                .mapToDouble(head -> head.exponent().mean())
                .toArray();
    }
}
