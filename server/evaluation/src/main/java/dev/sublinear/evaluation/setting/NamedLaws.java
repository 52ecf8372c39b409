package dev.sublinear.evaluation.setting;

import dev.sublinear.kvcache.BudgetSchedule.PowerLaw;
import dev.sublinear.kvcache.HeadLaws;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Laws for every head, with a name to tell them from others of the same model.
 *
 * <p>As text, {@code name|alpha,exponent,floor;…/…}: heads with semicolons between them, layers with slashes.
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
        List<List<PowerLaw>> layers = Arrays.stream(text.substring(mark + 1).split("/", -1))
                .map(layer ->
                        Arrays.stream(layer.split(";", -1)).map(NamedLaws::law).toList())
                .toList();
        return new NamedLaws(text.substring(0, mark), new HeadLaws(layers, 1));
    }

    private static PowerLaw law(String text) {
        String[] numbers = text.split(",", -1);
        if (numbers.length != 3) {
            throw new IllegalArgumentException("a law must have alpha, exponent and floor, was \"" + text + "\"");
        }
        return new PowerLaw(
                Double.parseDouble(numbers[0]), Double.parseDouble(numbers[1]), Integer.parseInt(numbers[2]));
    }

    String text() {
        return name
                + "|"
                + laws.layers().stream()
                        .map(layer -> layer.stream()
                                .map(law -> law.alpha() + "," + law.exponent() + "," + law.floor())
                                .collect(Collectors.joining(";")))
                        .collect(Collectors.joining("/"));
    }

    /**
     * Returns laws with one exponent: each head has the share of all tokens that it has after {@code n}.
     *
     * @param exponent of all heads
     */
    static NamedLaws shares(HeadLaws laws, double exponent, int n) {
        List<List<PowerLaw>> layers = new ArrayList<>();
        for (List<PowerLaw> layer : laws.layers()) {
            layers.add(layer.stream()
                    .map(law -> new PowerLaw(
                            law.scaled(laws.scale()).budget(n) / Math.pow(n, exponent), exponent, law.floor()))
                    .toList());
        }
        return new NamedLaws("shares n^" + exponent, new HeadLaws(layers, 1));
    }

    /**
     * Returns two classes of heads, after DuoAttention (Xiao et al., <a href="https://arxiv.org/abs/2410.10819">2024</a>): those
     * that need most keep everything, the others a window that does not grow. To be scored by recency. The classes are those of
     * the laws, where the paper learns them; there are as many heads of the first as leave the others about {@code window} tokens.
     *
     * @param mix over whose requests the footprint is compared
     */
    static NamedLaws twoClasses(HeadLaws laws, LengthMix mix, double footprint, int window) {
        List<Double> needs = new ArrayList<>();
        for (List<PowerLaw> layer : laws.layers()) {
            layer.forEach(law -> needs.add(law.alpha() * Math.pow(mix.longest(), law.exponent())));
        }
        needs.sort(Comparator.reverseOrder());
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
        for (List<PowerLaw> layer : laws.layers()) {
            layers.add(layer.stream()
                    .map(law -> law.alpha() * Math.pow(mix.longest(), law.exponent()) >= least ? all : few)
                    .toList());
        }
        return new HeadLaws(Collections.unmodifiableList(layers), 1);
    }
}
