package dev.sublinear.evaluation.attention;

import dev.sublinear.evaluation.statistics.Bootstrap;
import dev.sublinear.evaluation.statistics.Interval;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * The exponent C with which a number of keys grows as n^C: the least-squares slope of its logarithm over the logarithm of n, from
 * {@link #FROM} tokens on. Below, a query needs nearly every key, because there are few.
 */
public final class GrowthExponent {
    /** The shortest context that counts, in tokens. */
    public static final int FROM = 256;

    private GrowthExponent() {}

    /** Returns the exponent of each query head: the slope of the mean over documents of the logarithm. */
    public static List<Head> heads(List<DocumentAttention> documents, double epsilon) {
        List<Head> heads = new ArrayList<>();
        for (KeysNeeded first : documents.get(0).keysNeeded()) {
            if (first.seen() == documents.get(0).keysNeeded().get(0).seen()) {
                heads.add(head(documents, first.layer(), first.head(), epsilon));
            }
        }
        return heads;
    }

    /**
     * The growth of one query head.
     *
     * @param exponent C, with its interval over documents
     * @param alpha with which it needs α·n^C keys
     */
    public record Head(int layer, int head, Interval exponent, double alpha) {
        /** Returns the keys that it needs of n. */
        double keys(int n) {
            return alpha * Math.pow(n, exponent.mean());
        }
    }

    private static Head head(List<DocumentAttention> documents, int layer, int head, double epsilon) {
        List<List<KeysNeeded>> own = documents.stream()
                .map(document -> document.keysNeeded().stream()
                        .filter(need -> need.layer() == layer && need.head() == head && need.seen() >= FROM)
                        .toList())
                .toList();
        Interval exponent = Bootstrap.of(own.size(), drawn -> slope(logarithms(own, drawn, epsilon)));
        Map<Integer, Double> all =
                logarithms(own, IntStream.range(0, own.size()).toArray(), epsilon);
        double intercept = all.entrySet().stream()
                .mapToDouble(at -> at.getValue() - exponent.mean() * Math.log(at.getKey()))
                .average()
                .orElseThrow();
        return new Head(layer, head, exponent, Math.exp(intercept));
    }

    /** Returns the logarithm of the keys needed at each n, the mean over the documents drawn. */
    private static Map<Integer, Double> logarithms(List<List<KeysNeeded>> documents, int[] drawn, double epsilon) {
        TreeMap<Integer, Double> logs = new TreeMap<>();
        for (int document : drawn) {
            for (KeysNeeded need : documents.get(document)) {
                logs.merge(need.seen(), Math.log(need.keys(epsilon)) / drawn.length, Double::sum);
            }
        }
        return logs;
    }

    /** Returns the exponent of a typical head: the slope of the mean over documents and heads of the logarithm. */
    public static Interval typical(List<DocumentAttention> documents, ToDoubleFunction<KeysNeeded> keys) {
        return Bootstrap.of(documents.size(), drawn -> {
            TreeMap<Integer, List<Double>> logs = new TreeMap<>();
            for (int document : drawn) {
                for (KeysNeeded need : documents.get(document).keysNeeded()) {
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

    /**
     * Returns a least-squares slope over the logarithm of n.
     *
     * @param logarithms of a quantity, by n
     */
    public static double slope(Map<Integer, Double> logarithms) {
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

    /** Returns the exponents of heads, ascending. */
    public static double[] sorted(List<Head> heads) {
        return heads.stream()
                .sorted(Comparator.comparingDouble(head -> head.exponent().mean()))
                .mapToDouble(head -> head.exponent().mean())
                .toArray();
    }
}
