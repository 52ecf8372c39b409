package dev.sublinear.server.http.openai;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.sublinear.server.engine.FinishReason;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a {@link CompletionRequest}, and each event of a streamed one: they have the same shape.
 *
 * @param created seconds since 1970
 * @param usage null where it comes later; left out of a stream that was not asked for it
 */
@JsonInclude(JsonInclude.Include.ALWAYS)
public record CompletionResponse(
        String id,
        String object,
        long created,
        String model,
        List<Choice> choices,
        @Nullable Usage usage) {
    private static final String OBJECT = "text_completion";

    /** One text. The finish reason is null while more comes. */
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record Choice(
            int index,
            String text,
            @Nullable Object logprobs,
            @JsonProperty("finish_reason") @Nullable String finishReason) {}

    /** An event of a stream that was not asked for its usage. */
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record Chunk(String id, String object, long created, String model, List<Choice> choices) {}

    /**
     * What all events of an answer have in common.
     *
     * @param created seconds since 1970
     */
    public record Head(String id, long created, String model) {

        public CompletionResponse whole(String text, FinishReason reason, Usage usage) {
            return response(List.of(new Choice(0, text, null, name(reason))), usage);
        }

        /** An event with more text; {@code withUsage} says whether the stream's last event will tell the usage. */
        public Object piece(String text, boolean withUsage) {
            return event(new Choice(0, text, null, null), withUsage);
        }

        /** The event with the last of the text. */
        public Object end(String text, FinishReason reason, boolean withUsage) {
            return event(new Choice(0, text, null, name(reason)), withUsage);
        }

        /** The event after that: clients read usage only where there are no choices. */
        public CompletionResponse usage(Usage usage) {
            return response(List.of(), usage);
        }

        private Object event(Choice choice, boolean withUsage) {
            return withUsage ? response(List.of(choice), null) : new Chunk(id, OBJECT, created, model, List.of(choice));
        }

        private CompletionResponse response(List<Choice> choices, @Nullable Usage usage) {
            return new CompletionResponse(id, OBJECT, created, model, choices, usage);
        }

        private static String name(FinishReason reason) {
            return reason.name().toLowerCase(Locale.ROOT);
        }
    }
}
