package dev.sublinear.engine.model;

import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.LayerCache;
import java.util.List;

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
     * @param retained tokens that the head holds which holds most
     * @param budget what the policy lets it keep
     * @param bytes of its tensors
     * @param lost the share of attention that its latest trim lost; zero before one
     */
    public record Layer(int seen, int retained, int budget, long bytes, double lost) {
        static Layer of(KvCache cache, int index) {
            LayerCache layer = cache.layer(index);
            EvictionPolicy policy = cache.shape().policy(cache.policy(), index);
            int seen = layer.seen();
            return new Layer(seen, layer.longest(), seen == 0 ? 0 : policy.keep(seen), layer.bytes(), layer.lost());
        }
    }

    /** Tokens read, the same in every layer. */
    public int seen() {
        return layers.stream().mapToInt(Layer::seen).max().orElse(0);
    }

    /** Tokens held by the layer that holds most. */
    public int retained() {
        return layers.stream().mapToInt(Layer::retained).max().orElse(0);
    }

    public int evicted() {
        return seen() - retained();
    }

    public long bytes() {
        return layers.stream().mapToLong(Layer::bytes).sum();
    }
}
