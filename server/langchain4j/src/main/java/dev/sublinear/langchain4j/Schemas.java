package dev.sublinear.langchain4j;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchemaElement;
import dev.sublinear.engine.chat.AnswerFormat;
import org.jspecify.annotations.Nullable;

/** LangChain4j's schemas as JSON Schemas. */
final class Schemas {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Schemas() {}

    /** What an answer must look like. */
    static AnswerFormat format(@Nullable ResponseFormat asked) {
        if (asked == null || asked.type() == ResponseFormatType.TEXT) {
            return new AnswerFormat.Text();
        }
        return asked.jsonSchema() == null
                ? new AnswerFormat.AnyObject()
                : new AnswerFormat.Schema(schema(asked.jsonSchema().rootElement()));
    }

    /** The schema of a tool's arguments; where it declares none, there are none. */
    static JsonNode parameters(ToolSpecification tool) {
        JsonObjectSchema parameters = tool.parameters();
        return parameters == null || parameters.properties().isEmpty()
                ? schema(JsonObjectSchema.builder().additionalProperties(false).build())
                : schema(parameters);
    }

    /** Tools are all whose schemas LangChain4j writes without loss in what it makes public: this is one's only parameter. */
    private static JsonNode schema(JsonSchemaElement element) {
        String tool = ToolSpecification.builder()
                .name("a")
                .parameters(
                        JsonObjectSchema.builder().addProperty("only", element).build())
                .build()
                .toJson();
        try {
            return JSON.readTree(tool).at("/parameters/properties/only");
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("not JSON: " + tool, e);
        }
    }
}
