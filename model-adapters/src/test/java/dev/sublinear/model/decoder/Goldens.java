package dev.sublinear.model.decoder;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sublinear.model.FixtureModel;
import dev.sublinear.model.reference.PlainSafetensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * What Hugging Face transformers computes for one checkpoint.
 *
 * <p>{@code src/test/python/make_goldens.py} makes them; the README beside them says what each array is.
 */
public final class Goldens {
    private static final String DIRECTORY = "model-adapters/src/test/resources/goldens";

    private final String name;
    private final Path checkpoint;
    private final Map<String, float[]> arrays;
    private final JsonNode description;

    private Goldens(String name, Path checkpoint) {
        this.name = name;
        this.checkpoint = checkpoint;
        Path directory = repository().resolve(DIRECTORY);
        this.arrays = PlainSafetensors.read(directory.resolve(name + ".safetensors"));
        try {
            this.description = new ObjectMapper()
                    .readTree(directory.resolve(name + ".json").toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** As many key-value heads as query heads, a tied head, F32. */
    public static Goldens tinyLlamaMha() {
        return new Goldens("tiny-llama-mha", repository().resolve(DIRECTORY).resolve("tiny-llama-mha"));
    }

    /** Three query heads to a key-value head, a head of its own, BF16 in two files. */
    public static Goldens tinyLlamaGqa() {
        return new Goldens("tiny-llama-gqa", repository().resolve(DIRECTORY).resolve("tiny-llama-gqa"));
    }

    /** The {@link FixtureModel}, on English text. */
    public static Goldens fixture() {
        return new Goldens("fixture-5m", FixtureModel.directory());
    }

    /** Holds a directory for each family: a tiny checkpoint and its golden.safetensors. */
    static Path families() {
        return repository().resolve(DIRECTORY).resolve("families");
    }

    /** Tests run in the directory of their module or in the root. */
    private static Path repository() {
        Path here = Path.of("").toAbsolutePath();
        for (Path directory = here; directory != null; directory = directory.getParent()) {
            if (Files.isDirectory(directory.resolve(DIRECTORY))) {
                return directory;
            }
        }
        throw new IllegalStateException("No " + DIRECTORY + " in or above " + here);
    }

    /** The directory of the checkpoint. */
    public Path checkpoint() {
        return checkpoint;
    }

    /** Versions, seed, the SHA-256 of the weights, and for the fixture prompts and texts. */
    public JsonNode description() {
        return description;
    }

    /** The 512 ids of the prompt. */
    public int[] prompt() {
        return Arrays.copyOf(integers("ids"), integers("ids").length - 1);
    }

    /** The id that follows each of the prompt. */
    public int[] targets() {
        return Arrays.copyOfRange(integers("ids"), 1, integers("ids").length);
    }

    /** The positions of which whole rows of logits are known, ascending. */
    public int[] positions() {
        return integers("positions");
    }

    /** The logits at each of {@link #positions}. */
    public float[][] logits() {
        float[] joined = array("logits");
        float[][] rows = new float[positions().length][];
        int vocabulary = joined.length / rows.length;
        for (int row = 0; row < rows.length; row++) {
            rows[row] = Arrays.copyOfRange(joined, row * vocabulary, (row + 1) * vocabulary);
        }
        return rows;
    }

    /** The logarithm of the sum of the exponentials of the logits at each position of the prompt. */
    public float[] logSumExp() {
        return array("logsumexp");
    }

    /** The logit of each of {@link #targets}. */
    public float[] targetLogits() {
        return array("target_logit");
    }

    /** The id of the greatest logit at each position of the prompt. */
    public int[] argmax() {
        return integers("argmax");
    }

    /** By how much the greatest logit exceeds the second at each position of the prompt. */
    public float[] gaps() {
        return array("gap");
    }

    /** The greedy continuations. */
    public List<Greedy> greedy() {
        return IntStream.range(0, description.required("greedy").intValue())
                .mapToObj(run -> new Greedy(this, run))
                .toList();
    }

    private int[] integers(String array) {
        float[] values = array(array);
        int[] integers = new int[values.length];
        for (int i = 0; i < integers.length; i++) {
            integers[i] = (int) values[i];
        }
        return integers;
    }

    private float[] array(String array) {
        float[] values = arrays.get(array);
        if (values == null) {
            throw new IllegalStateException("The goldens of " + name + " have no array " + array);
        }
        return values;
    }

    @Override
    public String toString() {
        return name;
    }

    /** One greedy continuation of 200 tokens that no end token stops. */
    public record Greedy(Goldens of, int run) {

        /** What it continues. */
        public int[] prompt() {
            return of.integers("greedy." + run + ".prompt");
        }

        /** The ids chosen. */
        public int[] ids() {
            return of.integers("greedy." + run + ".ids");
        }

        /** By how much the logit of each exceeded the next best; within noise, either choice is right. */
        public float[] gaps() {
            return of.array("greedy." + run + ".gap");
        }
    }
}
