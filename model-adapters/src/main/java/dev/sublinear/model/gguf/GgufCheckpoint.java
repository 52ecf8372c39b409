package dev.sublinear.model.gguf;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.checkpoint.Checkpoint;
import dev.sublinear.model.checkpoint.CheckpointException;
import dev.sublinear.model.checkpoint.Checksums;
import dev.sublinear.model.checkpoint.Fingerprint;
import dev.sublinear.model.checkpoint.GenerationDefaults;
import dev.sublinear.model.checkpoint.StoredWeights;
import dev.sublinear.model.checkpoint.StrictJson;
import dev.sublinear.model.checkpoint.TemplateSources;
import dev.sublinear.model.family.ModelConfig;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A checkpoint as llama.cpp stores it: a GGUF file, or the first of several. */
public final class GgufCheckpoint implements Checkpoint {
    private static final Logger LOG = LoggerFactory.getLogger(GgufCheckpoint.class);
    private static final byte[] MAGIC = "GGUF".getBytes(StandardCharsets.US_ASCII);
    private static final String TEMPLATE = "tokenizer.chat_template";
    private static final String GENERATION_CONFIG = "generation_config.json";
    private static final int MAX_GENERATION_BYTES = 1 << 20;

    private final String name;
    private final GgufParts parts;
    private final GgufVocabulary vocabulary;
    private final GgufWeights weights;
    private final ModelSpec spec;
    private final GenerationDefaults defaults;

    /** Whether a path is a GGUF file, by its name or its first bytes. */
    public static boolean isGguf(Path path) {
        if (String.valueOf(path.getFileName()).toLowerCase(Locale.ROOT).endsWith(".gguf")) {
            return !Files.isDirectory(path);
        }
        if (!Files.isRegularFile(path)) {
            return false;
        }
        try (InputStream in = Files.newInputStream(path)) {
            return Arrays.equals(in.readNBytes(MAGIC.length), MAGIC);
        } catch (IOException e) {
            return false; // opening the file says what is wrong
        }
    }

    /**
     * Opens a file and checks all that can be checked without reading a weight.
     *
     * @throws CheckpointException if it cannot be used
     */
    public static GgufCheckpoint open(Path path) {
        GgufParts parts = GgufParts.open(path);
        try {
            parts.files().forEach(file -> Checksums.verify(file.path()));
            return new GgufCheckpoint(parts);
        } catch (RuntimeException e) {
            parts.close();
            throw e;
        }
    }

    private GgufCheckpoint(GgufParts parts) {
        this.parts = parts;
        this.name = parts.first().name().replaceFirst("(-00001-of-\\d{5})?\\.(?i:gguf)$", "");
        GgufConfig.architecture(parts.metadata()); // before anything that only a model has
        this.vocabulary = new GgufVocabulary(parts.metadata());
        GgufConfig told = new GgufConfig(parts, vocabulary);
        ModelConfig config = ModelConfig.of(told.config(), generation(told));
        try {
            this.spec = config.spec();
            this.defaults = config.generationDefaults();
        } catch (CheckpointException e) {
            throw new CheckpointException(parts.first().name(), "what it says of the model, as " + e.getMessage(), e);
        }
        if (vocabulary.size() > spec.vocabSize()) {
            throw parts.metadata()
                    .refuse("must not have more tokens than the embedding's " + spec.vocabSize() + " rows, has "
                            + vocabulary.size());
        }
        this.weights = new GgufWeights(parts, spec, told.isPermuted());
    }

    /** The settings of the file, and of a generation_config.json beside it where the file has none. */
    private ObjectNode generation(GgufConfig told) {
        ObjectNode generation = told.generation();
        Path beside = parts.first().path().resolveSibling(GENERATION_CONFIG);
        if (Files.isRegularFile(beside)) {
            try {
                ObjectNode file = StrictJson.read(beside, MAX_GENERATION_BYTES);
                file.properties().forEach(entry -> generation.putIfAbsent(entry.getKey(), entry.getValue()));
            } catch (CheckpointException e) {
                LOG.warn("Ignoring the sampling that it asks for: {}", e.getMessage());
            }
        }
        return generation;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public ModelSpec spec() {
        return spec;
    }

    @Override
    public StoredWeights weights() {
        return weights;
    }

    @Override
    public ObjectNode tokenizer() {
        return new GgufTokenizer(parts.metadata(), vocabulary).json();
    }

    @Override
    public TemplateSources templates() {
        Map<String, TemplateSources.Source> named = new LinkedHashMap<>();
        GgufMetadata metadata = parts.metadata();
        for (String key : metadata.keys()) {
            String called = key.equals(TEMPLATE)
                    ? TemplateSources.DEFAULT
                    : key.startsWith(TEMPLATE + ".") ? key.substring(TEMPLATE.length() + 1) : "";
            if (!called.isEmpty()) {
                named.put(
                        called, new TemplateSources.Source(metadata.file() + ", " + key, metadata.requiredString(key)));
            }
        }
        return new TemplateSources(named, vocabulary.specialTokens());
    }

    @Override
    public GenerationDefaults generationDefaults() {
        return defaults;
    }

    @Override
    public String fingerprint() {
        return Fingerprint.of(parts.files().stream().map(GgufFile::path).toList());
    }

    @Override
    public void close() {
        parts.close();
    }
}
