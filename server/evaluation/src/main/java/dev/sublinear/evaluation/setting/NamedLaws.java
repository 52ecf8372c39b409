package dev.sublinear.evaluation.setting;

import dev.sublinear.kvcache.budget.BudgetSchedule.PowerLaw;
import dev.sublinear.kvcache.budget.HeadLaw;
import dev.sublinear.kvcache.budget.HeadLaws;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Laws for every head, with a name to tell them from others of the same model.
 *
 * <p>As text, {@code name|alpha,exponent,floor;…/…}: heads with semicolons between them, layers with slashes; of a head that is
 * whole from some scale on, {@code alpha,exponent,floor,scale}.
 *
 * @param name of the family, as tables and plots have it
 * @param laws at scale 1 or any other
 */
record NamedLaws(String name, HeadLaws laws) {
    /** What the model's profile has. */
    static final String PROFILE = "head-laws";

    /** The exponent of a budget that does not grow, as near as a power law comes to it. */
    private static final double CONSTANT = 1e-9;

    static NamedLaws parse(String text) {
        int mark = text.indexOf('|');
        if (mark < 1) {
            throw new IllegalArgumentException("laws must have a name and numbers, was \"" + text + "\"");
        }
        List<List<HeadLaw>> layers = Arrays.stream(text.substring(mark + 1).split("/", -1))
                .map(layer ->
                        Arrays.stream(layer.split(";", -1)).map(NamedLaws::law).toList())
                .toList();
        return new NamedLaws(text.substring(0, mark), new HeadLaws(layers, 1));
    }

    private static HeadLaw law(String text) {
        String[] numbers = text.split(",", -1);
        if (numbers.length != 3 && numbers.length != 4) {
            throw new IllegalArgumentException(
                    "a law must have alpha, exponent and floor, and may have a scale, was \"" + text + "\"");
        }
        PowerLaw law = new PowerLaw(
                Double.parseDouble(numbers[0]), Double.parseDouble(numbers[1]), Integer.parseInt(numbers[2]));
        return numbers.length == 3 ? new HeadLaw(law) : new HeadLaw(law, Double.parseDouble(numbers[3]));
    }

    private static String text(HeadLaw law) {
        PowerLaw power = law.law();
        return power.alpha() + "," + power.exponent() + "," + power.floor()
                + (Double.isInfinite(law.wholeFrom()) ? "" : "," + law.wholeFrom());
    }

    String text() {
        return name
                + "|"
                + laws.layers().stream()
                        .map(layer -> layer.stream().map(NamedLaws::text).collect(Collectors.joining(";")))
                        .collect(Collectors.joining("/"));
    }

    /**
     * Returns laws with one exponent: each head has the share of all tokens that it has after {@code n}.
     *
     * @param exponent of all heads
     */
    static NamedLaws shares(HeadLaws laws, double exponent, int n) {
        List<List<PowerLaw>> layers = new ArrayList<>();
        for (List<HeadLaw> layer : laws.layers()) {
            layers.add(layer.stream()
                    .map(law -> new PowerLaw(
                            law.at(laws.scale()).budget(n) / Math.pow(n, exponent),
                            exponent,
                            law.law().floor()))
                    .toList());
        }
        return new NamedLaws("shares n^" + exponent, HeadLaws.of(layers));
    }

    /**
     * Returns two classes of heads, after DuoAttention (Xiao et al., <a href="https://arxiv.org/abs/2410.10819">2024</a>): those
     * that need most keep everything, the others a window that does not grow. To be scored by recency. The classes are those of
     * the laws, where the paper learns them; there are as many heads of the first as leave the others about {@code window} tokens.
     *
     * @param mix over whose requests the footprint is compared
     */
    static NamedLaws twoClasses(HeadLaws laws, LengthMix mix, double footprint, int window) {
        List<Double> needs = laws.layers().stream()
                .flatMap(List::stream)
                .map(law -> need(law, mix.longest()))
                .sorted(Comparator.reverseOrder())
                .toList();
        int retrieval = 0;
        while (retrieval < needs.size()
                && mix.footprint(classes(laws, mix, needs, retrieval + 1, window)) <= footprint) {
            retrieval++;
        }
        int low = 1;
        int high = mix.longest();
        while (high - low > 1) {
            int middle = (low + high) / 2;
            if (mix.footprint(classes(laws, mix, needs, retrieval, middle)) <= footprint) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return new NamedLaws("two classes", classes(laws, mix, needs, retrieval, low));
    }

    private static HeadLaws classes(HeadLaws laws, LengthMix mix, List<Double> needs, int retrieval, int window) {
        double least = retrieval == 0 ? Double.POSITIVE_INFINITY : needs.get(retrieval - 1);
        PowerLaw all = new PowerLaw(1, 1, window);
        PowerLaw few = new PowerLaw(window, CONSTANT, window);
        List<List<PowerLaw>> layers = new ArrayList<>();
        for (List<HeadLaw> layer : laws.layers()) {
            layers.add(layer.stream()
                    .map(law -> need(law, mix.longest()) >= least ? all : few)
                    .toList());
        }
        return HeadLaws.of(layers);
    }

    /** What a head needs after {@code n} tokens, as an order: of those that are whole, that more which is whole at a lower scale. */
    private static double need(HeadLaw law, int n) {
        double tokens = law.law().alpha() * Math.pow(n, law.law().exponent());
        return Double.isInfinite(law.wholeFrom()) ? tokens : Math.max(tokens, n) / law.wholeFrom();
    }
}
