package dev.sublinear.model.huggingface;

import static dev.sublinear.model.huggingface.TinyCheckpoint.CONFIG;
import static dev.sublinear.model.huggingface.TinyCheckpoint.assertRefused;
import static dev.sublinear.model.huggingface.TinyCheckpoint.names;
import static dev.sublinear.model.huggingface.TinyCheckpoint.put;
import static dev.sublinear.model.huggingface.TinyCheckpoint.weights;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sublinear.model.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Row C10 of the table of hostile checkpoints: weights in several files, and their index. */
final class ShardsTest {
    private static final String INDEX = "model.safetensors.index.json";

    @TempDir
    private Path directory;

    @Test
    void open_shards_areReadAsOne() {
        sharded("model-1.safetensors", "model-2.safetensors");

        try (HuggingFaceCheckpoint model = HuggingFaceCheckpoint.open(directory)) {
            assertThat(model.tensors().names()).containsExactlyInAnyOrderElementsOf(names());
            for (String name : names()) {
                FloatBuffer last = FloatBuffer.allocate(1);
                long elements = model.tensors().info(name).elements();
                model.tensors().read(name, elements - 1, last);
                assertThat(last.get(0)).isEqualTo((elements - 1) / 8f);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../model-1.safetensors",
                "/etc/passwd.safetensors",
                "sub/model.safetensors",
                "sub\\\\model.safetensors",
                "..safetensors",
                ".safetensors",
                "C:model.safetensors",
                "model-1.safetensors\\u0000",
                "model-1.bin",
                ""
            })
    void c10_shardNameThatIsNotPlain_isRefused(String shard) {
        sharded("model-1.safetensors", "model-2.safetensors");
        put(directory, INDEX, "{\"weight_map\":{\"model.norm.weight\":\"" + shard + "\"}}");

        assertThatThrownBy(() -> HuggingFaceCheckpoint.open(directory)).isInstanceOf(CheckpointException.class);
    }

    @Test
    void c10_missingShard_isRefused() throws IOException {
        sharded("model-1.safetensors", "model-2.safetensors");
        Files.delete(directory.resolve("model-2.safetensors"));

        assertRefused(directory, "model-2.safetensors: is missing in " + directory.toRealPath());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"model.norm.weight\":\"model-1.safetensors\",\"b\":\"model-2.safetensors\"",
                "\"model.embed_tokens.weight\":\"model-2.safetensors\",\"b\":\"model-1.safetensors\"",
                "\"lm_head.weight\":\"model-1.safetensors\",\"model.norm.weight\":\"model-2.safetensors\"",
            })
    void open_indexThatIsNotWhatTheFilesHold_readsTheFiles(String map) {
        sharded("model-1.safetensors", "model-2.safetensors");
        put(directory, INDEX, "{\"weight_map\":{" + map + "}}");

        try (HuggingFaceCheckpoint model = HuggingFaceCheckpoint.open(directory)) {
            FloatBuffer values = FloatBuffer.allocate(3);
            model.tensors().read("model.norm.weight", 1, values);

            assertThat(values.array()).containsExactly(1 / 8f, 2 / 8f, 3 / 8f);
            assertThat(model.tensors().names()).containsExactlyInAnyOrderElementsOf(names());
        }
    }

    @Test
    void open_tensorInTwoShards_isReadFromTheOneThatTheIndexNames() {
        sharded("model-1.safetensors", "model-2.safetensors");
        put(
                directory,
                "model-3.safetensors",
                new SafetensorsBuilder()
                        .floats("model.norm.weight", new long[] {4}, new float[] {9, 9, 9, 9})
                        .build());
        String map = "{\"weight_map\":{\"a\":\"model-1.safetensors\",\"b\":\"model-2.safetensors\","
                + "\"c\":\"model-3.safetensors\"";
        put(directory, INDEX, map + "}}");
        assertThat(norm()).isEqualTo(9);
        put(directory, INDEX, map + ",\"model.norm.weight\":\"model-2.safetensors\"}}");
        assertThat(norm()).isEqualTo(1 / 8f);
    }

    private float norm() {
        try (HuggingFaceCheckpoint model = HuggingFaceCheckpoint.open(directory)) {
            FloatBuffer values = FloatBuffer.allocate(1);
            model.tensors().read("model.norm.weight", 1, values);
            return values.get(0);
        }
    }

    @Test
    void c10_neededTensorInNoShard_isRefused() {
        sharded("model-1.safetensors", "model-2.safetensors");
        put(directory, INDEX, "{\"weight_map\":{\"model.norm.weight\":\"model-1.safetensors\"}}");
        assertRefused(
                directory, "model-1.safetensors: tensor \"model.norm.weight\" is missing, config.json asks for it");
        put(
                directory,
                "model-3.safetensors",
                new SafetensorsBuilder()
                        .floats("b", new long[] {1}, new float[] {1})
                        .build());
        put(
                directory,
                INDEX,
                "{\"weight_map\":{\"model.norm.weight\":\"model-1.safetensors\",\"b\":\"model-3.safetensors\"}}");
        assertRefused(
                directory,
                INDEX + ": tensor \"model.norm.weight\" is missing in all its files, config.json asks for it");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"weight_map\":{}}",
                "{\"weight_map\":[]}",
                "{\"weight_map\":{\"a\":1}}",
                "{\"weight_map\":{\"a\":\"a.safetensors\",\"a\":\"a.safetensors\"}}",
                "x"
            })
    void c10_malformedIndex_isRefused(String index) {
        put(directory, "config.json", CONFIG);
        put(directory, INDEX, index);

        assertThatThrownBy(() -> HuggingFaceCheckpoint.open(directory))
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith(INDEX + ": ");
    }

    private void sharded(String first, String second) {
        put(directory, "config.json", CONFIG);
        put(directory, first, weights(name -> !name.equals("model.norm.weight")).build());
        put(directory, second, weights(name -> name.equals("model.norm.weight")).build());
        StringBuilder map = new StringBuilder("{\"metadata\":{\"total_size\":1},\"weight_map\":{");
        for (String name : names()) {
            map.append('"').append(name).append("\":\"");
            map.append(name.equals("model.norm.weight") ? second : first).append("\",");
        }
        put(directory, INDEX, map.substring(0, map.length() - 1) + "}}");
    }
}
