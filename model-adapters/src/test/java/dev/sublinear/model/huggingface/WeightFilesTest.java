package dev.sublinear.model.huggingface;

import static dev.sublinear.model.huggingface.TinyCheckpoint.put;
import static dev.sublinear.model.huggingface.TinyCheckpoint.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sublinear.model.checkpoint.CheckpointException;
import dev.sublinear.model.checkpoint.ElementType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows C12 to C14 of the table of hostile checkpoints, and what numbers the bytes are. */
final class WeightFilesTest {
    @TempDir
    private Path directory;

    @ParameterizedTest
    @CsvSource({
        "0x0000, 0",
        "0x8000, -0.0",
        "0x3c00, 1",
        "0xbc00, -1",
        "0x3555, 0.333251953125",
        "0x7bff, 65504",
        "0xfbff, -65504",
        "0x0400, 0x1p-14",
        "0x03ff, 0x0.ffcp-14",
        "0x0001, 0x1p-24",
        "0x8001, -0x1p-24"
    })
    void read_f16_isTheNumber(int bits, String value) {
        assertThat(read("F16", bits)).isEqualTo(Float.parseFloat(value));
    }

    @ParameterizedTest
    @CsvSource({
        "0x0000, 0",
        "0x8000, -0.0",
        "0x3f80, 1",
        "0xbf80, -1",
        "0x7f7f, 0x1.fep127",
        "0x0080, 0x1p-126",
        "0x0001, 0x1p-133",
        "0x4049, 3.140625"
    })
    void read_bf16_isTheNumber(int bits, String value) {
        assertThat(read("BF16", bits)).isEqualTo(Float.parseFloat(value));
    }

    @Test
    void read_f16_everyFiniteBitPatternTurnsBack() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            float value = ElementType.fromF16((short) bits);
            int exponent = (bits >> 10) & 31;
            double expected =
                    exponent == 0 ? (bits & 1023) * 0x1p-24 : (1024 + (bits & 1023)) * Math.scalb(1.0, exponent - 25);
            if (exponent < 31) {
                assertThat(Math.abs(value)).isEqualTo((float) expected);
                assertThat(Float.floatToRawIntBits(value) < 0).isEqualTo(bits >= 1 << 15);
            } else {
                assertThat(Float.isFinite(value)).isFalse();
            }
        }
    }

    @Test
    void read_partOfATensor_fillsTheBufferOnly() {
        try (WeightFiles weights = open(new SafetensorsBuilder().floats("a", new long[] {5}, 1, 2, 3, 4, 5))) {
            FloatBuffer into =
                    ByteBuffer.allocateDirect(16).order(ByteOrder.nativeOrder()).asFloatBuffer();
            into.position(1).limit(3);
            weights.read("a", 2, into);

            assertThat(into.position()).isEqualTo(3);
            assertThat(into.get(1)).isEqualTo(3);
            assertThat(into.get(2)).isEqualTo(4);
        }
    }

    @Test
    void read_beyondTheTensor_throws() {
        try (WeightFiles weights = open(new SafetensorsBuilder().floats("a", new long[] {2}, 1, 2))) {
            assertThatThrownBy(() -> weights.read("a", 1, FloatBuffer.allocate(2)))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> weights.read("a", -1, FloatBuffer.allocate(1)))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> weights.read("b", 0, FloatBuffer.allocate(1)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("\"b\"");
        }
    }

    @Test
    void read_manyBlocks_keepsTheOrder() {
        float[] values = new float[50_000];
        for (int i = 0; i < values.length; i++) {
            values[i] = i;
        }
        try (WeightFiles weights = open(new SafetensorsBuilder().floats("a", new long[] {50_000}, values))) {
            FloatBuffer into = FloatBuffer.allocate(values.length);
            weights.read("a", 0, into);

            assertThat(into.array()).isEqualTo(values);
        }
    }

    @Test
    void c12_growingFile_isNoticed() throws IOException {
        try (HuggingFaceCheckpoint model = HuggingFaceCheckpoint.open(write(directory))) {
            model.tensors().verifyUnchanged();
            Files.write(directory.resolve("model.safetensors"), new byte[1], StandardOpenOption.APPEND);

            assertChanged(model.tensors()::verifyUnchanged);
            assertChanged(() -> model.tensors().read("model.norm.weight", 0, FloatBuffer.allocate(4)));
        }
    }

    @Test
    void c12_truncatedFile_isNoticedAndDoesNotCrash() throws IOException {
        try (HuggingFaceCheckpoint model = HuggingFaceCheckpoint.open(write(directory));
                FileChannel file = FileChannel.open(directory.resolve("model.safetensors"), StandardOpenOption.WRITE)) {
            file.truncate(100);

            assertChanged(() -> model.tensors().read("model.norm.weight", 0, FloatBuffer.allocate(4)));
            assertChanged(model.tensors()::verifyUnchanged);
        }
    }

    @Test
    void c12_replacedOrRewrittenFile_isNoticed() throws IOException {
        Path file = write(directory).resolve("model.safetensors");
        try (HuggingFaceCheckpoint model = HuggingFaceCheckpoint.open(directory)) {
            Files.setLastModifiedTime(file, FileTime.fromMillis(1));

            assertChanged(model.tensors()::verifyUnchanged);
        }
        FileTime time = Files.getLastModifiedTime(file);
        try (HuggingFaceCheckpoint model = HuggingFaceCheckpoint.open(directory)) {
            Path copy = Files.copy(file, directory.resolve("copy"));
            Files.move(copy, file, StandardCopyOption.REPLACE_EXISTING);
            Files.setLastModifiedTime(file, time);

            assertChanged(model.tensors()::verifyUnchanged);
        }
    }

    @Test
    void c12_deletedFile_isNoticed() throws IOException {
        try (HuggingFaceCheckpoint model = HuggingFaceCheckpoint.open(write(directory))) {
            Files.delete(directory.resolve("model.safetensors"));

            assertThatThrownBy(model.tensors()::verifyUnchanged)
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageStartingWith("model.safetensors: disappeared");
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void c13_notFiniteF32_isRefusedNamingTensorAndElement(float bad) {
        float[] values = new float[20_000];
        values[12_345] = bad;
        try (WeightFiles weights = open(new SafetensorsBuilder().floats("a", new long[] {20_000}, values))) {
            assertThatThrownBy(() -> weights.read("a", 10_000, FloatBuffer.allocate(10_000)))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessage("model.safetensors: tensor \"a\": must be finite, was not at element 12345");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "F16, 0x7c00",
        "F16, 0xfc00",
        "F16, 0x7c01",
        "F16, 0xfe00",
        "BF16, 0x7f80",
        "BF16, 0xff80",
        "BF16, 0x7fc0"
    })
    void c13_notFiniteHalf_isRefused(String type, int bits) {
        assertThatThrownBy(() -> read(type, bits))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("must be finite, was not at element 1");
    }

    @Test
    void c14_tensorBeyondTwoGibibytes_isReadInParts() throws IOException {
        // A sparse file: 2^31 + 8 bytes of zeros, of which only the last elements are ever written.
        long elements = (1L << 29) + 2;
        String header =
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[" + elements + "],\"data_offsets\":[0," + 4 * elements + "]}}";
        Path path = directory.resolve("model.safetensors");
        Files.write(
                path,
                SafetensorsBuilder.file(
                        header.length(), header.getBytes(java.nio.charset.StandardCharsets.UTF_8), new byte[0]));
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE)) {
            ByteBuffer last = ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putFloat(5)
                    .putFloat(7)
                    .flip();
            file.write(last, 8 + header.length() + 4 * (elements - 2));
        }
        try (WeightFiles weights = WeightFiles.open(new ShardIndex(Map.of("model.safetensors", path), Map.of()))) {
            // Many chunks.
            FloatBuffer into = FloatBuffer.allocate((20 << 20) + 2);
            weights.read("a", elements - into.capacity(), into);

            assertThat(into.get(into.capacity() - 3)).isZero();
            assertThat(into.get(into.capacity() - 2)).isEqualTo(5);
            assertThat(into.get(into.capacity() - 1)).isEqualTo(7);
        }
    }

    private float read(String type, int bits) {
        try (WeightFiles weights = open(new SafetensorsBuilder().shorts("a", type, new long[] {2}, 0, bits))) {
            FloatBuffer into = FloatBuffer.allocate(2);
            weights.read("a", 0, into);
            return into.get(1);
        }
    }

    private WeightFiles open(SafetensorsBuilder file) {
        put(directory, "model.safetensors", file.build());
        return WeightFiles.open(
                new ShardIndex(Map.of("model.safetensors", directory.resolve("model.safetensors")), Map.of()));
    }

    private static void assertChanged(org.assertj.core.api.ThrowableAssert.ThrowingCallable action) {
        assertThatThrownBy(action)
                .isInstanceOf(CheckpointException.class)
                .hasMessage("model.safetensors: changed while it was read");
    }
}
