package dev.sublinear.model.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sublinear.model.checkpoint.CheckpointException;
import dev.sublinear.model.gguf.GgufBuilder.Bytes;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the head of a file may say, and what it may not. */
final class GgufHeadTest {
    private static final byte[] TWO_FLOATS = new byte[8];

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void read_valuesOfAllTypes_areThose(int version) {
        Path path = new GgufBuilder()
                .version(version)
                .key("u8", 0, new Bytes().u8(200))
                .key("i8", 1, new Bytes().u8(200))
                .key("u16", 2, new Bytes().u8(255).u8(255))
                .key("i16", 3, new Bytes().u8(255).u8(255))
                .key("u32", 4, new Bytes().u32(-1))
                .key("i32", 5, new Bytes().u32(-1))
                .f32("f32", 1e-5f)
                .flag("flag", true)
                .string("string", "日本語")
                .key("u64", 10, new Bytes().i64(1L << 40))
                .key("i64", 11, new Bytes().i64(-(1L << 40)))
                .key("f64", 12, new Bytes().i64(Double.doubleToLongBits(0.1)))
                .strings("strings", List.of("a", ""))
                .i32s("i32s", 1, -2)
                .f32s("f32s", 0.5f)
                .key("flags", 9, new Bytes().u32(7).i64(2).u8(0).u8(1))
                .write(directory);

        try (GgufFile file = GgufFile.open(path)) {
            GgufMetadata metadata = file.metadata();
            assertThat(List.of("u8", "i8", "u16", "i16", "u32", "i32", "u64", "i64"))
                    .map(key -> metadata.integer(key).orElseThrow())
                    .containsExactly(200L, -56L, 65535L, -1L, 4294967295L, -1L, 1L << 40, -(1L << 40));
            assertThat(metadata.number("f32")).contains(1e-5);
            assertThat(metadata.number("f64")).contains(0.1);
            assertThat(metadata.flag("flag")).contains(true);
            assertThat(metadata.string("string")).contains("日本語");
            assertThat(metadata.strings("strings")).containsExactly("a", "");
            assertThat(metadata.integers("i32s").orElseThrow()).containsExactly(1, -2);
            assertThat(metadata.numbers("f32s").orElseThrow()).containsExactly(0.5);
            assertThat(metadata.flags("flags").orElseThrow()).containsExactly(false, true);
            assertThat(metadata.integer("other")).isEmpty();
        }
    }

    @Test
    void read_valueOfAnotherType_isRefusedWithTheKey() {
        Path path = new GgufBuilder().string("a.b", "text").write(directory);

        try (GgufFile file = GgufFile.open(path)) {
            assertThatThrownBy(() -> file.metadata().integer("a.b"))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessage("x.gguf: \"a.b\" must be a whole number, was \"text\"");
        }
    }

    @Test
    void read_twoTensors_placesThemAfterTheHead() {
        GgufBuilder builder =
                new GgufBuilder().floats("a", new float[] {1, 2, 3}, 3).floats("b", new float[] {4, 5, 6, 7}, 2, 2);

        try (GgufParts file = GgufParts.open(builder.write(directory))) {
            assertThat(file.vector("a", 10)).containsExactly(1, 2, 3);
            assertThat(file.vector("b", 10)).containsExactly(4, 5, 6, 7);
            assertThat(file.tensor("b").rows()).isEqualTo(2);
            assertThat(file.tensor("b").position() % 32).isZero();
        }
    }

    @Test
    void open_noFile_isRefused() {
        assertThatThrownBy(() -> GgufFile.open(directory.resolve("none.gguf")))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("none.gguf: no such file");
    }

    @Test
    void open_directory_isRefused() {
        assertThatThrownBy(() -> GgufFile.open(directory))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("must be a regular file");
    }

    @Test
    void read_anotherFormat_isRefused() {
        byte[] zip = "PK\3\4 and so on and on".getBytes(StandardCharsets.US_ASCII);

        assertRefused(zip, "must begin with GGUF, began with 0x4034b50");
    }

    @ParameterizedTest
    @CsvSource({"1, 'version must be 2 or 3, was 1'", "4, 'version must be 2 or 3, was 4'"})
    void read_otherVersion_isRefused(int version, String message) {
        assertRefused(new GgufBuilder().version(version).build(), message);
    }

    @Test
    void read_bigEndianFile_isRefusedAsThat() {
        assertRefused(
                new GgufBuilder().version(3 << 24).build(), "must be little endian, is a big-endian file (version 3)");
    }

    /** CVE-2024-21802: counts are believed only as far as the file goes. */
    @ParameterizedTest
    @ValueSource(longs = {1, 65_536, 65_537, Integer.MAX_VALUE, 1L << 40, Long.MAX_VALUE, -1, Long.MIN_VALUE})
    void read_moreKeysOrTensorsThanThereAre_isRefused(long count) {
        GgufBuilder empty = new GgufBuilder();

        assertRefused(empty.build(0, count), "the number of keys");
        assertRefused(empty.build(count, 0), "the number of tensors");
    }

    /** ggml #1516: 160 bytes that ask for a gigabyte. */
    @ParameterizedTest
    @ValueSource(longs = {100, 1 << 20, 1 << 30, Long.MAX_VALUE, -1})
    void read_stringLongerThanTheFile_isRefused(long length) {
        assertRefused(
                new GgufBuilder().key("k", 8, new Bytes().i64(length)).build(), "the length of the value of \"k\"");
    }

    @ParameterizedTest
    @CsvSource({"0, 33", "8, 5", "10, 5", "8, 2097153", "0, 4611686018427387904", "4, -1"})
    void read_arrayLongerThanTheFile_isRefused(int type, long count) {
        byte[] file = new GgufBuilder()
                .key("k", 9, new Bytes().u32(type).i64(count).raw(new byte[8]))
                .build();

        assertRefused(file, "the length of the array \"k\"");
    }

    @Test
    void read_arrayOfArrays_isRefused() {
        assertRefused(
                new GgufBuilder()
                        .key("k", 9, new Bytes().u32(9).i64(1).u32(4).i64(0))
                        .build(),
                "the array \"k\" must not hold arrays");
    }

    @ParameterizedTest
    @ValueSource(ints = {13, 99, -1})
    void read_unknownTypeOfValue_isRefused(int type) {
        assertRefused(new GgufBuilder().key("k", type, new Bytes().i64(0)).build(), "must be from 0 to 12, was");
    }

    @Test
    void read_flagOfTwo_isRefused() {
        assertRefused(
                new GgufBuilder().key("k", 7, new Bytes().u8(2)).build(), "the value of \"k\" must be 0 or 1, was 2");
    }

    @Test
    void read_u64Of2To63_isRefused() {
        assertRefused(
                new GgufBuilder().key("k", 10, new Bytes().i64(Long.MIN_VALUE)).build(),
                "must be below 2^63, was 9223372036854775808");
    }

    @Test
    void read_sameKeyTwice_isRefused() {
        assertRefused(new GgufBuilder().u32("k", 1).u32("k", 1).build(), "key \"k\" must be there once");
    }

    @Test
    void read_keyThatIsNotUtf8_isRefused() {
        byte[] file = new GgufBuilder().u32("kk", 1).build();
        file[24 + 8] = (byte) 0xc0;

        assertRefused(file, "a key must be UTF-8");
    }

    @Test
    void read_keyWithNul_isRefused() {
        assertRefused(new GgufBuilder().u32("k\0k", 1).build(), "a key must not have a NUL, was \"k\\u0000k\"");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 48, 1 << 21, -1})
    void read_alignmentThatIsNone_isRefused(int alignment) {
        assertRefused(
                new GgufBuilder().u32("general.alignment", alignment).build(),
                "\"general.alignment\" must be a power of two up to 1048576, was");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 5, 9, -1})
    void read_dimensionsOtherThanOneToFour_areRefused(int rank) {
        byte[] file = new GgufBuilder().info("t", 0, 0, new long[4]).build();
        file[24 + 9] = (byte) rank;
        file[24 + 10] = file[24 + 11] = file[24 + 12] = (byte) (rank >> 8);

        assertRefused(file, "tensor \"t\": must have 1 to 4 dimensions, had");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE})
    void read_dimensionBelowOne_isRefused(long dimension) {
        assertRefused(tensor(0, 0, 2, dimension), "tensor \"t\": dimensions must be from 1 to 2^63 - 1, was");
    }

    /** llama.cpp #27203 and CVE-2026-33298: the product of dimensions overflows. */
    @ParameterizedTest
    @CsvSource({"9223372036854775807, 2", "4294967296, 4294967296", "4611686018427387904, 3"})
    void read_dimensionsWhoseProductOverflows_areRefused(long first, long second) {
        assertRefused(tensor(0, 0, first, second), "tensor \"t\": must be below 2^63 bytes");
    }

    @ParameterizedTest
    @CsvSource({"16, IQ2_XXS", "9, Q8_1", "40, NVFP4", "4, unknown (4)", "-1, unknown (4294967295)"})
    void read_typeThatIsNotRead_isRefusedByName(int type, String name) {
        assertRefused(tensor(type, 0, 32), "type must be one that is read here, was " + name);
    }

    @Test
    void read_rowOfPartOfABlock_isRefused() {
        assertRefused(tensor(8, 0, 33), "a row must be whole blocks of 32 weights of Q8_0, had 33");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 31, 33, -32})
    void read_offsetThatIsNotAligned_isRefused(long offset) {
        assertRefused(tensor(0, offset, 2), "offset must be a multiple of the alignment 32, was");
    }

    /** CVE-2026-7482: a tensor that reaches beyond the file. */
    @ParameterizedTest
    @CsvSource({"0, 3", "0, 1000000", "32, 2", "9223372036854775776, 2", "0, 1152921504606846976"})
    void read_tensorBeyondTheFile_isRefused(long offset, long floats) {
        assertRefused(tensor(0, offset, floats), "tensor \"t\": must lie within the file of");
    }

    @Test
    void read_tensorOnAnother_isRefused() {
        byte[] file = new GgufBuilder()
                .tensor("a", GgufType.F32, new byte[64], 16)
                .info("b", 0, 32, 2)
                .build();

        assertRefused(file, "tensor \"b\": must begin after \"a\" ends, at offset 64, was 32");
    }

    @Test
    void read_sameTensorTwice_isRefused() {
        byte[] file = new GgufBuilder()
                .tensor("a", GgufType.F32, TWO_FLOATS, 2)
                .tensor("a", GgufType.F32, TWO_FLOATS, 2)
                .build();

        assertRefused(file, "tensor \"a\" must be there once, was there twice");
    }

    @Test
    void read_nameOf64Bytes_isRefused() {
        assertRefused(
                new GgufBuilder().info("n".repeat(64), 0, 0, 1).build(),
                "the length of the name of a tensor must be at most 63, was 64");
    }

    @Test
    void read_fileThatShrankSinceItWasOpened_isRefused() throws Exception {
        Path path = new GgufBuilder().floats("a", new float[1024], 1024).write(directory);
        try (GgufParts file = GgufParts.open(path)) {
            Files.write(path, new byte[100]);

            assertThatThrownBy(() -> file.vector("a", 1024))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessage("x.gguf: changed while it was read");
            assertThatThrownBy(file::verifyUnchanged).isInstanceOf(CheckpointException.class);
        }
    }

    private byte[] tensor(int type, long offset, long... dimensions) {
        byte[] file = new GgufBuilder().info("t", type, offset, dimensions).build();
        return Arrays.copyOf(file, file.length + 8);
    }

    private void assertRefused(byte[] file, String message) {
        Path path = GgufBuilder.write(directory, "x.gguf", file);
        assertThatThrownBy(() -> GgufFile.open(path).close())
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith("x.gguf: ")
                .hasMessageContaining(message);
    }
}
