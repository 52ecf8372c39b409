package dev.sublinear.model.attention;

import ai.djl.ndarray.NDArray;
import dev.sublinear.kvcache.LayerCache;
import dev.sublinear.kvcache.storage.KvStorage;
import dev.sublinear.kvcache.storage.LayerMemory;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.rotary.Rotation;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Attention of few tokens in Java, in the memory of the caches: each token gets the bits that it gets alone.
 *
 * <p>Owned by the engine thread, which rotates, writes and prepares. Helper threads then read the memory of the caches beside
 * it, never a tensor, and have all ended when it goes on.
 */
public final class JavaAttention implements AttentionBackend, AutoCloseable {
    private static final int MOST_TOKENS = 16; // of a chunk: it reads all rows for each of them, libtorch once for all
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

    /** Returns up to how many tokens held, in caches that store so, it is faster than libtorch, which has no product of 8 bits. */
    public int mostHeld(KvStorage storage) {
        return storage == KvStorage.INT8 ? Integer.MAX_VALUE : mostHeld;
    }

    /**
     * Takes few tokens over what libtorch would not read faster, of which the scorer wants no signals; one at a time where it
     * sums their attention.
     */
    @Override
    public boolean takes(Chunk chunk) {
        return fits
                && chunk.tokens() <= (chunk.cache().sumsAttention() ? 1 : MOST_TOKENS)
                && chunk.held() <= mostHeld(chunk.cache().storage())
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

    /** Writes what the tokens of chunks find over their queries in {@code heads}, (tokens, H * G + 2 * H, S). */
    private void attend(List<Chunk> chunks, Rotation rotation, float[] heads, int width) {
        int asked = 0;
        for (Chunk chunk : chunks) {
            LayerCache cache = chunk.cache();
            LayerMemory memory = cache.memory();
            DoubleBuffer tokenState = cache.sumsAttention() ? memory.tokenState() : NO_STATE;
            for (int token = 0; token < chunk.tokens(); token++) {
                write(chunk, token, memory, rotation, heads, asked * width);
                int after = chunk.tokens() - 1 - token;
                ask(asked, cache, memory, after, heads, asked * width, heads, tokenState);
                asked++;
            }
        }
        find(asked);
    }

    /** Rotates queries and key of a token of a chunk, and writes keys and values into the memory. */
    private void write(Chunk chunk, int token, LayerMemory memory, Rotation rotation, float[] heads, int at) {
        LayerCache cache = chunk.cache();
        int position = chunk.position() + token;
        int size = spec.headDim();
        int keys = at + spec.heads() * size;
        int values = keys + spec.kvHeads() * size;
        rotation.rotate(chunk.first() + token, heads, at, spec.heads() + spec.kvHeads(), size);
        if (cache.queries() > 0) {
            int width = spec.heads() * size;
            memory.queries().put(position % cache.queries() * width, heads, at, width);
        }
        for (int head = 0; head < spec.kvHeads(); head++) {
            int row = cache.first(head) + cache.row(head, position);
            memory.rows().put(row, heads, keys + head * size, values + head * size);
        }
    }

    /** Attends for queries (H, 1, G, S) over a whole cache, which stays as it is. */
    public void read(LayerCache cache, float[] query, float[] out) {
        ask(0, cache, cache.memory(), 0, query, 0, out, NO_STATE);
        find(1);
    }

    /** @param after how many of the tokens held come after this one, which it does not see */
    private void ask(
            int token,
            LayerCache cache,
            LayerMemory memory,
            int after,
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
            asked.of(memory.rows(), tokenState, cache.first(head), cache.length(head) - after);
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
        // Tokens that follow one another read the same block: it is in the processor's cache then.
        SpinPool.Task task = (number, member) -> {
            HeadAttention head = heads.get(number % tokens * spec.kvHeads() + number / tokens / blocks);
            int block = number / tokens % blocks;
            if (block < head.blocks()) {
                head.attend(block, kernels.get(member));
            }
        };
        pool.run(asked * blocks, rows <= ALONE ? 1 : kernels.size(), task);
    }

    @Override
    public void close() {
        pool.close();
    }
}
