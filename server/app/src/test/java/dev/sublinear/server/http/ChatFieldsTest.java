package dev.sublinear.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Refused fields and headers of {@code POST /v1/chat/completions}. */
final class ChatFieldsTest extends ChatFixture {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                "{} | messages | messages must have 1 to 4096 messages, was 0",
                "{\"messages\":5} | messages | messages must be an array, was 5",
                "{\"messages\":[5]} | messages[0] | messages[0] must be an object, was 5",
                "{\"messages\":[{}]} | messages[0].role | messages[0].role is required",
                "{\"messages\":[{\"role\":\"root\",\"content\":\"a\"}]} | messages[0].role | messages[0].role must be developer, system, user, assistant, tool or function",
                "{\"messages\":[{\"role\":\"user\"}]} | messages[0].content | messages[0].content is required",
                "{\"messages\":[{\"role\":\"user\",\"content\":5}]} | messages[0].content | messages[0].content must be a string, was 5",
                "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"http://127.0.0.1:9/\"}}]}]} | messages[0].content[0].type | messages[0].content[0].type must be text",
                "{ASKED,\"chat_template\":\"{{1}}\"} | chat_template | chat_template is not supported",
                "{ASKED,\"chat_template_kwargs\":{\"tokenize\":true}} | chat_template_kwargs | chat_template_kwargs must not have tokenize, which this server sets itself",
                "{ASKED,\"chat_template_kwargs\":{\"bos_token\":\"x\"}} | chat_template_kwargs | chat_template_kwargs must not have bos_token, which this server sets itself",
                "{ASKED,\"chat_template_kwargs\":[]} | chat_template_kwargs | chat_template_kwargs must be an object, was an array",
                "{ASKED,\"continue_final_message\":true} | continue_final_message | continue_final_message needs a last message of an assistant, without calls",
                "{ASKED,\"continue_final_message\":true,\"add_generation_prompt\":true} | continue_final_message | continue_final_message must not be true where add_generation_prompt is: an answer either goes on or begins",
                "{ASKED,\"continue_final_message\":1} | continue_final_message | continue_final_message must be true or false, was 1",
                "{ASKED,\"top_logprobs\":21,\"logprobs\":true} | top_logprobs | top_logprobs must be from 0 to 20, was 21",
                "{ASKED,\"top_logprobs\":2} | top_logprobs | top_logprobs is only for logprobs: true",
                "{ASKED,\"max_tokens\":0} | max_tokens | max_tokens must be at least 1, was 0",
                "{ASKED,\"max_completion_tokens\":-1} | max_completion_tokens | max_completion_tokens must be at least 1, was -1",
                "{ASKED,\"response_format\":{\"type\":\"xml\"}} | response_format.type | response_format.type must be text, json_object or json_schema",
                "{ASKED,\"response_format\":{\"type\":\"json_schema\"}} | response_format.json_schema.schema | response_format.json_schema.schema is required",
                "{ASKED,\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"schema\":{\"type\":\"widget\"}}}} | response_format.json_schema.schema | RULE",
                "{ASKED,\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"schema\":{\"type\":\"string\",\"pattern\":\"(a+)+b(?=x)\"}}}} | response_format.json_schema.schema | RULE",
                "{ASKED,\"tools\":[{\"type\":\"widget\"}]} | tools[0].type | tools[0].type must be function",
                "{ASKED,\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"a b\"}}]} | tools[0].function.name | tools[0].function.name must have 1 to 64 letters, digits, underscores and hyphens",
                "{ASKED,\"tool_choice\":\"required\"} | tool_choice | tool_choice required needs tools",
                "{ASKED,\"tool_choice\":\"maybe\"} | tool_choice | tool_choice must be none, auto, required or a function",
                "{ASKED,\"functions\":[]} | functions | functions is not supported",
                "{ASKED,\"modalities\":[\"audio\"]} | modalities | modalities is not supported",
            })
    void post_wrongField_isNamedWithItsRule(String json, String param, String message) throws IOException {
        var response = server.chat(json.replace("ASKED", ASKED));

        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        JsonNode error = JSON.readTree(response.body()).get("error");
        assertThat(error.get("param").textValue()).isEqualTo(param);
        if (!message.equals("RULE")) {
            assertThat(error.get("message").textValue()).isEqualTo(message);
        }
    }

    @Test
    void post_timeoutHeaderThatIsNoNumber_isRefused() throws IOException {
        for (String value : List.of("0", "-1", "soon", "99999999999")) {
            var response = server.send(java.net.http.HttpRequest.newBuilder(server.uri("/v1/chat/completions"))
                    .header("x-request-timeout-ms", value)
                    .POST(java.net.http.HttpRequest.BodyPublishers.ofString("{" + ASKED + "}")));
            assertThat(JSON.readTree(response.body()).get("error").get("param").textValue())
                    .isEqualTo("x-request-timeout-ms");
        }
    }
}
