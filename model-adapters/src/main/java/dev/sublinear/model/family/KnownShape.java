package dev.sublinear.model.family;

import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.checkpoint.StrictJson;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.stream.Collectors;

/** Sizes of models that people run, to measure speed and memory where there is no checkpoint: speed knows no sense. */
public enum KnownShape {
    SMOLLM2_135M("smollm2-135m"),
    TINYLLAMA_1_1B("tinyllama-1.1b"),
    LLAMA_3_2_1B("llama-3.2-1b");

    private final String key;

    KnownShape(String key) {
        this.key = key;
    }

    public String key() {
        return key;
    }

    /**
     * Returns the shape of a name.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static KnownShape named(String key) {
        return Arrays.stream(values())
                .filter(shape -> shape.key.equals(key))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("must be one of "
                        + Arrays.stream(values()).map(KnownShape::key).collect(Collectors.joining(", ")) + ", was \""
                        + key + "\""));
    }

    /** Returns its sizes; contexts may be long, whatever the model was trained for. */
    public ModelSpec spec() {
        String file = "shapes/" + key + ".json";
        try (InputStream in = KnownShape.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IOException("resource " + file + " is missing");
            }
            ModelConfig config = new ModelConfig(StrictJson.parse(file, in.readAllBytes()));
            return ModelAdapters.of(config).spec(config);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
