package dev.sublinear.model.reference;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/**
 * A tensor as a safetensors file holds it.
 *
 * @param data from position to limit, row-major and little-endian
 */
record PlainTensor(String name, StoredType type, List<Integer> shape, ByteBuffer data) {

    /** Rounds {@code values} to {@code type}. */
    static PlainTensor of(String name, StoredType type, float[] values, int... shape) {
        ByteBuffer data = ByteBuffer.allocate(values.length * type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            type.put(data, value);
        }
        return new PlainTensor(name, type, Arrays.stream(shape).boxed().toList(), data.flip());
    }

    long bytes() {
        return data.remaining();
    }
}
