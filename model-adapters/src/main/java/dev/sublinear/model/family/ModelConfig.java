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
 * config.json, read with suspicion: every number comes with its bounds, and what the decoder does not have is refused
 * instead of passed over. Absent and {@code null} are the same. generation_config.json and the ids of control tokens are
 * {@link Hints}.
 */
public final class ModelConfig {
    private static final String FILE = "config.json";
    private static final String GENERATION = "generation_config.json";
    private static final int MAX_BYTES = 1 << 20;
    private static final Logger LOG = LoggerFactory.getLogger(ModelConfig.class);

    private final ObjectNode config;
    private final Hints generation;

    public ModelConfig(ObjectNode config, Hints generation) {
        this.config = config;
        this.generation = generation;
    }

    /** A model without generation_config.json. */
    public ModelConfig(ObjectNode config) {
        this(config, new Hints(GENERATION, JsonNodeFactory.instance.objectNode(), LOG::warn));
    }

    /** Of what the two files would say; an empty object for one that is not there. */
    public static ModelConfig of(ObjectNode config, ObjectNode generation) {
        return new ModelConfig(config, new Hints(GENERATION, generation, LOG::warn));
    }

    /** A checkpoint's config.json and generation_config.json. */
    public static ModelConfig read(CheckpointFiles files) {
        return new ModelConfig(
                StrictJson.read(files.path(FILE), MAX_BYTES), Hints.read(files, GENERATION, MAX_BYTES, LOG::warn));
    }

    /**
     * The sizes and choices of the family that it names.
     *
     * @throws CheckpointException if no family here has that name, if a number is out of bounds, or if it asks for what the
     *     decoder lacks
     */
    public ModelSpec spec() {
        return ModelAdapters.of(this).spec(this);
    }

    /** The one name in {@code architectures}, or, without any, what transformers makes of {@code model_type}. */
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

    /** Whether the checkpoint brings code of its own, which nothing here runs. */
    public boolean wantsCode() {
        return config.hasNonNull("auto_map") || config.hasNonNull("trust_remote_code");
    }

    /** The same with keys under other names; a key that has its new name already keeps it. */
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

    /** An object; empty if absent. */
    ObjectNode object(String key) {
        JsonNode node = config.path(key);
        require(!has(key) || node.isObject(), "\"" + key + "\" must be an object, was " + shown(node));
        return node instanceof ObjectNode object ? object : JsonNodeFactory.instance.objectNode();
    }

    /** What each layer attends to; empty if config.json does not say. */
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

    /** One of several names; {@code otherwise} if absent. */
    <T> T choice(String key, Map<String, T> choices, T otherwise) {
        if (!has(key)) {
            return otherwise;
        }
        T choice = choices.get(config.path(key).asText());
        if (choice == null) {
            throw refuse("\"" + key + "\" must be one of " + new TreeSet<>(choices.keySet())
                    + ", others are not supported yet, was " + shown(config.path(key)));
        }
        return choice;
    }

    Set<Integer> stopIds(int vocabulary) {
        Set<Integer> ids = hints().ids("eos_token_id", vocabulary);
        ids.addAll(generation.ids("eos_token_id", vocabulary));
        return ids;
    }

    OptionalInt bosId(int vocabulary) {
        return hints().ids("bos_token_id", vocabulary).stream()
                .mapToInt(Integer::intValue)
                .findFirst();
    }

    private Hints hints() {
        return new Hints(FILE, config, generation.warnings());
    }

    /** What generation_config.json would have sampling be. */
    public GenerationDefaults generationDefaults() {
        return new GenerationDefaults(
                generation.number("temperature", 0, 2, 1),
                generation.number("top_p", 1e-6, 1, 1),
                generation.integer("top_k", 0, 1 << 20, 0),
                generation.number("min_p", 0, 1, 0),
                generation.number("repetition_penalty", 0.01, 10, 1));
    }

    /** Refuses a choice other than {@code value}. */
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

    int integer(String key, int least, int most, int otherwise) {
        return has(key) ? integer(key, least, most) : otherwise;
    }

    double number(String key, double least, double most, double otherwise) {
        return has(key) ? number(config, key, least, most) : otherwise;
    }

    /** The same where null is not absent, but says 0. */
    double numberOrNull(String key, double least, double most, double otherwise) {
        return config.path(key).isNull() ? 0 : number(key, least, most, otherwise);
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

    boolean flag(String key, boolean otherwise) {
        JsonNode node = config.path(key);
        require(!has(key) || node.isBoolean(), "\"" + key + "\" must be true or false, was " + shown(node));
        return has(key) ? node.booleanValue() : otherwise;
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
