package dev.sublinear.model.huggingface;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.model.checkpoint.CheckpointException;
import dev.sublinear.model.checkpoint.ElementType;
import dev.sublinear.testing.Seed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows C1 to C6 of the table of hostile checkpoints: what a header may say. */
final class SafetensorsHeaderTest {
    private static final String FILE = "x.safetensors";

    @TempDir
    private Path directory;

    @Test
    void read_twoTensors_placesThemInTheFile() {
        byte[] file = two().build();

        SafetensorsHeader header = read(file);

        assertThat(header.entries().keySet()).containsExactly("a", "b");
        SafetensorsHeader.Entry b = List.copyOf(header.entries().values()).get(1);
        assertThat(b.info().type()).isEqualTo(ElementType.F16);
        assertThat(b.info().shape().getShape()).containsExactly(3);
        assertThat(b.bytes()).isEqualTo(6);
        assertThat(b.position()).isEqualTo(file.length - 6);
    }

    @Test
    void read_noTensors_isAnEmptyFile() {
        assertThat(read(withHeader("{}")).entries()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 100_000_001, Integer.MAX_VALUE, 1L << 32, Long.MAX_VALUE, -1, Long.MIN_VALUE})
    void c1_headerLengthOutOfBounds_isRefused(long length) {
        byte[] json = "{}".getBytes(StandardCharsets.UTF_8);

        assertRefused(
                SafetensorsBuilder.file(length, json, new byte[0]), "header length", Long.toUnsignedString(length));
    }

    @Test
    void c1_headerLengthOneMoreThanTheFileHas_isRefused() {
        byte[] json = "{}".getBytes(StandardCharsets.UTF_8);

        assertRefused(SafetensorsBuilder.file(json.length + 1, json, new byte[0]), "header length", "3");
    }

    @Test
    void c2_invalidUtf8_isRefused() {
        byte[] json = "{\"__metadata__\":{\"a\":\"?\"}}".getBytes(StandardCharsets.UTF_8);
        json[json.length - 4] = (byte) 0xff;

        assertRefused(SafetensorsBuilder.file(json.length, json, new byte[0]), "UTF-8");
    }

    @ParameterizedTest
    @ValueSource(strings = {" {}", "{}\n", "{}\t ", "{}x", "{}{}", "[]", "\"\"", "{} {}", "\ufeff{}", "{}\0"})
    void c2_anythingButTheObjectAndSpaces_isRefused(String header) {
        assertRefused(withHeader(header), "");
    }

    @Test
    void c2_trailingSpaces_areAccepted() {
        assertThat(read(withHeader("{}      ")).entries()).isEmpty();
    }

    @Test
    void c2_deepNesting_isRefused() {
        assertRefused(withHeader("{\"a\":" + "[".repeat(50_000) + "]".repeat(50_000) + "}"), "");
    }

    @Test
    void c3_duplicateTensor_isRefused() {
        String tensor = "\"a\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}";

        assertRefused(withHeader("{" + tensor + "," + tensor + "}"), "Duplicate");
    }

    @Test
    void c3_duplicateKeyInTensor_isRefused() {
        assertRefused(two().build(edit("\"dtype\":\"F16\"", "\"dtype\":\"F16\",\"dtype\":\"F16\"")), "Duplicate");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[16,22]|[17,23]|must begin at 16", // a hole
                "[16,22]|[15,21]|must begin at 16", // an overlap
                "[0,16]|[1,17]|must begin at 0",
                "[16,22]|[0,6]|must begin at",
                "[16,22]|[22,16]|must span",
                "[16,22]|[-6,0]|must not be negative",
                "[16,22]|[16,9223372036854775807]|must span",
                "[16,22]|[16,9223372036854775808]|below 2^63",
                "[16,22]|[16,18446744073709551615]|below 2^63",
                "[16,22]|[16,1e400]|whole numbers",
                "[16,22]|[16,22.0]|whole numbers",
                "[16,22]|[16]|two numbers",
                "[16,22]|[]|two numbers",
                "[16,22]|[16,22,22]|at most 2",
                "[16,22]|null|must be an array"
            })
    void c4_offsetsThatDoNotTile_areRefused(String was, String is, String rule) {
        assertRefused(two().build(edit("\"data_offsets\":" + was, "\"data_offsets\":" + is)), rule);
    }

    @Test
    void c4_holeBetweenTensors_isRefused() {
        byte[] file = two().build(edit("[16,22]", "[18,24]"));

        assertRefused(Arrays.copyOf(file, file.length + 2), "must begin at 16");
    }

    @Test
    void c4_bytesAfterTheLastTensor_areRefused() {
        byte[] file = two().build();

        assertRefused(Arrays.copyOf(file, file.length + 1), "must end where the file does");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[4294967296,4294967296]",
                "[2147483648,2147483648,2147483648]",
                "[2147483648,2147483648,4]",
                "[2147483648,2147483648,2147483648,2147483648]",
                "[9223372036854775807]",
                "[4]",
                "[2]",
                "[3,2]",
                "[-3]",
                "[1,1,1,1,1,1,1,1,3]",
                "[18446744073709551615]",
                "[3.0]",
                "[\"3\"]",
                "[null]",
                "3"
            })
    void c5_shapeThatIsNotTheBytes_isRefused(String shape) {
        assertRefused(two().build(edit("\"shape\":[3]", "\"shape\":" + shape)), "tensor \"b\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"F4", "F6_E2M3", "I4", "f16", "", "FLOAT", "\\u0000"})
    void c5_unknownOrSubByteType_isRefused(String type) {
        assertRefused(two().build(edit("\"F16\"", "\"" + type + "\"")), "unknown dtype");
    }

    @Test
    void c6_rankAndDimensions_areBounded() {
        assertRefused(two().build(edit("\"shape\":[3]", "\"shape\":[0,2147483649]")), "at most 2147483648");
        assertRefused(two().build(edit("\"shape\":[3]", "\"shape\":[1,1,1,1,1,1,1,1,3]")), "at most 8");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"a\":1}",
                "{\"a\":{}}",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[0]}}",
                "{\"a\":{\"dtype\":3,\"shape\":[0],\"data_offsets\":[0,0]}}",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0],\"x\":1}}",
                "{\"__metadata__\":1}",
                "{\"__metadata__\":{\"a\":1}}",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}",
                "{\"a\":NaN}",
                "{a:1}",
                "{\"a\":\"\\ud800\"}"
            })
    void read_malformedObject_isRefused(String header) {
        assertRefused(withHeader(header), "");
    }

    @Test
    void read_hostileName_isQuotedOnOneLine() {
        String name = "\\u001b[31m\\n" + "x".repeat(10_000);

        Assertions.assertThatThrownBy(() -> read(withHeader("{\"" + name + "\":1}")))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("\\u001b[31m\\u000ax")
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(300));
    }

    @Test
    void read_truncatedAtEveryByte_isRefused() {
        byte[] file = two().build();
        for (int length = 0; length < file.length; length++) {
            assertRefused(Arrays.copyOf(file, length), "");
        }
    }

    @Test
    void read_eachNumberOfTheHeaderAtEveryBoundary_isRefusedOrTheSame() {
        String[] boundaries = {
            "-1",
            "0",
            "1",
            "2147483647",
            "2147483648",
            "4294967296",
            "9223372036854775807",
            "9223372036854775808",
            "18446744073709551615",
            "18446744073709551616",
            "1e3",
            "0.5",
            "null",
            "true",
            "\"1\"",
            "[]",
            "{}"
        };
        byte[] valid = two().build();
        String header = new String(valid, 8, (int) length(valid), StandardCharsets.UTF_8);
        var number = java.util.regex.Pattern.compile("(?<=[\\[,])\\d+(?=[],])").matcher(header);
        while (number.find()) {
            for (String boundary : boundaries) {
                if (!boundary.equals(number.group())) {
                    String edited = header.substring(0, number.start()) + boundary + header.substring(number.end());
                    assertRefused(two().build(any -> edited), "");
                }
            }
        }
    }

    @Test
    void read_randomBitFlips_endInAValidFileOrInARefusal() {
        long seed = Seed.fresh();
        Random random = new Random(seed);
        byte[] valid = two().build();
        for (int round = 0; round < 5_000; round++) {
            byte[] file = valid.clone();
            for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
                file[random.nextInt(file.length)] ^= (byte) (1 << random.nextInt(8));
            }
            try {
                SafetensorsHeader header = read(file);
                long bytes = header.entries().values().stream()
                        .mapToLong(SafetensorsHeader.Entry::bytes)
                        .sum();
                assertThat(8 + length(file) + bytes).as("seed " + seed).isEqualTo(file.length);
            } catch (CheckpointException expected) {
                assertThat(expected).as("seed " + seed).hasMessageStartingWith(FILE + ": ");
            }
        }
    }

    private static long length(byte[] file) {
        return ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
    }

    private static SafetensorsBuilder two() {
        return new SafetensorsBuilder()
                .floats("a", new long[] {2, 2}, 1, 2, 3, 4)
                .shorts("b", "F16", new long[] {3}, 0x3c00, 0, 0);
    }

    private static byte[] withHeader(String header) {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        return SafetensorsBuilder.file(json.length, json, new byte[0]);
    }

    private static UnaryOperator<String> edit(String was, String is) {
        return header -> {
            assertThat(header).contains(was);
            return header.replace(was, is);
        };
    }

    private SafetensorsHeader read(byte[] file) {
        try {
            Path path = Files.write(directory.resolve(FILE), file);
            try (SeekableByteChannel channel = Files.newByteChannel(path)) {
                return SafetensorsHeader.read(FILE, channel);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void assertRefused(byte[] file, String... rules) {
        Assertions.assertThatThrownBy(() -> read(file))
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith(FILE + ": ")
                .hasMessageContainingAll(rules);
    }
}
