package dev.sublinear.model.huggingface;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/** Writes safetensors files, right ones and wrong ones. */
final class SafetensorsBuilder {
    private final Map<String, byte[]> data = new TreeMap<>();
    private final Map<String, String> declared = new TreeMap<>();

    /** Adds a tensor of the given element type whose bytes are {@code bytes}. */
    SafetensorsBuilder tensor(String name, String type, long[] shape, byte[] bytes) {
        StringJoiner dimensions = new StringJoiner(",", "[", "]");
        for (long dimension : shape) {
            dimensions.add(Long.toString(dimension));
        }
        data.put(name, bytes);
        declared.put(name, "{\"dtype\":\"" + type + "\",\"shape\":" + dimensions);
        return this;
    }

    SafetensorsBuilder floats(String name, long[] shape, float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return tensor(name, "F32", shape, bytes.array());
    }

    SafetensorsBuilder shorts(String name, String type, long[] shape, int... values) {
        ByteBuffer bytes = ByteBuffer.allocate(2 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (int value : values) {
            bytes.putShort((short) value);
        }
        return tensor(name, type, shape, bytes.array());
    }

    byte[] build() {
        return build(UnaryOperator.identity());
    }

    /** Builds the file with its header changed by {@code edit}. */
    byte[] build(UnaryOperator<String> edit) {
        StringJoiner header = new StringJoiner(",", "{\"__metadata__\":{\"format\":\"pt\"},", "}");
        long end = 0;
        for (Map.Entry<String, byte[]> tensor : data.entrySet()) {
            long begin = end;
            end += tensor.getValue().length;
            header.add("\"" + tensor.getKey() + "\":" + declared.get(tensor.getKey()) + ",\"data_offsets\":[" + begin
                    + "," + end + "]}");
        }
        byte[] json = edit.apply(header.toString()).getBytes(StandardCharsets.UTF_8);
        return file(json.length, json, concatenated((int) end));
    }

    private byte[] concatenated(int size) {
        ByteBuffer all = ByteBuffer.allocate(size);
        data.values().forEach(all::put);
        return all.array();
    }

    /** A file of these parts, as they are. */
    static byte[] file(long headerLength, byte[] header, byte[] data) {
        return ByteBuffer.allocate(8 + header.length + data.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(headerLength)
                .put(header)
                .put(data)
                .array();
    }
}
