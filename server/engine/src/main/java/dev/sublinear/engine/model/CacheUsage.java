package dev.sublinear.engine.model;

import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.LayerCache;
import dev.sublinear.kvcache.LayerPolicy;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/**
 * What a sequence's cache holds.
 *
 * @param layers in the order of the model; empty if the sequence never began
 * @param countedBytes what the sequence's reservation counts as used
 */
public record CacheUsage(List<Layer> layers, long countedBytes) {
    public static final CacheUsage NONE = new CacheUsage(List.of(), 0);

    /**
     * One layer.
     *
     * @param seen tokens appended ever
     * @param held tokens that each key-value head holds
     * @param budget tokens that the policy lets a head keep, the mean of the heads
     * @param bytes of its tensors
     * @param lost the share of attention that its latest trim lost; zero before one
     */
    public record Layer(int seen, List<Integer> held, int budget, long bytes, double lost) {
        public Layer {
            held = List.copyOf(held);
        }

        static Layer of(KvCache cache, int index) {
            LayerCache layer = cache.layer(index);
            LayerPolicy policy = cache.shape().policy(cache.policy(), index);
            int seen = layer.seen();
            IntUnaryOperator kept = head -> seen == 0 ? 0 : policy.keep(head, seen);
            return new Layer(
                    seen,
                    heads(layer).mapToObj(layer::length).toList(),
                    mean(heads(layer).map(kept)),
                    layer.bytes(),
                    layer.lost());
        }

        private static IntStream heads(LayerCache layer) {
            return IntStream.range(0, layer.heads());
        }

        /** Tokens that a head holds, the mean of the heads. */
        public int retained() {
            return mean(held.stream().mapToInt(Integer::intValue));
        }
    }

    private static int mean(IntStream tokens) {
        return (int) Math.round(tokens.average().orElse(0));
    }

    /** Tokens read, the same in every layer. */
    public int seen() {
        return layers.stream().mapToInt(Layer::seen).max().orElse(0);
    }

    /** Tokens that a head holds, the mean of all heads of all layers. */
    public int retained() {
        return mean(layers.stream().flatMapToInt(layer -> layer.held().stream().mapToInt(Integer::intValue)));
    }

    public int evicted() {
        return seen() - retained();
    }

    public long bytes() {
        return layers.stream().mapToLong(Layer::bytes).sum();
    }
}
