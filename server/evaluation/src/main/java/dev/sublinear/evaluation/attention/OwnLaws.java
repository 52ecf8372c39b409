package dev.sublinear.evaluation.attention;

import dev.sublinear.evaluation.statistics.Bootstrap;
import dev.sublinear.evaluation.statistics.Interval;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** Whether a law that is fitted to each head holds elsewhere: the attention that it misses in documents it was not fitted to. */
public final class OwnLaws {
    private OwnLaws() {}

    /**
     * Returns, at each n from {@link GrowthExponent#FROM} on, the weight that the largest α·n^C keys of each query leave out, each
     * head with its own α and C: fitted to every second document, the mean over the heads of the others.
     *
     * @param documents at least two
     * @param epsilon weight that the keys fitted to leave out
     */
    public static Map<Integer, Interval> missed(List<DocumentAttention> documents, double epsilon) {
        List<DocumentAttention> fitting = every(documents, 0);
        List<DocumentAttention> checking = every(documents, 1);
        Map<Integer, List<Double>> byLength = new TreeMap<>();
        List<GrowthExponent.Head> laws = GrowthExponent.heads(fitting, epsilon);
        for (DocumentAttention document : checking) {
            Map<Integer, Double> own = new TreeMap<>();
            for (KeysNeeded need : document.keysNeeded()) {
                if (need.seen() >= GrowthExponent.FROM) {
                    GrowthExponent.Head law = laws.stream()
                            .filter(head -> head.layer() == need.layer() && head.head() == need.head())
                            .findFirst()
                            .orElseThrow();
                    own.merge(need.seen(), need.missedBy(law.keys(need.seen())) / laws.size(), Double::sum);
                }
            }
            own.forEach((n, missed) ->
                    byLength.computeIfAbsent(n, any -> new ArrayList<>()).add(missed));
        }
        Map<Integer, Interval> intervals = new TreeMap<>();
        byLength.forEach((n, missed) -> intervals.put(
                n, Bootstrap.mean(missed.stream().mapToDouble(one -> one).toArray())));
        return intervals;
    }

    private static List<DocumentAttention> every(List<DocumentAttention> documents, int remainder) {
        return IntStream.range(0, documents.size())
                .filter(i -> i % 2 == remainder)
                .mapToObj(documents::get)
                .toList();
    }
}
