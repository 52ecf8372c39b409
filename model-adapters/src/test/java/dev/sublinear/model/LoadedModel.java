package dev.sublinear.model;

import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** A model with memory enough, and short ways to feed it. */
final class LoadedModel implements AutoCloseable {
    private final Checkpoint checkpoint;
    private final CausalLm model;
    private final KvMemory memory = new KvMemory(1L << 32);

    /** With one thread, as small models are served. */
    LoadedModel(Path checkpoint) {
        this(checkpoint, Execution.exact(1));
    }

    LoadedModel(Path checkpoint, Execution execution) {
        this(checkpoint, execution, Kernels.script());
    }

    LoadedModel(Path checkpoint, Execution execution, String script) {
        this(HuggingFaceCheckpoint.open(checkpoint), execution, script);
    }

    LoadedModel(Checkpoint checkpoint, Execution execution, String script) {
        this.checkpoint = checkpoint;
        model = CausalLm.load(checkpoint, execution, LoadListener.NONE, script, DecodeAttention::resolve);
    }

    CausalLm causalLm() {
        return model;
    }

    ModelSpec spec() {
        return model.spec();
    }

    KvMemory memory() {
        return memory;
    }

    /** A cache with memory for so many tokens. */
    KvCache newCache(EvictionPolicy policy, int tokens) {
        long bytes = model.kvShape().peakBytes(policy, tokens);
        return model.newCache(policy, memory.reserve(bytes).orElseThrow(), KvCacheListener.NONE);
    }

    /** Reads ids in chunks on an absolute grid and returns the logits after each. */
    float[][] feed(KvCache cache, int[] ids, int chunk) {
        List<float[]> rows = new ArrayList<>();
        int at = 0;
        while (at < ids.length) {
            int end = Math.min(ids.length, at + chunk - cache.seen() % chunk);
            int[] tokens = Arrays.copyOfRange(ids, at, end);
            rows.addAll(Arrays.asList(model.forward(Step.of(new Step.Slice(cache, tokens, tokens.length)))));
            at = end;
        }
        return rows.toArray(float[][]::new);
    }

    /** The positions that each head of a layer holds, ascending. */
    static List<List<Integer>> positions(KvCache cache, int layer) {
        int length = cache.layer(layer).length();
        try (ai.djl.ndarray.NDArray positions = cache.layer(layer).positions()) {
            int[] all = positions.toIntArray();
            return IntStream.range(0, all.length / length)
                    .mapToObj(head -> Arrays.stream(all, head * length, (head + 1) * length)
                            .sorted()
                            .boxed()
                            .toList())
                    .toList();
        }
    }

    /** The positions held, by layer and head. */
    List<List<List<Integer>>> positions(KvCache cache) {
        return IntStream.range(0, spec().layers())
                .mapToObj(layer -> positions(cache, layer))
                .toList();
    }

    @Override
    public void close() {
        model.close();
        checkpoint.close();
    }
}
