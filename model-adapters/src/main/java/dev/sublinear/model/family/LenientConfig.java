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
 * What a file tells that a model also runs without: a value that cannot be meant counts as absent, with a warning that names
 * file, key, rule and value, as transformers loads such a checkpoint.
 *
 * @param warnings takes each of them
 */
record Hints(String file, ObjectNode json, Consumer<String> warnings) {

    /** Of a file that may be missing; one that cannot be read is passed over as a whole. */
    static Hints read(CheckpointFiles files, String file, int maxBytes, Consumer<String> warnings) {
        ObjectNode none = JsonNodeFactory.instance.objectNode();
        try {
            return new Hints(file, files.has(file) ? StrictJson.read(files.path(file), maxBytes) : none, warnings);
        } catch (CheckpointException e) {
            warnings.accept(e.getMessage() + "; the file counts as absent");
            return new Hints(file, none, warnings);
        }
    }

    double number(String key, double least, double most, double otherwise) {
        JsonNode node = json.path(key);
        boolean meant = node.isNumber() && node.doubleValue() >= least && node.doubleValue() <= most;
        return known(key, meant, "a number from " + least + " to " + most) ? node.doubleValue() : otherwise;
    }

    int integer(String key, int least, int most, int otherwise) {
        JsonNode node = json.path(key);
        boolean meant = node.isIntegralNumber()
                && node.canConvertToInt()
                && node.intValue() >= least
                && node.intValue() <= most;
        return known(key, meant, "a whole number from " + least + " to " + most) ? node.intValue() : otherwise;
    }

    /** The one token or the tokens under a key, those that the vocabulary has; tells the first of the others. */
    Set<Integer> ids(String key, int vocabulary) {
        JsonNode node = json.path(key);
        Set<Integer> ids = new TreeSet<>();
        List<JsonNode> others = new ArrayList<>();
        for (JsonNode id : node.isArray() ? node : List.of(node)) {
            boolean meant =
                    id.isIntegralNumber() && id.canConvertToInt() && id.intValue() >= 0 && id.intValue() < vocabulary;
            if (meant) {
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

    private boolean known(String key, boolean meant, String rule) {
        if (!meant && json.hasNonNull(key)) {
            warn(key, rule, json.get(key));
        }
        return meant;
    }

    private void warn(String key, String rule, JsonNode value) {
        warnings.accept(file + ": \"" + key + "\" must be " + rule + ", was " + ModelConfig.shown(value)
                + "; it counts as absent");
    }
}
