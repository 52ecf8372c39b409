package dev.sublinear.real;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sublinear.model.checkpoint.Checkpoint;
import dev.sublinear.model.gguf.GgufCheckpoint;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The model that comes with this repository, and what others made of it. */
final class RealModel {
    /** As its maker published it. */
    static final Path FILE = Path.of("..", "models", "smollm2-135m-instruct", "SmolLM2-135M-Instruct.Q4_1.gguf")
            .toAbsolutePath()
            .normalize();

    private static final ObjectMapper JSON = new ObjectMapper();

    private RealModel() {}

    static Checkpoint open() {
        return GgufCheckpoint.open(FILE);
    }

    /** The directory that Python made of it, with weights of this kind; or skips the test where it has not. */
    static Path converted(String numbers) {
        String directories = System.getProperty("real-model.directories", "");
        assumeTrue(!directories.isEmpty(), "needs the directories that deploy/real-model/run makes with Python");
        return Path.of(directories, numbers);
    }

    /** Reads one of the fixtures, which README.md describes. */
    static JsonNode fixture(String name) {
        try (InputStream in = RealModel.class.getResourceAsStream(name)) {
            assertThat(in).as(name).isNotNull();
            return JSON.readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<JsonNode> entries(String fixture) {
        List<JsonNode> entries = new ArrayList<>();
        fixture(fixture).forEach(entries::add);
        return entries;
    }

    static int[] ids(JsonNode array) {
        int[] ids = new int[array.size()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = array.get(i).intValue();
        }
        return ids;
    }
}
