package dev.sublinear.server.http.openai;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.sublinear.model.checkpoint.GenerationDefaults;
import java.util.List;

/**
 * The model that this server serves.
 *
 * @param created seconds since 1970: when it was loaded
 * @param maxModelLen its context in tokens, as vLLM names it
 * @param chatTemplate "checkpoint", or "plain" for {@code User: … Assistant:}
 * @param tools whether its chat template knows tools
 * @param defaults the sampling of requests that do not set it
 */
public record Model(
        String id,
        String object,
        long created,
        @JsonProperty("owned_by") String ownedBy,
        @JsonProperty("max_model_len") int maxModelLen,
        @JsonProperty("chat_template") String chatTemplate,
        boolean tools,
        @JsonProperty("generation_defaults") Defaults defaults) {

    /** Sampling settings, by the names of the request fields that set them. */
    public record Defaults(
            double temperature,
            @JsonProperty("top_p") double topP,
            @JsonProperty("top_k") int topK,
            @JsonProperty("min_p") double minP,
            @JsonProperty("repetition_penalty") double repetitionPenalty) {
        static Defaults of(GenerationDefaults defaults) {
            return new Defaults(
                    defaults.temperature(),
                    defaults.topP(),
                    defaults.topK(),
                    defaults.minP(),
                    defaults.repetitionPenalty());
        }
    }

    public static Model of(Offer offer, long created, int context, boolean templateOfCheckpoint, boolean tools) {
        String template = templateOfCheckpoint ? "checkpoint" : "plain";
        Defaults defaults = Defaults.of(offer.defaults());
        return new Model(offer.model(), "model", created, "sublinear", context, template, tools, defaults);
    }

    /** The reply to {@code GET /v1/models}. */
    public record Listing(String object, List<Model> data) {
        public static Listing of(Model model) {
            return new Listing("list", List.of(model));
        }
    }
}
