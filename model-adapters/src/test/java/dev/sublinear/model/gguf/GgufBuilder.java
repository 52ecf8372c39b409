package dev.sublinear.model.gguf;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Writes small GGUF files, right ones and wrong ones. */
final class GgufBuilder {
    private final Bytes keys = new Bytes();
    private final Bytes infos = new Bytes();
    private final Bytes data = new Bytes();
    private int keyCount;
    private int tensorCount;
    private int version = 3;

    /** Little-endian bytes. */
    static final class Bytes {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        Bytes u8(int value) {
            out.write(value);
            return this;
        }

        Bytes u32(int value) {
            return raw(ByteBuffer.allocate(4)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(value)
                    .array());
        }

        Bytes i64(long value) {
            return raw(ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(value)
                    .array());
        }

        Bytes string(String value) {
            byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
            return i64(bytes.length).raw(bytes);
        }

        Bytes raw(byte[] bytes) {
            out.writeBytes(bytes);
            return this;
        }

        int size() {
            return out.size();
        }

        byte[] bytes() {
            return out.toByteArray();
        }
    }

    GgufBuilder version(int other) {
        version = other;
        return this;
    }

    /** A key with a value of any type, well formed or not. */
    GgufBuilder key(String name, int type, Bytes value) {
        keys.string(name).u32(type).raw(value.bytes());
        keyCount++;
        return this;
    }

    GgufBuilder string(String name, String value) {
        return key(name, 8, new Bytes().string(value));
    }

    GgufBuilder u32(String name, int value) {
        return key(name, 4, new Bytes().u32(value));
    }

    GgufBuilder f32(String name, float value) {
        return key(name, 6, new Bytes().u32(Float.floatToIntBits(value)));
    }

    GgufBuilder flag(String name, boolean value) {
        return key(name, 7, new Bytes().u8(value ? 1 : 0));
    }

    GgufBuilder strings(String name, List<String> values) {
        Bytes array = new Bytes().u32(8).i64(values.size());
        values.forEach(array::string);
        return key(name, 9, array);
    }

    GgufBuilder i32s(String name, int... values) {
        Bytes array = new Bytes().u32(5).i64(values.length);
        for (int value : values) {
            array.u32(value);
        }
        return key(name, 9, array);
    }

    GgufBuilder f32s(String name, float... values) {
        Bytes array = new Bytes().u32(6).i64(values.length);
        for (float value : values) {
            array.u32(Float.floatToIntBits(value));
        }
        return key(name, 9, array);
    }

    /** A tensor after those before it. */
    GgufBuilder tensor(String name, GgufType type, byte[] bytes, long... dimensions) {
        info(name, type.id(), data.size(), dimensions);
        data.raw(bytes).raw(new byte[Math.floorMod(-bytes.length, 32)]);
        return this;
    }

    /** A tensor of floats, those of a row after one another. */
    GgufBuilder floats(String name, float[] values, long... dimensions) {
        Bytes bytes = new Bytes();
        for (float value : values) {
            bytes.u32(Float.floatToIntBits(value));
        }
        return tensor(name, GgufType.F32, bytes.bytes(), dimensions);
    }

    /** What the head says of a tensor, whether it is there or not. */
    GgufBuilder info(String name, int type, long offset, long... dimensions) {
        infos.string(name).u32(dimensions.length);
        for (long dimension : dimensions) {
            infos.i64(dimension);
        }
        infos.u32(type).i64(offset);
        tensorCount++;
        return this;
    }

    byte[] build() {
        return build(tensorCount, keyCount);
    }

    /** The file, with other counts than it has. */
    byte[] build(long tensors, long keysSaid) {
        Bytes file = new Bytes().raw("GGUF".getBytes(StandardCharsets.US_ASCII)).u32(version);
        file.i64(tensors).i64(keysSaid).raw(keys.bytes()).raw(infos.bytes());
        file.raw(new byte[Math.floorMod(-file.size(), 32)]).raw(data.bytes());
        return file.bytes();
    }

    Path write(Path directory) {
        return write(directory, "x.gguf");
    }

    Path write(Path directory, String name) {
        return write(directory, name, build());
    }

    static Path write(Path directory, String name, byte[] file) {
        try {
            return Files.write(directory.resolve(name), file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
