package dev.sublinear.evaluation.bench;

import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.model.Step;
import dev.sublinear.model.decoder.DecoderLm;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Measures one thing whenever it is asked to, so that another program can let it take turns with other engines. Tokens are random.
 * Owned by the thread that owns the model.
 */
public final class TurnBenchmark implements AutoCloseable {
    private static final long SEED = 1;

    private final DecoderLm model;
    private final EvictionPolicy policy;
    private final Random random = new Random(SEED);
    private final List<KvCache> caches = new ArrayList<>();

    /** The number of tokens that the caches have room for, each. */
    private int room;

    public TurnBenchmark(DecoderLm model, EvictionPolicy policy) {
        this.model = model;
        this.policy = policy;
    }

    /** Reads a prompt into a new cache, in place of those before, up to the logits of its last token. Returns seconds. */
    public double read(int tokens, int room) {
        open(1, tokens, room);
        KvCache cache = caches.get(0);
        long start = System.nanoTime();
        cache.expect(tokens);
        for (int at = 0; at < tokens; at += Benchmark.CHUNK) {
            int chunk = Math.min(Benchmark.CHUNK, tokens - at);
            model.forward(Step.of(new Step.Slice(cache, ids(chunk), at + chunk == tokens ? 1 : 0)));
        }
        return seconds(start);
    }

    /** Fills new caches, in place of those before, with random keys and values. Returns seconds. */
    public double fill(int depth, int streams, int room) {
        open(streams, depth, room);
        long start = System.nanoTime();
        caches.forEach(cache -> model.parts().fill(cache, depth));
        return seconds(start);
    }

    /** Decodes tokens of all streams together. Returns seconds. */
    public double decode(int tokens) {
        require(!caches.isEmpty(), "decode must come after read or fill");
        long seen = caches.get(0).seen();
        require(tokens >= 1 && seen + tokens <= room, "tokens must be from 1 to " + (room - seen) + ", was " + tokens);
        long start = System.nanoTime();
        for (int token = 0; token < tokens; token++) {
            model.forward(new Step(caches.stream()
                    .map(cache -> new Step.Slice(cache, ids(1), 1))
                    .toList()));
        }
        return seconds(start);
    }

    /** Returns the bytes of the tensors of all caches. */
    public long bytes() {
        return caches.stream().mapToLong(KvCache::bytes).sum();
    }

    private void open(int streams, int least, int room) {
        int most = model.spec().maxPositions();
        require(streams >= 1, "streams must be at least 1, was " + streams);
        require(least >= 1, "tokens and depth must be at least 1, was " + least);
        require(room >= least && room <= most, "room must be from " + least + " to " + most + ", was " + room);
        close();
        long needed = model.kvShape().peakBytes(policy, room);
        KvMemory memory = new KvMemory(streams * needed);
        for (int stream = 0; stream < streams; stream++) {
            caches.add(model.newCache(policy, memory.reserve(needed).orElseThrow(), KvCacheListener.NONE));
        }
        this.room = room;
    }

    private int[] ids(int tokens) {
        return random.ints(tokens, 0, model.spec().vocabSize()).toArray();
    }

    private static double seconds(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }

    @Override
    public void close() {
        caches.forEach(KvCache::close);
        caches.clear();
    }
}
