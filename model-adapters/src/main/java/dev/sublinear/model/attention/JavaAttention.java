package dev.sublinear.model.attention;

import dev.sublinear.kvcache.LayerCache;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.rotary.Rotation;
import java.nio.DoubleBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Attention of single tokens in Java: writes their keys and values into the caches and attends to what those hold.
 *
 * <p>Owned by the engine thread, which writes and asks. Helpers then read the memory of the caches with it, never a tensor, and
 * have all ended when it goes on.
 */
public final class JavaAttention implements AutoCloseable {
    private static final int ALONE = 2048; // rows of keys and values that are read before a helper has come
    private static final DoubleBuffer NO_STATE = DoubleBuffer.allocate(0);

    private final List<DecodeAttention> kernels;
    private final ModelSpec spec;
    private final boolean fits;
    private final int mostHeld;
    private final SpinPool pool;
    private final List<HeadAttention> heads = new ArrayList<>();

    /** @param kernels one for each thread */
    public JavaAttention(List<DecodeAttention> kernels, ModelSpec spec) {
        this.kernels = List.copyOf(kernels);
        this.spec = spec;
        this.fits = kernels.get(0).takes(spec.headDim()) && spec.architecture().attentionCap() == 0;
        this.mostHeld = kernels.get(0).mostRows(kernels.size());
        this.pool = new SpinPool(kernels.size());
    }

    /** Whether it attends for some token of the model, of whatever cache. */
    public boolean fits() {
        return fits;
    }

    public int mostHeld() {
        return mostHeld;
    }

    /**
     * Whether it attends so many tokens of those held, themselves among them: a matter of the sequence alone, so that its
     * numbers do not depend on the step.
     */
    public boolean takes(LayerCache cache, int tokens, int held, int window) {
        return fits && tokens == 1 && held <= mostHeld && window == 0 && Piece.wishes(cache) <= 1 && cache.hasMemory();
    }

    /**
     * Attends for pieces of one token each.
     *
     * @param heads their queries, keys and values, not rotated yet, (pieces, H * G + 2 * H, S); what is found is written over
     *     the queries
     */
    public void attend(List<Piece> pieces, Rotation rotation, float[] heads) {
        int width = heads.length / pieces.size();
        for (int i = 0; i < pieces.size(); i++) {
            Piece piece = pieces.get(i);
            LayerCache.Memory memory = piece.cache().memory();
            write(piece, memory, rotation, heads, i * width);
            ask(
                    i,
                    piece.cache(),
                    memory,
                    heads,
                    i * width,
                    heads,
                    piece.cache().sumsAttention() ? memory.tokenState() : NO_STATE);
        }
        find(pieces.size());
    }

    /** Rotates queries and key, and writes keys and values into the memory. */
    private void write(Piece piece, LayerCache.Memory memory, Rotation rotation, float[] heads, int at) {
        LayerCache cache = piece.cache();
        int size = spec.headDim();
        int keys = at + spec.heads() * size;
        int values = keys + spec.kvHeads() * size;
        rotation.rotate(piece.first(), heads, at, spec.heads() + spec.kvHeads(), size);
        for (int head = 0; head < spec.kvHeads(); head++) {
            int written = (cache.first(head) + cache.row(head, piece.position())) * size;
            memory.keys().put(written, heads, keys + head * size, size);
            memory.values().put(written, heads, values + head * size, size);
        }
    }

    /** Attends for queries (H, 1, G, S) to all that a cache holds, and changes nothing in it. */
    public void attend(LayerCache cache, float[] query, float[] out) {
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
