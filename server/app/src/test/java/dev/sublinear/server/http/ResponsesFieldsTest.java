package dev.sublinear.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Refused fields of {@code POST /v1/responses}. */
final class ResponsesFieldsTest extends ResponsesFixture {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                "{} | input | input is required",
                "{\"input\":5} | input | input must be a string or an array, was 5",
                "{\"input\":[]} | input | input must have 1 to 4096 items, was 0",
                "{\"input\":[5]} | input[0] | input[0] must be an object, was 5",
                "{\"input\":[{}]} | input[0].role | input[0].role is required",
                "{\"input\":[{\"role\":\"tool\",\"content\":\"a\"}]} | input[0].role | input[0].role must be developer, system, user or assistant",
                "{\"input\":[{\"role\":\"user\"}]} | input[0].content | input[0].content is required",
                "{\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_image\",\"image_url\":\"http://127.0.0.1:9/\"}]}]} | input[0].content[0].type | input[0].content[0].type: input_image is not supported",
                "{\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_file\",\"file_id\":\"a\"}]}]} | input[0].content[0].type | input[0].content[0].type: input_file is not supported",
                "{\"input\":[{\"type\":\"item_reference\",\"id\":\"a\"}]} | input[0].type | input[0].type: item_reference is not supported",
                "{\"input\":[{\"type\":\"web_search_call\"}]} | input[0].type | input[0].type: web_search_call is not supported",
                "{\"input\":[{\"type\":\"function_call\",\"name\":\"a\",\"arguments\":\"{}\"}]} | input[0].call_id | input[0].call_id is required",
                "{\"input\":[{\"type\":\"function_call_output\",\"output\":\"a\"}]} | input[0].call_id | input[0].call_id is required",
                "{\"input\":[{\"type\":\"function_call_output\",\"call_id\":\"a\"}]} | input[0].output | input[0].output is required",
                "{ASKED,\"store\":true} | store | store: true is not supported",
                "{ASKED,\"background\":true} | background | background: true is not supported",
                "{ASKED,\"previous_response_id\":\"resp_1\"} | previous_response_id | previous_response_id is not supported",
                "{ASKED,\"conversation\":\"c\"} | conversation | conversation is not supported",
                "{ASKED,\"prompt\":{\"id\":\"p\"}} | prompt | prompt is not supported",
                "{ASKED,\"truncation\":\"auto\"} | truncation | truncation: auto is not supported",
                "{ASKED,\"max_tokens\":5} | max_tokens | max_tokens is not supported",
                "{ASKED,\"response_format\":{\"type\":\"text\"}} | response_format | response_format is not supported",
                "{ASKED,\"n\":2} | n | n is not supported",
                "{ASKED,\"max_output_tokens\":0} | max_output_tokens | max_output_tokens must be at least 1, was 0",
                "{ASKED,\"include\":[\"file_search_call.results\"]} | include | include: file_search_call.results is not supported",
                "{ASKED,\"top_logprobs\":2} | top_logprobs | top_logprobs is only for include: [\"message.output_text.logprobs\"]",
                "{ASKED,\"metadata\":{\"a\":1}} | metadata | metadata must have at most 16 texts, each of at most 512 characters",
                "{ASKED,\"tools\":[{\"type\":\"web_search\"}]} | tools[0].type | tools[0].type: web_search is not supported",
                "{ASKED,\"tools\":[{\"type\":\"function\"}]} | tools[0].name | tools[0].name must have 1 to 64 letters, digits, underscores and hyphens",
                "{ASKED,\"tool_choice\":\"required\"} | tool_choice | tool_choice required needs tools",
                "{ASKED,\"tool_choice\":{\"type\":\"file_search\"}} | tool_choice.type | tool_choice.type: file_search is not supported",
                "{ASKED,\"tool_choice\":{\"type\":\"function\",\"name\":\"a\"}} | tool_choice.name | tool_choice.name must be one of tools",
                "{ASKED,\"text\":{\"format\":{\"type\":\"xml\"}}} | text.format.type | text.format.type must be text, json_object or json_schema",
                "{ASKED,\"text\":{\"format\":{\"type\":\"json_schema\"}}} | text.format.schema | text.format.schema is required",
                "{ASKED,\"text\":{\"format\":{\"type\":\"json_schema\",\"schema\":{\"type\":\"widget\"}}}} | text.format.schema | RULE",
                "{ASKED,\"temperature\":3} | temperature | RULE",
                "{ASKED,\"kv_cache\":{\"budget\":\"none\"}} | kv_cache.budget | RULE"
            })
    void post_wrongField_isNamedWithItsRule(String json, String param, String message) throws IOException {
        var response = server.post("/v1/responses", json.replace("ASKED", ASKED));

        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        JsonNode error = JSON.readTree(response.body()).get("error");
        assertThat(error.get("param").textValue()).isEqualTo(param);
        if (!message.equals("RULE")) {
            assertThat(error.get("message").textValue()).isEqualTo(message);
        }
    }
}
