package dev.sublinear.server.http.openai;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.model.checkpoint.GenerationDefaults;
import dev.sublinear.server.http.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serial;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The document says what the code does: field for field. */
final class OpenApiTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Offer OFFER = new Offer(
            "m",
            EvictionPolicy.of(new BudgetSchedule.Unlimited(), new RecencyScorer()),
            true,
            GenerationDefaults.NONE,
            0);

    private static JsonNode document() throws IOException {
        try (InputStream in = HttpServer.class.getResourceAsStream("openapi.json")) {
            return JSON.readTree(Objects.requireNonNull(in));
        }
    }

    /** A body that remembers which of its fields were asked for. */
    @SuppressWarnings("unchecked") // as Jackson overrides deepCopy
    private static final class Asked extends ObjectNode {
        @Serial
        private static final long serialVersionUID = 1L;

        private final transient Set<String> names = new TreeSet<>();

        private Asked(String json) throws IOException {
            super(JsonNodeFactory.instance);
            setAll((ObjectNode) JSON.readTree(json));
        }

        @Override
        public JsonNode get(String name) {
            names.add(name);
            return super.get(name);
        }
    }

    @Test
    void requests_haveTheFieldsThatAreRead() throws IOException {
        Asked completion = new Asked("{\"prompt\":\"a\"}");
        CompletionRequest.of(JsonObject.of(completion), OFFER);
        completion.names.removeAll(Set.of("suffix", "response_format")); // read to refuse them
        assertThat(properties("CompletionRequest")).isEqualTo(completion.names);

        Set<String> names = new TreeSet<>();
        for (String limit : List.of("max_tokens", "max_completion_tokens")) {
            Asked chat = new Asked("{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"" + limit + "\":1}");
            ChatRequest.of(JsonObject.of(chat), OFFER);
            names.addAll(chat.names);
        }
        names.removeAll(Set.of("chat_template", "functions", "function_call", "audio"));
        assertThat(properties("ChatRequest")).isEqualTo(names);

        Asked response = new Asked("{\"input\":\"a\",\"max_output_tokens\":1}");
        ResponsesRequest.of(JsonObject.of(response), OFFER);
        response.names.removeAll(ResponsesRequest.REFUSED);
        response.names.remove("n"); // there is one answer
        assertThat(properties("ResponsesRequest")).isEqualTo(response.names);
    }

    @Test
    void responses_haveTheComponentsOfTheirRecords() throws IOException {
        Map<String, Class<?>> records = Map.ofEntries(
                Map.entry("/ChatResponse", ChatResponse.class),
                Map.entry("/ChatResponse/properties/choices/items", ChatResponse.Choice.class),
                Map.entry("/ChatResponse/properties/choices/items/properties/message", ChatResponse.Message.class),
                Map.entry("/ChatChunk", ChatResponse.Chunk.class),
                Map.entry("/ChatChunk/properties/choices/items", ChatResponse.Piece.class),
                Map.entry("/ChatChunk/properties/choices/items/properties/delta", ChatResponse.Delta.class),
                Map.entry("/ChatLogprobs", ChatResponse.Logprobs.class),
                Map.entry("/TokenLogprob", ChatResponse.TokenLogprob.class),
                Map.entry("/ToolCall", ChatResponse.ToolCall.class),
                Map.entry("/ToolCall/properties/function", ChatResponse.Function.class),
                Map.entry("/CompletionResponse", CompletionResponse.class),
                Map.entry("/CompletionResponse/properties/choices/items", CompletionResponse.Choice.class),
                Map.entry("/CompletionLogprobs", CompletionResponse.Logprobs.class),
                Map.entry("/Usage", Usage.class),
                Map.entry("/Usage/properties/prompt_tokens_details", Usage.PromptDetails.class),
                Map.entry("/Usage/properties/completion_tokens_details", Usage.CompletionDetails.class),
                Map.entry("/Usage/properties/kv_cache", Usage.Cache.class),
                Map.entry("/Response", Response.class),
                Map.entry("/Response/properties/error/anyOf/0", Response.Failure.class),
                Map.entry("/Response/properties/incomplete_details/anyOf/0", Response.Incomplete.class),
                Map.entry("/ResponseMessage", Response.Message.class),
                Map.entry("/ResponseText", Response.Text.class),
                Map.entry("/ResponseCall", Response.Call.class),
                Map.entry("/ResponseThought", Response.Reasoning.class),
                Map.entry("/ResponseUsage", Response.Consumption.class),
                Map.entry("/ResponseUsage/properties/input_tokens_details", Response.InputDetails.class),
                Map.entry("/ResponseUsage/properties/output_tokens_details", Response.OutputDetails.class),
                Map.entry("/Model", Model.class),
                Map.entry("/Model/properties/generation_defaults", Model.Defaults.class),
                Map.entry("/Models", Model.Listing.class),
                Map.entry("/TokenizeResponse", TokensResponse.Ids.class),
                Map.entry("/DetokenizeResponse", TokensResponse.Text.class),
                Map.entry("/Error", ApiError.Body.class),
                Map.entry("/Error/properties/error", ApiError.Detail.class));
        JsonNode schemas = document().at("/components/schemas");
        for (Map.Entry<String, Class<?>> entry : records.entrySet()) {
            List<String> names = wireNames(entry.getValue()).toList();
            assertThat(names(schemas.at(entry.getKey()).get("properties")))
                    .as(entry.getKey())
                    .containsExactlyInAnyOrderElementsOf(names);
        }
    }

    private static Stream<String> wireNames(Class<?> record) {
        return Arrays.stream(record.getRecordComponents())
                .flatMap(component -> component.getAccessor().isAnnotationPresent(JsonUnwrapped.class)
                        ? wireNames(component.getType())
                        : Stream.of(wireName(component)));
    }

    private static String wireName(RecordComponent component) {
        JsonProperty property = component.getAccessor().getAnnotation(JsonProperty.class);
        return property == null ? component.getName() : property.value();
    }

    @Test
    void references_allLeadSomewhere() throws IOException {
        JsonNode document = document();
        for (JsonNode reference : document.findValues("$ref")) {
            assertThat(document.at(reference.textValue().substring(1)).isMissingNode())
                    .as(reference.textValue())
                    .isFalse();
        }
    }

    private static Set<String> properties(String schema) throws IOException {
        return new TreeSet<>(names(document().at("/components/schemas/" + schema + "/properties")));
    }

    private static List<String> names(JsonNode object) {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }
}
