package dev.sublinear.kvcache;

import static dev.sublinear.kvcache.Preconditions.require;

/**
 * How a budget is divided among the layers of a model: each gets its share of what all would get alike.
 *
 * <p>{@link #parse} and {@code toString} speak the same language: {@code uniform}, {@code pyramid:20}.
 */
public sealed interface LayerShares {
    LayerShares UNIFORM = new Uniform();

    /** Returns the share of a layer; over all layers the mean is 1. */
    double of(int layer, int layers);

    /** Every layer gets the same. */
    record Uniform() implements LayerShares {
        @Override
        public double of(int layer, int layers) {
            return 1;
        }

        @Override
        public String toString() {
            return "uniform";
        }
    }

    /**
     * More in the low layers, where attention is spread, less in the high ones, on a straight line down to {@code 1 / beta}.
     *
     * <p>Cai et al., <a href="https://arxiv.org/abs/2406.02069">PyramidKV</a>, 2024, who use 20 after the prompt; here it
     * holds at every trim.
     *
     * @param beta at least 1
     */
    record Pyramid(double beta) implements LayerShares {
        public Pyramid {
            require(beta >= 1 && beta < Double.POSITIVE_INFINITY, "layer-shares.beta must be at least 1, was %s", beta);
        }

        @Override
        public double of(int layer, int layers) {
            double top = 1 / beta;
            double bottom = 2 - top;
            return layers == 1 ? 1 : bottom + (top - bottom) * layer / (layers - 1);
        }

        @Override
        public String toString() {
            return "pyramid:" + Preconditions.plain(beta);
        }
    }

    /**
     * Reads {@code uniform} or {@code pyramid:20}.
     *
     * @throws IllegalArgumentException naming the rule and the value
     */
    static LayerShares parse(String text) {
        if (text.equals("uniform")) {
            return UNIFORM;
        }
        require(text.startsWith("pyramid:"), "layer-shares must be uniform or pyramid:20, was \"%s\"", text);
        String beta = text.substring("pyramid:".length());
        try {
            return new Pyramid(Double.parseDouble(beta));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("layer-shares.beta must be a number, was \"" + beta + "\"", e);
        }
    }
}
