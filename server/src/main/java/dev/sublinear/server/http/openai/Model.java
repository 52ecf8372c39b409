package dev.sublinear.server.http.openai;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * A model that can be asked.
 *
 * @param created seconds since 1970: when it was loaded
 * @param maxModelLen its context in tokens, as vLLM names it
 * @param chatTemplate "checkpoint", or "plain" for {@code User: … Assistant:}
 * @param tools whether it was told how tools are called
 */
public record Model(
        String id,
        String object,
        long created,
        @JsonProperty("owned_by") String ownedBy,
        @JsonProperty("max_model_len") int maxModelLen,
        @JsonProperty("chat_template") String chatTemplate,
        boolean tools) {

    public static Model of(String id, long created, int context, boolean templateOfCheckpoint, boolean tools) {
        String template = templateOfCheckpoint ? "checkpoint" : "plain";
        return new Model(id, "model", created, "sublinear", context, template, tools);
    }

    /** All of them. */
    public record Listing(String object, List<Model> data) {
        public static Listing of(Model model) {
            return new Listing("list", List.of(model));
        }
    }
}
