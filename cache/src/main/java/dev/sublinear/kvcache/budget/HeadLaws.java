package dev.sublinear.kvcache.budget;

import static dev.sublinear.kvcache.precondition.Preconditions.require;

import dev.sublinear.kvcache.budget.BudgetSchedule.PowerLaw;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * A law for each key-value head of a model: after n tokens a head keeps {@code min(n, max(floor, ⌈scale · α · n^C⌉))} with its own
 * α and C, or is whole and keeps everything. On real models the keys that carry a head's attention grow with exponents from 0 to 1,
 * so one budget for all heads keeps too much in most and too little in some.
 *
 * @param layers the laws of the heads of each layer
 * @param scale the one knob: what every α is multiplied by, and below 1 also how many heads are whole, see {@link
 *     HeadLaw#wholeFrom}
 */
public record HeadLaws(List<List<HeadLaw>> layers, double scale) implements BudgetSchedule {

    public HeadLaws {
        layers = layers.stream().map(List::copyOf).toList();
        require(!layers.isEmpty(), "head laws must be given for a layer at least");
        int heads = layers.get(0).size();
        require(
                heads > 0 && layers.stream().allMatch(laws -> laws.size() == heads),
                "head laws must be as many in each layer, were %s",
                layers.stream().map(List::size).toList());
        require(scale > 0 && scale < Integer.MAX_VALUE, "budget.scale must be positive and finite, was %s", scale);
    }

    /** Returns laws of heads that never keep everything. */
    public static HeadLaws of(List<List<PowerLaw>> layers) {
        return new HeadLaws(
                layers.stream()
                        .map(laws -> laws.stream().map(HeadLaw::new).toList())
                        .toList(),
                1);
    }

    /** Returns how many key-value heads each layer has. */
    public int heads() {
        return layers.get(0).size();
    }

    @Override
    public BudgetSchedule forHead(int layer, int head) {
        return layers.get(layer).get(head).at(scale);
    }

    @Override
    public boolean isByHead() {
        return true;
    }

    /** Returns the mean over all heads of what their laws say; {@link #held} is what they come to. */
    @Override
    public int budget(int seen) {
        return (int) mean(law -> law.budget(seen));
    }

    /**
     * Returns the tokens that a head holds just after a trim, the mean over all heads of layers without windows.
     *
     * @param block heads hold whole blocks of so many tokens
     */
    public double held(int seen, int block) {
        return mean(law -> (int) Math.min(seen, (law.budget(seen) + (block - 1L)) / block * block));
    }

    private double mean(ToIntFunction<BudgetSchedule> tokens) {
        long sum = 0;
        for (int layer = 0; layer < layers.size(); layer++) {
            for (int head = 0; head < heads(); head++) {
                sum += tokens.applyAsInt(forHead(layer, head));
            }
        }
        return (double) sum / ((long) layers.size() * heads());
    }

    /** Returns the smallest of any head. */
    @Override
    public int least() {
        int least = Integer.MAX_VALUE;
        for (int layer = 0; layer < layers.size(); layer++) {
            for (int head = 0; head < heads(); head++) {
                least = Math.min(least, forHead(layer, head).least());
            }
        }
        return least;
    }

    /** Returns how many heads keep everything. */
    public int wholeHeads() {
        return (int) layers.stream()
                .flatMap(List::stream)
                .filter(law -> law.isWholeAt(scale))
                .count();
    }

    /** Returns the same laws at another scale. */
    public HeadLaws at(double other) {
        return new HeadLaws(layers, other);
    }

    @Override
    public void requireFits(int modelLayers, int kvHeads) {
        require(
                layers.size() == modelLayers && heads() == kvHeads,
                "head laws must be of %s layers with %s key-value heads each, as the model is, were of %s with %s",
                modelLayers,
                kvHeads,
                layers.size(),
                heads());
    }

    @Override
    public String toString() {
        return NAME + ":scale=" + BudgetSyntax.plain(scale);
    }

    /** How configuration names it. */
    public static final String NAME = "head-laws";
}
