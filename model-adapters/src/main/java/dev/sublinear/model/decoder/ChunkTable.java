package dev.sublinear.model.decoder;

import ai.djl.ndarray.NDArray;
import dev.sublinear.kvcache.storage.LayerTensors;
import dev.sublinear.model.attention.Chunk;
import java.util.List;
import java.util.stream.LongStream;

/** Chunks as {@code chunk.py} reads them: a row of tensors and a row of numbers for each. */
final class ChunkTable {
    private static final ChunkTensor[] TENSORS = ChunkTensor.values();
    private static final ChunkNumber[] NUMBERS = ChunkNumber.values();

    private ChunkTable() {}

    /** The fields of the class Chunk in {@code chunk.py} that are tensors, in their order. */
    enum ChunkTensor {
        KEYS,
        KEY_SCALES,
        VALUES,
        VALUE_SCALES,
        POSITIONS,
        STATE,
        QUERIES;

        private NDArray of(Chunk chunk, LayerTensors tensors) {
            return switch (this) {
                case KEYS -> tensors.keys();
                case KEY_SCALES -> tensors.keyScales();
                case VALUES -> tensors.values();
                case VALUE_SCALES -> tensors.valueScales();
                case POSITIONS -> chunk.positions();
                case STATE -> tensors.tokenState();
                case QUERIES -> tensors.queries();
            };
        }
    }

    /** The fields that are numbers, in their order; instead of how many groups there are, the class has their lists. */
    enum ChunkNumber {
        FIRST,
        TOKENS,
        POSITION,
        WANTS,
        HEADS,
        GROUPS;

        private long of(Chunk chunk) {
            return switch (this) {
                case FIRST -> chunk.first();
                case TOKENS -> chunk.tokens();
                case POSITION -> chunk.position();
                case WANTS -> chunk.wants();
                case HEADS -> chunk.cache().heads();
                case GROUPS -> chunk.groups();
            };
        }
    }

    /** Adds the two arguments that describe chunks. */
    static Call add(Call call, List<Chunk> chunks) {
        NDArray[] arrays = new NDArray[TENSORS.length * chunks.size()];
        LongStream.Builder numbers = LongStream.builder();
        int array = 0;
        for (Chunk chunk : chunks) {
            LayerTensors tensors = chunk.cache().tensors();
            for (ChunkTensor each : TENSORS) {
                arrays[array++] = each.of(chunk, tensors);
            }
            for (ChunkNumber each : NUMBERS) {
                numbers.add(each.of(chunk));
            }
            for (int group = 0; group < chunk.groups(); group++) {
                numbers.add(chunk.cache().first(group));
            }
            for (int group = 0; group < chunk.groups(); group++) {
                numbers.add(chunk.cache().row(group, chunk.position()));
            }
        }
        return call.of(arrays).of(numbers.build().toArray());
    }
}
