package dev.sublinear.model.family;

import static dev.sublinear.model.checkpoint.CheckpointException.quote;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.checkpoint.CheckpointException;
import dev.sublinear.model.checkpoint.CheckpointFiles;
import dev.sublinear.model.checkpoint.GenerationDefaults;
import dev.sublinear.model.checkpoint.StrictJson;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * config.json, read strictly: every number has bounds, and a feature that the decoder lacks is refused, not ignored. A key that
 * is {@code null} counts as absent. generation_config.json and the ids of control tokens are read leniently
 * ({@link LenientConfig}).
 */
public final class ModelConfig {
    private static final String FILE = "config.json";
    private static final String GENERATION = "generation_config.json";
    private static final int MAX_BYTES = 1 << 20;
    private static final Logger LOG = LoggerFactory.getLogger(ModelConfig.class);

    private final ObjectNode config;
    private final LenientConfig generation;

    ModelConfig(ObjectNode config, LenientConfig generation) {
        this.config = config;
        this.generation = generation;
    }

    /** A config.json with no generation_config.json beside it. */
    public ModelConfig(ObjectNode config) {
        this(config, new LenientConfig(GENERATION, JsonNodeFactory.instance.objectNode(), LOG::warn));
    }

    /** The contents of the two files; an empty object stands for a missing file. */
    public static ModelConfig of(ObjectNode config, ObjectNode generation) {
        return new ModelConfig(config, new LenientConfig(GENERATION, generation, LOG::warn));
    }

    /** Reads config.json and, if there is one, generation_config.json. */
    public static ModelConfig read(CheckpointFiles files) {
        return new ModelConfig(
                StrictJson.read(files.path(FILE), MAX_BYTES),
                LenientConfig.read(files, GENERATION, MAX_BYTES, LOG::warn));
    }

    /**
     * Returns the sizes and the architecture of the model.
     *
     * @throws CheckpointException if the family is unknown, a number is out of bounds, or the decoder lacks a feature
     */
    public ModelSpec spec() {
        return ModelAdapters.of(this).spec(this);
    }

    /** The one name in {@code architectures}; where that is empty, the class that transformers has for {@code model_type}. */
    String family() {
        JsonNode names = config.path("architectures");
        if (names.size() == 1 && names.path(0).isTextual()) {
            return names.path(0).textValue();
        }
        boolean absent = !has("architectures") || (names.isArray() && names.isEmpty());
        String type = config.path("model_type").asText();
        require(absent, "\"architectures\" must be an array of one name, was " + shown(names));
        return ModelAdapters.family(type)
                .orElseThrow(() -> refuse("\"architectures\" must be an array of one name, was " + shown(names)
                        + ", and no known family has \"model_type\" " + quote(type)));
    }

    /** Whether the checkpoint comes with Python code, which is never run here. */
    public boolean wantsCode() {
        return config.hasNonNull("auto_map") || config.hasNonNull("trust_remote_code");
    }

    /** The same with keys renamed, from old name to new. A value that is already under the new name stays. */
    ModelConfig renamed(Map<String, String> names) {
        ObjectNode copy = config.deepCopy();
        names.forEach((from, to) -> {
            if (!copy.hasNonNull(to) && copy.hasNonNull(from)) {
                copy.set(to, copy.get(from));
            }
        });
        return new ModelConfig(copy, generation);
    }

    /** All of config.json. */
    ObjectNode all() {
        return config;
    }

    /** The object under a key; an empty one if absent. */
    ObjectNode object(String key) {
        JsonNode node = config.path(key);
        require(!has(key) || node.isObject(), "\"" + key + "\" must be an object, was " + shown(node));
        return node instanceof ObjectNode object ? object : JsonNodeFactory.instance.objectNode();
    }

    /** For each layer full_attention or sliding_attention; an empty list if absent. */
    List<String> layerTypes(int layers) {
        if (!has("layer_types")) {
            return List.of();
        }
        List<String> types = new ArrayList<>();
        config.path("layer_types").forEach(type -> types.add(type.asText()));
        require(
                types.size() == layers
                        && types.stream().allMatch(Set.of("full_attention", "sliding_attention")::contains),
                "\"layer_types\" must name full_attention or sliding_attention for each of " + layers + " layers, was "
                        + shown(config.path("layer_types")));
        return types;
    }

    /** The value that the name under a key stands for; {@code fallback} if absent. */
    <T> T named(String key, Map<String, T> known, T fallback) {
        if (!has(key)) {
            return fallback;
        }
        T value = known.get(config.path(key).asText());
        if (value == null) {
            throw refuse("\"" + key + "\" must be one of " + new TreeSet<>(known.keySet())
                    + ", others are not supported yet, was " + shown(config.path(key)));
        }
        return value;
    }

    Set<Integer> stopIds(int vocabulary) {
        Set<Integer> ids = lenient().ids("eos_token_id", vocabulary);
        ids.addAll(generation.ids("eos_token_id", vocabulary));
        return ids;
    }

    OptionalInt bosId(int vocabulary) {
        return lenient().ids("bos_token_id", vocabulary).stream()
                .mapToInt(Integer::intValue)
                .findFirst();
    }

    private LenientConfig lenient() {
        return new LenientConfig(FILE, config, generation.warnings());
    }

    /** The sampling settings of generation_config.json. */
    public GenerationDefaults generationDefaults() {
        return new GenerationDefaults(
                generation.number("temperature", 0, 2, 1),
                generation.number("top_p", 1e-6, 1, 1),
                generation.integer("top_k", 0, 1 << 20, 0),
                generation.number("min_p", 0, 1, 0),
                generation.number("repetition_penalty", 0.01, 10, 1));
    }

    /** Refuses any value but this one. */
    void requireAbsentOr(String key, Object value) {
        JsonNode node = config.path(key);
        boolean same = value.toString().equals(node.toString());
        require(
                !has(key) || same,
                "\"" + key + "\" must be " + value + ", others are not supported yet, was " + shown(node));
    }

    /** Refuses a list that is not empty. */
    void requireEmpty(String key) {
        require(
                !has(key) || config.path(key).isEmpty(),
                "\"" + key + "\" must be empty, others are not supported yet, was " + shown(config.path(key)));
    }

    /** Refuses a feature that is not supported. */
    void requireAbsent(String key) {
        require(!has(key), "\"" + key + "\" must be absent, it is not supported yet, was " + shown(config.path(key)));
    }

    boolean has(String key) {
        return config.hasNonNull(key);
    }

    int integer(String key, int least, int most) {
        JsonNode node = config.path(key);
        require(
                node.isIntegralNumber()
                        && node.canConvertToInt()
                        && node.intValue() >= least
                        && node.intValue() <= most,
                "\"" + key + "\" must be a whole number from " + least + " to " + most + ", was " + shown(node));
        return node.intValue();
    }

    int integer(String key, int least, int most, int fallback) {
        return has(key) ? integer(key, least, most) : fallback;
    }

    double number(String key, double least, double most, double fallback) {
        return has(key) ? number(config, key, least, most) : fallback;
    }

    /** The same, but null means 0. */
    double numberOrNull(String key, double least, double most, double fallback) {
        return config.path(key).isNull() ? 0 : number(key, least, most, fallback);
    }

    static double number(ObjectNode in, String key, double least, double most) {
        JsonNode node = in.path(key);
        boolean within = node.isNumber() && node.doubleValue() >= least && node.doubleValue() <= most; // NaN is not
        if (!within) {
            throw new CheckpointException(
                    FILE, "\"" + key + "\" must be a number from " + least + " to " + most + ", was " + shown(node));
        }
        return node.doubleValue();
    }

    boolean flag(String key) {
        return flag(key, false);
    }

    boolean flag(String key, boolean fallback) {
        JsonNode node = config.path(key);
        require(!has(key) || node.isBoolean(), "\"" + key + "\" must be true or false, was " + shown(node));
        return has(key) ? node.booleanValue() : fallback;
    }

    void require(boolean condition, String rule) {
        if (!condition) {
            throw refuse(rule);
        }
    }

    CheckpointException refuse(String rule) {
        return new CheckpointException(FILE, rule);
    }

    static String shown(JsonNode node) {
        if (node.isMissingNode()) {
            return "absent";
        }
        if (node.isTextual()) {
            return quote(node.textValue());
        }
        String text = node.isNumber() ? node.asText() : node.toString(); // which has NaN in quotes
        return quote(text).replaceAll("^\"|\"$", "");
    }
}
