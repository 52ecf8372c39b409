package dev.sublinear.model;

import ai.djl.ndarray.types.DataType;
import dev.sublinear.kvcache.LayerCache;

/** Attention of single tokens in Java: writes their keys and values into the cache and attends to what it holds. */
final class JavaAttention {
    private final DecodeAttention kernel;
    private final ModelSpec spec;
    private final boolean fits;
    private final int mostHeld;

    /** @param threads that libtorch has */
    JavaAttention(DecodeAttention kernel, ModelSpec spec, int threads) {
        this.kernel = kernel;
        this.spec = spec;
        this.fits = kernel.takes(spec.headDim()) && spec.choices().attentionCap() == 0;
        this.mostHeld = kernel.mostRows(threads);
    }

    /** Whether it attends for some token of the model, of whatever cache. */
    boolean fits() {
        return fits;
    }

    int mostHeld() {
        return mostHeld;
    }

    /**
     * Whether it attends so many tokens of those held, themselves among them: a matter of the sequence alone, so that its
     * numbers do not depend on the step.
     */
    boolean takes(LayerCache cache, int tokens, int held, int window) {
        return fits
                && tokens == 1
                && held <= mostHeld
                && window == 0
                && Piece.wishes(cache) <= 1
                && cache.storage().keys().getDataType() == DataType.FLOAT32
                && cache.storage().keys().size() <= Integer.MAX_VALUE / Float.BYTES;
    }

    /**
     * Attends for the piece's one token.
     *
     * @param heads its queries, keys and values begin at {@code at}, (H * G + 2 * H, S), not rotated yet; what they find is
     *     written over the queries
     */
    void attend(Piece piece, Rotation rotation, float[] heads, int at) {
        int size = spec.headDim();
        int keys = at + spec.heads() * size;
        int values = keys + spec.kvHeads() * size;
        rotation.rotate(piece.first(), heads, at, spec.heads() + spec.kvHeads(), size);
        LayerCache cache = piece.cache();
        LayerCache.Memory memory = cache.memory();
        for (int head = 0; head < spec.kvHeads(); head++) {
            int first = head * memory.capacity();
            int written = (first + piece.slot()) * size;
            memory.keys().put(written, heads, keys + head * size, size);
            memory.values().put(written, heads, values + head * size, size);
            attend(memory, head, cache.length(), heads, at + head * spec.group() * size, heads);
            if (cache.wantsSum()) {
                kernel.addReceived(memory.importance(), first);
            }
        }
    }

    /** Attends for queries (H, 1, G, S) to all that a cache holds, and changes nothing in it. */
    void attend(LayerCache cache, float[] query, float[] out) {
        LayerCache.Memory memory = cache.memory();
        for (int head = 0; head < spec.kvHeads(); head++) {
            attend(memory, head, cache.length(), query, head * (query.length / spec.kvHeads()), out);
        }
    }

    private void attend(LayerCache.Memory memory, int head, int rows, float[] query, int at, float[] out) {
        kernel.attend(
                query,
                at,
                spec.group(),
                spec.headDim(),
                (float) spec.choices().attentionScale(),
                memory.keys(),
                memory.values(),
                head * memory.capacity(),
                rows,
                out);
    }
}
