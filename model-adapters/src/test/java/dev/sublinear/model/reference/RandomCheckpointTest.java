package dev.sublinear.model.reference;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.sublinear.model.text.ByteTokenizer;
import dev.sublinear.testing.Seed;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class RandomCheckpointTest {
    private static final long SEED = Seed.or(11);

    @TempDir
    Path directory;

    @BeforeEach
    void printSeed() {
        System.out.println("seed " + SEED);
    }

    @Test
    void write_sameSeed_sameBytes() throws IOException {
        Path first = RandomCheckpoint.seeded(SEED).write(directory.resolve("first"));
        Path second = RandomCheckpoint.seeded(SEED).write(directory.resolve("second"));
        Path other = RandomCheckpoint.seeded(SEED + 1).write(directory.resolve("other"));
        assertThat(weights(second)).isEqualTo(weights(first)).isNotEqualTo(weights(other));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "I32")
    void write_anyTypeInThreeFiles_readsAsOne(StoredType type) {
        RandomCheckpoint checkpoint = RandomCheckpoint.seeded(SEED).withType(type);
        Path single = checkpoint.write(directory.resolve("single"));
        Path sharded = checkpoint.withShards(3).write(directory.resolve("sharded"));

        assertThat(PlainSafetensors.files(sharded)).hasSize(3);
        Map<String, float[]> expected = PlainSafetensors.readDirectory(single);
        assertThat(PlainSafetensors.readDirectory(sharded))
                .hasSameSizeAs(expected)
                .allSatisfy((name, values) -> assertThat(values).as(name).isEqualTo(expected.get(name)));
        assertThat(ReferenceLlama.read(sharded).logits(1, 2, 3))
                .isDeepEqualTo(ReferenceLlama.read(single).logits(1, 2, 3));
    }

    @Test
    void write_otherSizes_configSaysThem() {
        LlamaSizes sizes = new LlamaSizes(300, 24, 3, 6, 2, 16, 20, 512, 5e5, 1e-6, false);
        Path written = RandomCheckpoint.seeded(SEED).withSizes(sizes).write(directory);
        assertThat(LlamaSizes.read(written)).isEqualTo(sizes);
        assertThat(ReferenceLlama.read(written).logits(299)[0]).hasSize(300).isNotEqualTo(new double[300]);
    }

    @Test
    void write_tokenizer_spellsBytes() throws IOException {
        Path written = RandomCheckpoint.seeded(SEED).write(directory);
        try (HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.newInstance(written.resolve("tokenizer.json"))) {
            String text = "Ah, no!\n\t\u00e9 \u4e16\ud83d\ude42\u00ad\u0000\u007f";
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            long[] ids = tokenizer.encode(text, false, false).getIds();
            assertThat(ids).hasSameSizeAs(bytes);
            for (int i = 0; i < ids.length; i++) {
                assertThat(ids[i]).isEqualTo(ByteTokenizer.FIRST_BYTE + Byte.toUnsignedInt(bytes[i]));
            }
            assertThat(tokenizer.decode(ids, false)).isEqualTo(text);
            assertThat(tokenizer.encode("<|endoftext|>", false, false).getIds())
                    .containsExactly(ByteTokenizer.END_OF_TEXT);
        }
    }

    private static byte[] weights(Path checkpoint) throws IOException {
        return Files.readAllBytes(checkpoint.resolve("model.safetensors"));
    }
}
