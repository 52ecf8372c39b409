package dev.sublinear.model.family;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.model.checkpoint.CheckpointException;
import dev.sublinear.model.checkpoint.CheckpointFiles;
import dev.sublinear.model.checkpoint.StrictJson;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * The values of a file that a model can run without. One that breaks its rule counts as absent, as in transformers, with a
 * warning that names file, key, rule and value.
 *
 * @param warnings receives each warning
 */
record LenientConfig(String file, ObjectNode json, Consumer<String> warnings) {

    /** Reads a file that may be missing. One that cannot be read counts as missing, with a warning. */
    static LenientConfig read(CheckpointFiles files, String file, int maxBytes, Consumer<String> warnings) {
        ObjectNode none = JsonNodeFactory.instance.objectNode();
        try {
            return new LenientConfig(
                    file, files.has(file) ? StrictJson.read(files.path(file), maxBytes) : none, warnings);
        } catch (CheckpointException e) {
            warnings.accept(e.getMessage() + "; the file counts as absent");
            return new LenientConfig(file, none, warnings);
        }
    }

    double number(String key, double least, double most, double fallback) {
        JsonNode node = json.path(key);
        boolean valid = node.isNumber() && node.doubleValue() >= least && node.doubleValue() <= most;
        return keepsRule(key, valid, "a number from " + least + " to " + most) ? node.doubleValue() : fallback;
    }

    int integer(String key, int least, int most, int fallback) {
        JsonNode node = json.path(key);
        boolean valid = node.isIntegralNumber()
                && node.canConvertToInt()
                && node.intValue() >= least
                && node.intValue() <= most;
        return keepsRule(key, valid, "a whole number from " + least + " to " + most) ? node.intValue() : fallback;
    }

    /** Returns the token or tokens under a key that the vocabulary has, and warns of the first that it has not. */
    Set<Integer> ids(String key, int vocabulary) {
        JsonNode node = json.path(key);
        Set<Integer> ids = new TreeSet<>();
        List<JsonNode> others = new ArrayList<>();
        for (JsonNode id : node.isArray() ? node : List.of(node)) {
            boolean valid =
                    id.isIntegralNumber() && id.canConvertToInt() && id.intValue() >= 0 && id.intValue() < vocabulary;
            if (valid) {
                ids.add(id.intValue());
            } else {
                others.add(id);
            }
        }
        if (json.hasNonNull(key) && !others.isEmpty()) {
            warn(key, "a token below \"vocab_size\" " + vocabulary, others.get(0));
        }
        return ids;
    }

    private boolean keepsRule(String key, boolean valid, String rule) {
        if (!valid && json.hasNonNull(key)) {
            warn(key, rule, json.get(key));
        }
        return valid;
    }

    private void warn(String key, String rule, JsonNode value) {
        warnings.accept(file + ": \"" + key + "\" must be " + rule + ", was " + ModelConfig.shown(value)
                + "; it counts as absent");
    }
}
