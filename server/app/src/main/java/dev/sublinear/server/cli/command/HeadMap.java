package dev.sublinear.server.cli.command;

import dev.sublinear.kvcache.BudgetSchedule;
import dev.sublinear.kvcache.BudgetSchedule.PowerLaw;
import dev.sublinear.kvcache.HeadLaws;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** The laws of a model's heads as maps of digits, layers from left to right and key-value heads from top to bottom. */
public final class HeadMap {
    private HeadMap() {}

    /**
     * Returns the lines: the exponents, and the share of {@code seen} tokens that each head keeps.
     *
     * @param seen tokens of context
     */
    public static List<String> of(HeadLaws laws, int seen) {
        List<String> lines = new ArrayList<>();
        double[] exponents = sorted(laws, PowerLaw::exponent);
        if (exponents[0] == exponents[exponents.length - 1]) {
            lines.add(
                    String.format(Locale.ROOT, "heads keep α·n^%.2f tokens, each with an α of its own", exponents[0]));
        } else {
            lines.add("heads keep α·n^C tokens; C in tenths, layers from left to right, heads from top to bottom:");
            lines.addAll(map(laws, PowerLaw::exponent));
            lines.add("C: " + quantiles(exponents, "%.2f", 1));
        }
        ToDoubleFunction<BudgetSchedule> share = law -> (double) law.budget(seen) / seen;
        lines.add(String.format(
                Locale.ROOT,
                "kept of %,d tokens, in tenths, layers from left to right, heads from top to bottom:",
                seen));
        lines.addAll(map(laws, share::applyAsDouble));
        lines.add("kept in percent: " + quantiles(sorted(laws, share::applyAsDouble), "%.0f", 100)
                + String.format(Locale.ROOT, "; the mean %.1f", 100.0 * laws.budget(seen) / seen));
        return lines;
    }

    private static List<String> map(HeadLaws laws, ToDoubleFunction<PowerLaw> number) {
        List<String> rows = new ArrayList<>();
        for (int head = 0; head < laws.heads(); head++) {
            StringBuilder row = new StringBuilder("  ");
            for (int layer = 0; layer < laws.layers().size(); layer++) {
                long tenths = Math.round(10 * number.applyAsDouble(law(laws, layer, head)));
                row.append((char) ('0' + Math.max(0, Math.min(9, tenths))));
            }
            rows.add(row.toString());
        }
        return rows;
    }

    private static double[] sorted(HeadLaws laws, ToDoubleFunction<PowerLaw> number) {
        double[] numbers = new double[laws.layers().size() * laws.heads()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = number.applyAsDouble(law(laws, i / laws.heads(), i % laws.heads()));
        }
        Arrays.sort(numbers);
        return numbers;
    }

    /** The law of a head at the scale in force. */
    private static PowerLaw law(HeadLaws laws, int layer, int head) {
        return laws.layers().get(layer).get(head).scaled(laws.scale());
    }

    private static String quantiles(double[] sorted, String format, double unit) {
        List<String> quantiles = new ArrayList<>();
        for (int tenths : new int[] {1, 5, 9}) {
            quantiles.add(String.format(Locale.ROOT, format, unit * sorted[tenths * (sorted.length - 1) / 10]));
        }
        return String.join(", ", quantiles) + " at the quantiles 10, 50 and 90 %";
    }
}
