package dev.sublinear.kvcache;

import static dev.sublinear.kvcache.Preconditions.require;

import java.util.List;

/**
 * A power law for each key-value head of a model: after n tokens a head keeps {@code min(n, max(floor, ⌈scale · α · n^C⌉))} with
 * its own α and C. On real models the keys that carry a head's attention grow with exponents from 0 to 1, so one budget for all
 * heads keeps too much in most and too little in some.
 *
 * @param layers the laws of the heads of each layer
 * @param scale what every α is multiplied by: the one knob
 */
public record HeadLaws(List<List<BudgetSchedule.PowerLaw>> layers, double scale) implements BudgetSchedule {

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

    /** Returns how many key-value heads each layer has. */
    public int heads() {
        return layers.get(0).size();
    }

    @Override
    public BudgetSchedule forHead(int layer, int head) {
        BudgetSchedule.PowerLaw law = layers.get(layer).get(head);
        return scale == 1 ? law : law.scaled(scale);
    }

    @Override
    public boolean isByHead() {
        return true;
    }

    /** Returns the mean over all heads. */
    @Override
    public int budget(int seen) {
        long sum = 0;
        for (int layer = 0; layer < layers.size(); layer++) {
            for (int head = 0; head < heads(); head++) {
                sum += forHead(layer, head).budget(seen);
            }
        }
        return (int) (sum / ((long) layers.size() * heads()));
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

    /** Returns the same shares at another scale. */
    public HeadLaws at(double other) {
        return new HeadLaws(layers, other);
    }

    @Override
    public void requireFits(KvShape shape) {
        require(
                layers.size() == shape.layers() && heads() == shape.kvHeads(),
                "head laws must be of %s layers with %s key-value heads each, as the model is, were of %s with %s",
                shape.layers(),
                shape.kvHeads(),
                layers.size(),
                heads());
    }

    @Override
    public String toString() {
        return NAME + ":scale=" + Preconditions.plain(scale);
    }

    /** How configuration names it. */
    public static final String NAME = "head-laws";
}
