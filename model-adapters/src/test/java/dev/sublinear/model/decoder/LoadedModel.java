package dev.sublinear.model.decoder;

import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.model.Execution;
import dev.sublinear.model.LoadListener;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.Step;
import dev.sublinear.model.attention.DecodeAttention;
import dev.sublinear.model.checkpoint.Checkpoint;
import dev.sublinear.model.huggingface.HuggingFaceCheckpoint;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** A model with memory enough, and short ways to feed it. */
public final class LoadedModel implements AutoCloseable {
    private final Checkpoint checkpoint;
    private final DecoderLm model;
    private final KvMemory memory = new KvMemory(1L << 32);

    /** With one thread, as small models are served. */
    public LoadedModel(Path checkpoint) {
        this(checkpoint, Execution.exact(1));
    }

    public LoadedModel(Path checkpoint, Execution execution) {
        this(checkpoint, execution, ScriptSource.text());
    }

    public LoadedModel(Path checkpoint, Execution execution, String script) {
        this(HuggingFaceCheckpoint.open(checkpoint), execution, script);
    }

    public LoadedModel(Checkpoint checkpoint, Execution execution, String script) {
        this.checkpoint = checkpoint;
        model = DecoderLm.load(checkpoint, execution, LoadListener.NONE, script, DecodeAttention::resolve);
    }

    DecoderLm causalLm() {
        return model;
    }

    ModelSpec spec() {
        return model.spec();
    }

    KvMemory memory() {
        return memory;
    }

    /** Opens a cache with memory for {@code tokens} tokens. */
    public KvCache newCache(EvictionPolicy policy, int tokens) {
        long bytes = model.kvShape().peakBytes(policy, tokens);
        return model.newCache(policy, memory.reserve(bytes).orElseThrow(), KvCacheListener.NONE);
    }

    /** Reads ids in chunks on an absolute grid and returns the logits after each. */
    public float[][] feed(KvCache cache, int[] ids, int chunk) {
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
        return Arrays.stream(cache.layer(layer).retained().positions())
                .map(head -> Arrays.stream(head).boxed().toList())
                .toList();
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
