package dev.sublinear.model.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.model.checkpoint.CheckpointException;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The control tokens that a checkpoint puts before a text, such as Llama's {@code <s>}: those before {@code $A} in the
 * template of tokenizer.json's post-processor.
 */
final class PromptPrefix {
    private PromptPrefix() {}

    /** Returns their ids; none if there is no template. */
    static int[] of(ObjectNode json, int rows) {
        int[] ids = ids(json.path("post_processor")).toArray();
        for (int id : ids) {
            if (id < 0 || id >= rows) {
                throw new CheckpointException(
                        "tokenizer.json",
                        "the ids of its post_processor's template must be in [0, " + rows
                                + "), the rows of the embedding, was " + Arrays.toString(ids));
            }
        }
        return ids;
    }

    private static IntStream ids(JsonNode processor) {
        return switch (processor.path("type").asText()) {
            case "TemplateProcessing" -> template(processor);
            case "Sequence" -> {
                IntStream.Builder ids = IntStream.builder();
                processor.path("processors").forEach(part -> ids(part).forEach(ids::add));
                yield ids.build();
            }
            default -> IntStream.empty();
        };
    }

    private static IntStream template(JsonNode processor) {
        IntStream.Builder ids = IntStream.builder();
        for (JsonNode piece : processor.path("single")) {
            if (!piece.has("SpecialToken")) {
                break;
            }
            String name = piece.path("SpecialToken").path("id").asText();
            processor
                    .path("special_tokens")
                    .path(name)
                    .path("ids")
                    .forEach(id -> ids.add(id.isInt() ? id.intValue() : -1));
        }
        return ids.build();
    }
}
