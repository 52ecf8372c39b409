package dev.sublinear.server.http.openai;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.sublinear.server.http.openai.ChatResponse.TokenLogprob;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An event of a streamed {@link Response}. Each has its number in the stream, counted from 0, and names the item and the
 * part that it is about.
 */
public sealed interface ResponseEvent extends NamedEvent {

    /** The response begins, goes on or ends. */
    record Whole(
            String type, @JsonProperty("sequence_number") int sequenceNumber, Response response)
            implements ResponseEvent {}

    /** An item begins or is complete. */
    record OfItem(
            String type,
            @JsonProperty("sequence_number") int sequenceNumber,
            @JsonProperty("output_index") int outputIndex,
            Response.Item item)
            implements ResponseEvent {}

    /** A part of an item begins or is complete. */
    record OfPart(
            String type,
            @JsonProperty("sequence_number") int sequenceNumber,
            @JsonProperty("item_id") String itemId,
            @JsonProperty("output_index") int outputIndex,
            @JsonProperty("content_index") int contentIndex,
            Response.Text part)
            implements ResponseEvent {}

    /**
     * There is more text.
     *
     * @param logprobs left out of a thought
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Delta(
            String type,
            @JsonProperty("sequence_number") int sequenceNumber,
            @JsonProperty("item_id") String itemId,
            @JsonProperty("output_index") int outputIndex,
            @JsonProperty("content_index") int contentIndex,
            String delta,
            @Nullable List<TokenLogprob> logprobs)
            implements ResponseEvent {}

    /**
     * A text is complete.
     *
     * @param logprobs as in {@link Delta}
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Done(
            String type,
            @JsonProperty("sequence_number") int sequenceNumber,
            @JsonProperty("item_id") String itemId,
            @JsonProperty("output_index") int outputIndex,
            @JsonProperty("content_index") int contentIndex,
            String text,
            @Nullable List<TokenLogprob> logprobs)
            implements ResponseEvent {}

    /** More of the arguments of a call. */
    record Arguments(
            String type,
            @JsonProperty("sequence_number") int sequenceNumber,
            @JsonProperty("item_id") String itemId,
            @JsonProperty("output_index") int outputIndex,
            String delta)
            implements ResponseEvent {}

    /** The arguments of a call are complete. */
    record ArgumentsDone(
            String type,
            @JsonProperty("sequence_number") int sequenceNumber,
            @JsonProperty("item_id") String itemId,
            @JsonProperty("output_index") int outputIndex,
            String name,
            String arguments)
            implements ResponseEvent {}

    /** Something failed; {@code response.failed} follows. */
    @JsonInclude(JsonInclude.Include.ALWAYS)
    record Failed(
            String type,
            @JsonProperty("sequence_number") int sequenceNumber,
            String code,
            String message,
            @Nullable String param)
            implements ResponseEvent {}
}
