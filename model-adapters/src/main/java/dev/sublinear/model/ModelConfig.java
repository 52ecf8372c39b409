package dev.sublinear.model;

import static dev.sublinear.model.CheckpointException.quote;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/**
 * config.json and generation_config.json, read with suspicion: every number comes with its bounds, and what the decoder
 * does not have is refused instead of passed over. Absent and {@code null} are the same.
 */
public final class ModelConfig {
    private static final String FILE = "config.json";
    private static final String GENERATION = "generation_config.json";
    private static final int MAX_HIDDEN = 1 << 17;
    private static final int MAX_INTERMEDIATE = 1 << 19;
    private static final int MAX_HEADS = 1 << 12;
    private static final int MAX_HEAD_DIM = 1 << 12;

    private final ObjectNode config;
    private final ObjectNode generation;

    ModelConfig(ObjectNode config, ObjectNode generation) {
        this.config = config;
        this.generation = generation;
    }

    /** A model without generation_config.json. */
    ModelConfig(ObjectNode config) {
        this(config, JsonNodeFactory.instance.objectNode());
    }

    /** The one name in {@code architectures}. */
    String architecture() {
        JsonNode names = config.path("architectures");
        if (names.size() != 1 || !names.path(0).isTextual()) {
            throw refuse("\"architectures\" must be an array of one name, was " + shown(names));
        }
        return names.path(0).textValue();
    }

    /** Whether the checkpoint brings code of its own, which nothing here runs. */
    boolean wantsCode() {
        return config.hasNonNull("auto_map") || config.hasNonNull("trust_remote_code");
    }

    /** The sizes under the names that Hugging Face gives them in nearly every family. */
    ModelSpec decoderSpec() {
        int hidden = integer("hidden_size", 1, MAX_HIDDEN);
        int heads = integer("num_attention_heads", 1, MAX_HEADS);
        int kvHeads = has("num_key_value_heads") ? integer("num_key_value_heads", 1, heads) : heads;
        require(
                hidden % heads == 0,
                "\"num_attention_heads\" must divide \"hidden_size\" " + hidden + ", was " + heads);
        require(
                heads % kvHeads == 0,
                "\"num_key_value_heads\" must divide \"num_attention_heads\" " + heads + ", was " + kvHeads);
        int headDim = has("head_dim") ? integer("head_dim", 1, MAX_HEAD_DIM) : hidden / heads;
        require(headDim % 2 == 0, "\"head_dim\" must be even, was " + headDim);
        int vocabulary = integer("vocab_size", 1, 1 << 20);
        return new ModelSpec(
                architecture(),
                vocabulary,
                hidden,
                integer("intermediate_size", 1, MAX_INTERMEDIATE),
                integer("num_hidden_layers", 1, 512),
                heads,
                kvHeads,
                headDim,
                has("max_position_embeddings") ? integer("max_position_embeddings", 1, 1 << 22) : 2048,
                has("rms_norm_eps") ? number(config, "rms_norm_eps", 1e-12, 1) : 1e-6,
                ropeTheta(),
                has("tie_word_embeddings") && bool("tie_word_embeddings"),
                stopIds(vocabulary),
                bosId(vocabulary));
    }

    /** Of plain rotary embeddings; the frequencies of longer contexts are not supported yet. */
    private double ropeTheta() {
        requirePlainRope("rope_scaling");
        requirePlainRope("rope_parameters");
        require(
                isOneOrAbsent(config.path("partial_rotary_factor")),
                "\"partial_rotary_factor\" must be 1, others are not supported yet, was "
                        + shown(config.path("partial_rotary_factor")));
        // Since version 5, transformers writes the base among rope_parameters.
        if (config.get("rope_parameters") instanceof ObjectNode rope && rope.hasNonNull("rope_theta")) {
            return number(rope, "rope_theta", 1, 1e12);
        }
        return has("rope_theta") ? number(config, "rope_theta", 1, 1e12) : 10_000;
    }

    private void requirePlainRope(String key) {
        JsonNode rope = config.path(key);
        if (rope.isMissingNode() || rope.isNull()) {
            return;
        }
        // "type" is the older name of "rope_type".
        JsonNode type = rope.has("rope_type") ? rope.path("rope_type") : rope.path("type");
        require(
                rope.isObject()
                        && "default".equals(type.textValue())
                        && isOneOrAbsent(rope.path("partial_rotary_factor")),
                "\"" + key + "\" must be absent or default, other kinds are not supported yet, was " + shown(rope));
    }

    private static boolean isOneOrAbsent(JsonNode node) {
        return node.isMissingNode() || node.isNull() || (node.isNumber() && node.doubleValue() == 1);
    }

    private Set<Integer> stopIds(int vocabulary) {
        Set<Integer> ids = new TreeSet<>();
        addIds(FILE, config, vocabulary, ids);
        addIds(GENERATION, generation, vocabulary, ids);
        return ids;
    }

    private static void addIds(String file, ObjectNode from, int vocabulary, Set<Integer> ids) {
        JsonNode eos = from.path("eos_token_id");
        if (eos.isArray()) {
            eos.forEach(id -> ids.add(id(file, "eos_token_id", id, vocabulary)));
        } else if (!eos.isMissingNode() && !eos.isNull()) {
            ids.add(id(file, "eos_token_id", eos, vocabulary));
        }
    }

    private OptionalInt bosId(int vocabulary) {
        return has("bos_token_id")
                ? OptionalInt.of(id(FILE, "bos_token_id", config.path("bos_token_id"), vocabulary))
                : OptionalInt.empty();
    }

    /** What generation_config.json would have sampling be. */
    GenerationDefaults generationDefaults() {
        return new GenerationDefaults(
                numberOr("temperature", 0, 2, 1),
                numberOr("top_p", 0, 1, 1),
                (int) numberOr("top_k", 0, 1 << 20, 0),
                numberOr("min_p", 0, 1, 0),
                numberOr("repetition_penalty", 0.01, 10, 1));
    }

    private double numberOr(String key, double least, double most, double otherwise) {
        return generation.hasNonNull(key) ? number(GENERATION, generation, key, least, most) : otherwise;
    }

    private static int id(String file, String key, JsonNode id, int vocabulary) {
        if (!id.isIntegralNumber() || !id.canConvertToInt() || id.intValue() < 0 || id.intValue() >= vocabulary) {
            throw new CheckpointException(
                    file, "\"" + key + "\" must be a token below \"vocab_size\" " + vocabulary + ", was " + shown(id));
        }
        return id.intValue();
    }

    /** Refuses a choice other than {@code value}. */
    void requireAbsentOr(String key, Object value) {
        JsonNode node = config.path(key);
        boolean same = value instanceof Boolean wanted
                ? node.isBoolean() && node.booleanValue() == wanted
                : value.equals(node.textValue());
        require(
                !has(key) || same,
                "\"" + key + "\" must be " + value + ", others are not supported yet, was " + shown(node));
    }

    /** Refuses a feature that is not supported. */
    void requireAbsent(String key) {
        require(!has(key), "\"" + key + "\" must be absent, it is not supported yet, was " + shown(config.path(key)));
    }

    private boolean has(String key) {
        return config.hasNonNull(key);
    }

    private int integer(String key, int least, int most) {
        JsonNode node = config.path(key);
        require(
                node.isIntegralNumber()
                        && node.canConvertToInt()
                        && node.intValue() >= least
                        && node.intValue() <= most,
                "\"" + key + "\" must be a whole number from " + least + " to " + most + ", was " + shown(node));
        return node.intValue();
    }

    private static double number(ObjectNode in, String key, double least, double most) {
        return number(FILE, in, key, least, most);
    }

    private static double number(String file, ObjectNode in, String key, double least, double most) {
        JsonNode node = in.path(key);
        if (!node.isNumber() || node.doubleValue() < least || node.doubleValue() > most) {
            throw new CheckpointException(
                    file, "\"" + key + "\" must be a number from " + least + " to " + most + ", was " + shown(node));
        }
        return node.doubleValue();
    }

    private boolean bool(String key) {
        JsonNode node = config.path(key);
        require(node.isBoolean(), "\"" + key + "\" must be true or false, was " + shown(node));
        return node.booleanValue();
    }

    private void require(boolean condition, String rule) {
        if (!condition) {
            throw refuse(rule);
        }
    }

    CheckpointException refuse(String rule) {
        return new CheckpointException(FILE, rule);
    }

    private static String shown(JsonNode node) {
        if (node.isMissingNode()) {
            return "absent";
        }
        return node.isTextual()
                ? quote(node.textValue())
                : quote(node.toString()).replaceAll("^\"|\"$", "");
    }
}
