package dev.sublinear.model.huggingface;

import static dev.sublinear.model.huggingface.TinyCheckpoint.CONFIG;
import static dev.sublinear.model.huggingface.TinyCheckpoint.assertRefused;
import static dev.sublinear.model.huggingface.TinyCheckpoint.names;
import static dev.sublinear.model.huggingface.TinyCheckpoint.put;
import static dev.sublinear.model.huggingface.TinyCheckpoint.weights;
import static dev.sublinear.model.huggingface.TinyCheckpoint.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sublinear.model.checkpoint.CheckpointException;
import dev.sublinear.testing.Seed;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Row C7 of the table of hostile checkpoints: tensors that config.json does not ask for, and damaged files of weights. */
final class CheckpointTensorsTest {
    @TempDir
    private Path directory;

    @Test
    void c7_missingTensor_isRefused() {
        for (String name : names()) {
            write(directory);
            put(
                    directory,
                    "model.safetensors",
                    weights(other -> !other.equals(name)).build());

            assertRefused(directory, "model.safetensors: tensor \"" + name + "\" is missing, config.json asks for it");
        }
    }

    @Test
    void c7_otherShape_isRefused() {
        write(directory);
        put(directory, "config.json", CONFIG.replace("\"vocab_size\":5", "\"vocab_size\":6"));

        assertRefused(
                directory,
                "model.safetensors: tensor \"model.embed_tokens.weight\": shape must be (6, 4) by config.json, was"
                        + " (5, 4)");
    }

    @Test
    void c7_otherType_isRefused() {
        write(directory);
        SafetensorsBuilder integers = weights(name -> !name.equals("model.norm.weight"))
                .tensor("model.norm.weight", "I32", new long[] {4}, new byte[16]);
        put(directory, "model.safetensors", integers.build());

        assertRefused(
                directory, "model.safetensors: tensor \"model.norm.weight\": dtype must be F32, F16 or BF16, was I32");
    }

    @Test
    void c7_separateHeadWhereNoneIsTied_isNeeded() {
        write(directory);
        put(directory, "config.json", CONFIG.replace("embeddings\":true", "embeddings\":false"));

        assertRefused(directory, "model.safetensors: tensor \"lm_head.weight\" is missing, config.json asks for it");
    }

    @Test
    void c7_extraTensor_isIgnored() {
        write(directory);
        put(
                directory,
                "model.safetensors",
                weights(name -> true).floats("extra", new long[] {0, 3}).build());

        HuggingFaceCheckpoint.open(directory).close();
    }

    @Test
    void open_weightsTruncatedAtEveryByte_areRefused() throws IOException {
        byte[] whole = Files.readAllBytes(write(directory).resolve("model.safetensors"));
        for (int length = 0; length < whole.length; length++) {
            put(directory, "model.safetensors", Arrays.copyOf(whole, length));

            assertThatThrownBy(() -> HuggingFaceCheckpoint.open(directory))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageStartingWith("model.safetensors: ");
        }
    }

    @Test
    void open_weightsWithRandomBitFlips_openOrAreRefused() throws IOException {
        long seed = Seed.fresh();
        Random random = new Random(seed);
        byte[] whole = Files.readAllBytes(write(directory).resolve("model.safetensors"));
        for (int round = 0; round < 2_000; round++) {
            byte[] file = whole.clone();
            file[random.nextInt(file.length)] ^= (byte) (1 << random.nextInt(8));
            put(directory, "model.safetensors", file);
            try (HuggingFaceCheckpoint model = HuggingFaceCheckpoint.open(directory)) {
                for (String name : model.tensors().names()) {
                    model.tensors().read(name, 0, FloatBuffer.allocate((int)
                            model.tensors().info(name).elements()));
                }
            } catch (CheckpointException expected) {
                assertThat(expected).as("seed " + seed).hasMessageStartingWith("model.safetensors: ");
            }
        }
    }
}
