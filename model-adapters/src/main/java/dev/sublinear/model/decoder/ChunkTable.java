package dev.sublinear.model.decoder;

import ai.djl.ndarray.NDArray;
import dev.sublinear.kvcache.LayerCache;
import dev.sublinear.model.attention.Chunk;
import java.util.List;

/** Chunks as {@code chunk.py} reads them: a row of tensors and a row of numbers for each. */
final class ChunkTable {
    private static final ChunkTensor[] TENSORS = ChunkTensor.values();
    private static final ChunkNumber[] NUMBERS = ChunkNumber.values();

    private ChunkTable() {}

    /** The fields of the class Chunk in {@code chunk.py} that are tensors, in their order. */
    enum ChunkTensor {
        KEYS,
        VALUES,
        POSITIONS,
        STATE;

        private NDArray of(Chunk chunk, LayerCache.Tensors tensors) {
            return switch (this) {
                case KEYS -> tensors.keys();
                case VALUES -> tensors.values();
                case POSITIONS -> chunk.positions();
                case STATE -> tensors.tokenState();
            };
        }
    }

    /** The fields that are numbers, in their order. */
    enum ChunkNumber {
        FIRST,
        TOKENS,
        SLOT,
        POSITION,
        ROWS,
        WANTS;

        private long of(Chunk chunk) {
            return switch (this) {
                case FIRST -> chunk.first();
                case TOKENS -> chunk.tokens();
                case SLOT -> chunk.slot();
                case POSITION -> chunk.position();
                case ROWS -> chunk.rows();
                case WANTS -> chunk.wants();
            };
        }
    }

    /** Adds the two arguments that describe chunks. */
    static Call add(Call call, List<Chunk> chunks) {
        NDArray[] arrays = new NDArray[TENSORS.length * chunks.size()];
        long[] numbers = new long[NUMBERS.length * chunks.size()];
        int array = 0;
        int number = 0;
        for (Chunk chunk : chunks) {
            LayerCache.Tensors tensors = chunk.cache().tensors();
            for (ChunkTensor each : TENSORS) {
                arrays[array++] = each.of(chunk, tensors);
            }
            for (ChunkNumber each : NUMBERS) {
                numbers[number++] = each.of(chunk);
            }
        }
        return call.of(arrays).of(numbers);
    }
}
