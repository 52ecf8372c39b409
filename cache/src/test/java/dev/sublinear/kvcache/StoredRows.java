package dev.sublinear.kvcache;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.sublinear.kvcache.storage.KvStorage;
import dev.sublinear.kvcache.storage.LayerTensors;

/**
 * All rows of a layer as a kernel finds them in {@link LayerTensors}, in use or not.
 *
 * @param keys headDim numbers of each row, those of one row after those of the other
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record StoredRows(float[] keys, float[] values) {

    static StoredRows of(LayerCache layer, KvShape shape) {
        LayerTensors tensors = layer.tensors();
        if (shape.storage() != KvStorage.INT8) {
            return new StoredRows(floats(tensors.keys()), floats(tensors.values()));
        }
        int size = shape.headDim();
        byte[] blocks = tensors.keys().toByteArray();
        byte[] wholes = tensors.values().toByteArray();
        float[] keyScales = tensors.keyScales().toFloatArray();
        float[] valueScales = tensors.valueScales().toFloatArray();
        float[] keys = new float[blocks.length];
        float[] values = new float[wholes.length];
        for (int row = 0; row < keyScales.length; row++) {
            for (int i = 0; i < size; i++) {
                int block = row / 64;
                keys[row * size + i] = blocks[block * 64 * size + i * 64 + row % 64] * keyScales[row];
                values[row * size + i] = wholes[row * size + i] * valueScales[row];
            }
        }
        return new StoredRows(keys, values);
    }

    private static float[] floats(NDArray numbers) {
        return numbers.toType(DataType.FLOAT32, false).toFloatArray();
    }
}
