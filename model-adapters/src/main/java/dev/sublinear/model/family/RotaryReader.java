package dev.sublinear.model.family;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.model.checkpoint.CheckpointException;
import dev.sublinear.model.rotary.Rotary;
import dev.sublinear.model.rotary.RotaryScaling;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The rotary embeddings of a config.json. Transformers 5 writes {@code rope_parameters}, for all layers or for each type of
 * layer; earlier versions wrote {@code rope_theta} and {@code rope_scaling}.
 */
final class RotaryReader {
    private static final Logger LOG = LoggerFactory.getLogger(RotaryReader.class);
    private static final String PARAMETERS = "rope_parameters";
    private static final String SCALING = "rope_scaling";
    private static final String ORIGINAL = "original_max_position_embeddings";
    private static final int MOST_POSITIONS = 1 << 22;
    private static final Set<String> EXTENDING = Set.of("yarn", "linear");

    private final ModelConfig config;
    private final int headDim;
    private final int positions;
    private final double defaultPart;

    /**
     * @param positions the {@code max_position_embeddings}, in tokens
     * @param defaultPart the share of a head's numbers that is rotated, where config.json has none
     */
    RotaryReader(ModelConfig config, int headDim, int positions, double defaultPart) {
        this.config = config;
        this.headDim = headDim;
        this.positions = positions;
        this.defaultPart = defaultPart;
    }

    /**
     * Returns the longest context, in tokens. Qwen's model cards have people add YaRN's factor and the original length to
     * config.json and leave {@code max_position_embeddings} as it is; like vLLM, this multiplies the two. Without an original
     * length it cannot know whether {@code max_position_embeddings} is scaled already, and takes that as it is.
     */
    int context() {
        ObjectNode scaling = globalScaling();
        String kind = kind(scaling);
        boolean hasOriginal = scaling.hasNonNull(ORIGINAL) || config.has(ORIGINAL);
        if (!EXTENDING.contains(kind) || !scaling.hasNonNull("factor") || !hasOriginal) {
            return positions;
        }
        int extended = (int) Math.min(Math.round(factor(scaling) * originalPositions(scaling)), MOST_POSITIONS);
        if (extended > positions) {
            LOG.info("config.json: {} extends the context of {} tokens to {}", kind, positions, extended);
        }
        return Math.max(positions, extended);
    }

    /** The rotation of layers that attend to all tokens. {@code defaultTheta} is the base where config.json has none. */
    Rotary global(double defaultTheta) {
        ObjectNode scaling = globalScaling();
        ObjectNode base = Stream.of(scaling, ofFullAttention(PARAMETERS))
                .filter(from -> from.hasNonNull("rope_theta"))
                .findFirst()
                .orElse(config.all());
        return rotary(config.object(SCALING).isEmpty() ? PARAMETERS : SCALING, scaling, base, defaultTheta);
    }

    /** Where a config.json has both keys, rope_scaling was added by hand, and decides, as in transformers. */
    private ObjectNode globalScaling() {
        return ofFullAttention(config.object(SCALING).isEmpty() ? PARAMETERS : SCALING);
    }

    private ObjectNode ofFullAttention(String key) {
        ObjectNode all = config.object(key);
        return all.get("full_attention") instanceof ObjectNode own ? own : all;
    }

    /** The rotation of layers that attend to a window. */
    Rotary local(double defaultTheta) {
        if (config.object(PARAMETERS).get("sliding_attention") instanceof ObjectNode own) {
            return rotary(PARAMETERS, own, own, defaultTheta);
        }
        ObjectNode none = JsonNodeFactory.instance.objectNode();
        double theta = config.number("rope_local_base_freq", 1, 1e12, defaultTheta);
        return rotary(PARAMETERS, none, none, theta);
    }

    private Rotary rotary(String key, ObjectNode scaling, ObjectNode base, double defaultTheta) {
        double theta = base.hasNonNull("rope_theta") ? ModelConfig.number(base, "rope_theta", 1, 1e12) : defaultTheta;
        return new Rotary(size(scaling), theta, scaling(key, scaling, size(scaling)));
    }

    private int size(ObjectNode scaling) {
        String key = "partial_rotary_factor";
        double part = scaling.hasNonNull(key)
                ? ModelConfig.number(scaling, key, 0, 1)
                : config.number(key, 0, 1, defaultPart);
        int size = (int) (headDim * part);
        config.require(
                size >= 2 && size % 2 == 0,
                "\"" + key + "\" must leave an even number of a head's " + headDim + " numbers to rotate, was " + part);
        return size;
    }

    /** {@code type} is the older name of {@code rope_type}. */
    private static String kind(ObjectNode from) {
        JsonNode type = from.has("rope_type") ? from.path("rope_type") : from.path("type");
        return type.isMissingNode() || type.isNull() ? "default" : type.asText();
    }

    private RotaryScaling scaling(String key, ObjectNode from, int size) {
        String kind = kind(from);
        return switch (kind) {
            case "default" -> new RotaryScaling.None();
            case "dynamic" -> new RotaryScaling.None();
            case "linear" -> new RotaryScaling.Linear(factor(from));
            case "llama3" -> llama3(from);
            case "yarn" -> yarn(from);
            // "su" is what Phi-3's first checkpoints called it.
            case "longrope", "su" -> longRope(from, size);
            default ->
                throw config.refuse("\"" + key
                        + "\" must be of type default, linear, dynamic, llama3, yarn or longrope, others are not supported yet, was "
                        + CheckpointException.quote(kind));
        };
    }

    private static double factor(ObjectNode from) {
        return ModelConfig.number(from, "factor", 1, 1e6);
    }

    private int originalPositions(ObjectNode from) {
        return !config.has(ORIGINAL) && from.hasNonNull(ORIGINAL)
                ? (int) ModelConfig.number(from, ORIGINAL, 1, MOST_POSITIONS)
                : config.integer(ORIGINAL, 1, MOST_POSITIONS, positions);
    }

    private RotaryScaling llama3(ObjectNode from) {
        double low = ModelConfig.number(from, "low_freq_factor", 1e-3, 1e3);
        double high = ModelConfig.number(from, "high_freq_factor", 1e-3, 1e3);
        config.require(low < high, "\"low_freq_factor\" must be below \"high_freq_factor\" " + high + ", was " + low);
        return new RotaryScaling.Llama3(factor(from), low, high, originalPositions(from));
    }

    private RotaryScaling yarn(ObjectNode from) {
        int original = originalPositions(from);
        double factor = from.hasNonNull("factor") ? factor(from) : positions / (double) original;
        double attention = from.hasNonNull("attention_factor")
                ? ModelConfig.number(from, "attention_factor", 1e-3, 1e3)
                : from.hasNonNull("mscale") && from.hasNonNull("mscale_all_dim")
                        ? mscale(factor, ModelConfig.number(from, "mscale", 0, 1e3))
                                / mscale(factor, ModelConfig.number(from, "mscale_all_dim", 0, 1e3))
                        : mscale(factor, 1);
        return new RotaryScaling.Yarn(
                factor,
                attention,
                from.hasNonNull("beta_fast") ? ModelConfig.number(from, "beta_fast", 1e-3, 1e6) : 32,
                from.hasNonNull("beta_slow") ? ModelConfig.number(from, "beta_slow", 1e-3, 1e6) : 1,
                original,
                !from.hasNonNull("truncate") || from.path("truncate").asBoolean());
    }

    private static double mscale(double factor, double scale) {
        return factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1;
    }

    private RotaryScaling longRope(ObjectNode from, int size) {
        int original = originalPositions(from);
        if (positions > original) {
            LOG.warn(
                    "LongRoPE's long factors serve texts of every length here; transformers takes the short ones up to {}"
                            + " tokens. Where no text is longer, \"max_position_embeddings\": {} in config.json does so, too",
                    original,
                    original);
        }
        double factor =
                from.hasNonNull("factor") && !config.has(ORIGINAL) ? factor(from) : positions / (double) original;
        double attention = from.hasNonNull("attention_factor")
                ? ModelConfig.number(from, "attention_factor", 1e-3, 1e3)
                : factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original));
        return new RotaryScaling.LongRope(
                factors(from, positions > original ? "long_factor" : "short_factor", size / 2), attention);
    }

    private List<Double> factors(ObjectNode from, String key, int count) {
        List<Double> factors = new ArrayList<>();
        for (JsonNode factor : from.path(key)) {
            if (factor.isNumber() && factor.doubleValue() > 0) {
                factors.add(factor.doubleValue());
            }
        }
        config.require(
                factors.size() == count && from.path(key).size() == count,
                "\"" + key + "\" must have " + count + " positive numbers, had " + factors.size());
        return factors;
    }
}
