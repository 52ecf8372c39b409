package dev.sublinear.model.attention;

import ai.djl.ndarray.NDArray;
import dev.sublinear.kvcache.LayerCache;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.rotary.Rotation;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Attention of single tokens in Java, in the memory of the caches.
 *
 * <p>Owned by the engine thread, which rotates, writes and prepares. Helper threads then read the memory of the caches beside
 * it, never a tensor, and have all ended when it goes on.
 */
public final class JavaAttention implements AttentionBackend, AutoCloseable {
    private static final int ALONE = 2048; // rows of all heads that one thread reads before a helper has woken
    private static final DoubleBuffer NO_STATE = DoubleBuffer.allocate(0);

    private final List<DecodeAttention> kernels;
    private final ModelSpec spec;
    private final boolean fits;
    private final int mostHeld;
    private final SpinPool pool;
    private final List<HeadAttention> heads = new ArrayList<>();
    private float[] numbers = new float[0];

    /** @param kernels one for each thread */
    public JavaAttention(List<DecodeAttention> kernels, ModelSpec spec) {
        this.kernels = List.copyOf(kernels);
        this.spec = spec;
        this.fits = kernels.get(0).takes(spec.headDim()) && spec.architecture().attentionCap() == 0;
        this.mostHeld = kernels.get(0).mostRows(kernels.size());
        this.pool = new SpinPool(kernels.size());
    }

    /** Returns whether it can attend for this model at all. */
    public boolean fits() {
        return fits;
    }

    /** Returns up to how many tokens held it is faster than libtorch. */
    public int mostHeld() {
        return mostHeld;
    }

    /** Takes single tokens over what libtorch would not read faster, of which the scorer wants no signals. */
    @Override
    public boolean takes(Chunk chunk) {
        return fits
                && chunk.tokens() == 1
                && chunk.held() <= mostHeld
                && chunk.window() == 0
                && !chunk.wantsSignals()
                && chunk.cache().hasMemory();
    }

    @Override
    public List<NDArray> attend(LayerStep step) {
        int width = (spec.heads() + 2 * spec.kvHeads()) * spec.headDim();
        int found = spec.heads() * spec.headDim();
        int tokens = step.tokens();
        if (numbers.length < tokens * width) {
            numbers = new float[tokens * width];
        }
        step.tensors().projectedMemory().get(step.first() * width, numbers, 0, tokens * width);
        attend(step.chunks(), step.rotation(), numbers, width);
        FloatBuffer attended = step.tensors().attendedMemory();
        for (int token = 0; token < tokens; token++) {
            attended.put((step.first() + token) * found, numbers, token * width, found);
        }
        return List.of();
    }

    /** Writes what chunks of one token each find over their queries in {@code heads}, (chunks, H * G + 2 * H, S). */
    private void attend(List<Chunk> chunks, Rotation rotation, float[] heads, int width) {
        for (int i = 0; i < chunks.size(); i++) {
            Chunk chunk = chunks.get(i);
            LayerCache.Memory memory = chunk.cache().memory();
            write(chunk, memory, rotation, heads, i * width);
            ask(
                    i,
                    chunk.cache(),
                    memory,
                    heads,
                    i * width,
                    heads,
                    chunk.cache().sumsAttention() ? memory.tokenState() : NO_STATE);
        }
        find(chunks.size());
    }

    /** Rotates queries and key, and writes keys and values into the memory. */
    private void write(Chunk chunk, LayerCache.Memory memory, Rotation rotation, float[] heads, int at) {
        LayerCache cache = chunk.cache();
        int size = spec.headDim();
        int keys = at + spec.heads() * size;
        int values = keys + spec.kvHeads() * size;
        rotation.rotate(chunk.first(), heads, at, spec.heads() + spec.kvHeads(), size);
        if (cache.queries() > 0) {
            int width = spec.heads() * size;
            memory.queries().put(chunk.position() % cache.queries() * width, heads, at, width);
        }
        for (int head = 0; head < spec.kvHeads(); head++) {
            int written = (cache.first(head) + cache.row(head, chunk.position())) * size;
            memory.keys().put(written, heads, keys + head * size, size);
            memory.values().put(written, heads, values + head * size, size);
        }
    }

    /** Attends for queries (H, 1, G, S) over a whole cache, which stays as it is. */
    public void read(LayerCache cache, float[] query, float[] out) {
        ask(0, cache, cache.memory(), query, 0, out, NO_STATE);
        find(1);
    }

    private void ask(
            int token,
            LayerCache cache,
            LayerCache.Memory memory,
            float[] query,
            int at,
            float[] out,
            DoubleBuffer tokenState) {
        int size = spec.headDim();
        for (int head = 0; head < spec.kvHeads(); head++) {
            HeadAttention asked = head(token * spec.kvHeads() + head);
            asked.ask(
                    query,
                    (float) spec.architecture().attentionScale(),
                    spec.group(),
                    size,
                    out,
                    at + head * spec.group() * size);
            asked.of(memory.keys(), memory.values(), tokenState, cache.first(head), cache.length(head));
        }
    }

    private HeadAttention head(int index) {
        while (heads.size() <= index) {
            heads.add(new HeadAttention());
        }
        return heads.get(index);
    }

    private void find(int tokens) {
        int asked = tokens * spec.kvHeads();
        int rows = 0;
        int most = 0;
        for (HeadAttention head : heads.subList(0, asked)) {
            rows += head.rows();
            most = Math.max(most, head.blocks());
        }
        int blocks = most;
        SpinPool.Task task = (number, member) -> {
            HeadAttention head = heads.get(number / blocks);
            if (number % blocks < head.blocks()) {
                head.attend(number % blocks, kernels.get(member));
            }
        };
        pool.run(asked * blocks, rows <= ALONE ? 1 : kernels.size(), task);
    }

    @Override
    public void close() {
        pool.close();
    }
}
