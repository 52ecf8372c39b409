package dev.sublinear.server.cli.command;

import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.kvcache.budget.BudgetSchedule.PowerLaw;
import dev.sublinear.kvcache.budget.HeadLaws;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleBiFunction;
import java.util.stream.IntStream;

/** The laws of a model's heads as maps of digits, layers from left to right and key-value heads from top to bottom. */
public final class HeadMap {
    private HeadMap() {}

    /**
     * Returns the lines: the exponents, and the share of {@code seen} tokens that each head holds.
     *
     * @param policy whose budget are laws
     * @param seen tokens of context
     */
    public static List<String> of(HeadLaws laws, EvictionPolicy policy, KvShape shape, int seen) {
        List<String> lines = new ArrayList<>();
        int whole = laws.wholeHeads();
        if (whole > 0) {
            lines.add(String.format(
                    Locale.ROOT,
                    "%d of %d heads keep everything",
                    whole,
                    laws.layers().size() * laws.heads()));
        }
        double[] exponents = laws.layers().stream()
                .flatMap(List::stream)
                .filter(law -> !law.isWholeAt(laws.scale()))
                .mapToDouble(law -> law.law().exponent())
                .sorted()
                .toArray();
        if (exponents.length > 0) {
            lines.addAll(exponents(laws, shape, exponents, whole > 0 ? "the others" : "heads"));
        }
        ToDoubleBiFunction<Integer, Integer> share =
                (layer, head) -> (double) shape.policy(policy, layer).keep(head, seen) / seen;
        lines.add(String.format(
                Locale.ROOT,
                "held of %,d tokens, in tenths, layers from left to right, heads from top to bottom:",
                seen));
        lines.addAll(map(shape, share));
        double[] shares = IntStream.range(0, shape.layers() * shape.kvHeads())
                .mapToDouble(i -> share.applyAsDouble(i / shape.kvHeads(), i % shape.kvHeads()))
                .sorted()
                .toArray();
        lines.add("held in percent: " + quantiles(shares, "%.0f", 100)
                + String.format(Locale.ROOT, "; the mean %.1f", 100 * shape.keptTokens(policy, seen) / seen));
        return lines;
    }

    private static List<String> exponents(HeadLaws laws, KvShape shape, double[] sorted, String heads) {
        if (sorted[0] == sorted[sorted.length - 1]) {
            return List.of(
                    String.format(Locale.ROOT, "%s keep α·n^%.2f tokens, each with an α of its own", heads, sorted[0]));
        }
        List<String> lines = new ArrayList<>();
        lines.add(heads + " keep α·n^C tokens; C in tenths, layers from left to right, heads from top to bottom:");
        lines.addAll(
                map(shape, (layer, head) -> laws.forHead(layer, head) instanceof PowerLaw law ? law.exponent() : 1));
        lines.add("C: " + quantiles(sorted, "%.2f", 1));
        return lines;
    }

    /** @param number by layer and head */
    private static List<String> map(KvShape shape, ToDoubleBiFunction<Integer, Integer> number) {
        List<String> rows = new ArrayList<>();
        for (int head = 0; head < shape.kvHeads(); head++) {
            StringBuilder row = new StringBuilder("  ");
            for (int layer = 0; layer < shape.layers(); layer++) {
                long tenths = Math.round(10 * number.applyAsDouble(layer, head));
                row.append((char) ('0' + Math.max(0, Math.min(9, tenths))));
            }
            rows.add(row.toString());
        }
        return rows;
    }

    private static String quantiles(double[] sorted, String format, double unit) {
        List<String> quantiles = new ArrayList<>();
        for (int tenths : new int[] {1, 5, 9}) {
            quantiles.add(String.format(Locale.ROOT, format, unit * sorted[tenths * (sorted.length - 1) / 10]));
        }
        return String.join(", ", quantiles) + " at the quantiles 10, 50 and 90 %";
    }
}
