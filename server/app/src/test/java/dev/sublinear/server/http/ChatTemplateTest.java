package dev.sublinear.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sublinear.engine.generation.ScriptedModel;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What {@code POST /v1/chat/completions} does by the template of the model: thoughts, variables, the end of the prompt. */
final class ChatTemplateTest extends ChatFixture {
    private static final String THINKING = "{% for m in messages %}{{ m.content.split('</think>')[-1] }}{% endfor %}";

    @Test
    void post_thought_isReasoningContent() throws IOException {
        chat(THINKING, "<think>\nIt is late.\n</think>\n\nLate.");
        JsonNode answer = body("{" + ASKED + "}");

        JsonNode message = answer.at("/choices/0/message");
        assertThat(message.get("content").textValue()).isEqualTo("Late.");
        assertThat(message.get("reasoning_content").textValue()).isEqualTo("It is late.");
        int thought =
                answer.at("/usage/completion_tokens_details/reasoning_tokens").intValue();
        assertThat(thought).isEqualTo(ScriptedModel.TOKENIZER.encode("<think>\nIt is late.\n</think>").length);

        List<JsonNode> events = TestServer.events(
                server.chat("{" + ASKED + ",\"stream\":true,\"stream_options\":{\"include_usage\":true}}")
                        .body());
        assertThat(events.remove(events.size() - 1).at("/usage/completion_tokens_details/reasoning_tokens"))
                .isEqualTo(answer.at("/usage/completion_tokens_details/reasoning_tokens"));
        assertThat(content(events)).isEqualTo("Late.");
        assertThat(texts(events, "reasoning_content")).isEqualTo("It is late.");
    }

    @Test
    void post_promptThatBeginsAThought_isAnsweredWithinIt() throws IOException {
        chat(THINKING + "{% if add_generation_prompt %}<think>\n{% endif %}", "It is late.\n</think>\n\nLate.");
        JsonNode message = body("{" + ASKED + "}").at("/choices/0/message");

        assertThat(message.get("content").textValue()).isEqualTo("Late.");
        assertThat(message.get("reasoning_content").textValue()).isEqualTo("It is late.");
    }

    @Test
    void post_jsonObjectAfterAThought_isTheContent() throws IOException {
        chat(THINKING, "<think>\nA list? No.\n</think>\n\n{\"late\": true}");
        JsonNode message = body("{" + ASKED
                        + ",\"temperature\":0,\"max_tokens\":99,\"response_format\":{\"type\":\"json_object\"}}")
                .at("/choices/0/message");

        assertThat(message.get("content").textValue()).isEqualTo("{\"late\": true}");
        assertThat(message.get("reasoning_content").textValue()).isEqualTo("A list? No.");
    }

    @Test
    void post_stopTextWithinAThought_endsTheAnswer() throws IOException {
        chat(THINKING, "<think>\nIt is late, so late.\n</think>\n\nLate.");
        JsonNode choice = body("{" + ASKED + ",\"stop\":\", so\"}").at("/choices/0");

        assertThat(choice.at("/message/content").textValue()).isEmpty();
        assertThat(choice.at("/message/reasoning_content").textValue()).isEqualTo("It is late");
        assertThat(choice.get("finish_reason").textValue()).isEqualTo("stop");
    }

    @Test
    void post_reasoningOfAMessage_isReadByTheTemplate() throws IOException {
        chat(
                "{% for m in messages %}{{ m.content }}{% if m.reasoning_content %}({{ m.reasoning_content }}){% endif %}{% endfor %}",
                TEXT);
        String told = "{\"max_tokens\":1,\"messages\":[{\"role\":\"assistant\",\"content\":\"Late.\"%s}]}";

        assertThat(promptTokens(told.formatted(",\"reasoning_content\":\"It is late.\"")))
                .isEqualTo(ScriptedModel.TOKENIZER.encode("Late.(It is late.)").length);
        assertThat(promptTokens(told.formatted(""))).isEqualTo(ScriptedModel.TOKENIZER.encode("Late.").length);
    }

    @Test
    void post_variables_areReadByTheTemplate() throws IOException {
        chat("{% if loud %}LOUD {% endif %}{{ messages[0].content }}", TEXT);
        String asked = "{\"max_tokens\":1,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]%s}";

        assertThat(promptTokens(asked.formatted(",\"chat_template_kwargs\":{\"loud\":true}")))
                .isEqualTo(ScriptedModel.TOKENIZER.encode("LOUD Hi").length);
        assertThat(promptTokens(asked.formatted(",\"chat_template_kwargs\":{\"loud\":false}")))
                .isEqualTo(ScriptedModel.TOKENIZER.encode("Hi").length);
    }

    @Test
    void post_endingOfThePrompt_isAsAsked() throws IOException {
        chat(
                "{% for m in messages %}{{ m.role }}: {{ m.content }}!\n{% endfor %}{% if add_generation_prompt %}assistant:{% endif %}",
                TEXT);
        String asked = "{\"max_tokens\":1,\"messages\":[{\"role\":\"assistant\",\"content\":\"Well\"}]%s}";

        assertThat(promptTokens(asked.formatted("")))
                .isEqualTo(ScriptedModel.TOKENIZER.encode("assistant: Well!\nassistant:").length);
        assertThat(promptTokens(asked.formatted(",\"add_generation_prompt\":false")))
                .isEqualTo(ScriptedModel.TOKENIZER.encode("assistant: Well!\n").length);
        assertThat(promptTokens(asked.formatted(",\"continue_final_message\":true")))
                .isEqualTo(ScriptedModel.TOKENIZER.encode("assistant: Well").length);
        assertThat(promptTokens(asked.formatted(",\"continue_final_message\":true,\"add_generation_prompt\":null")))
                .isEqualTo(ScriptedModel.TOKENIZER.encode("assistant: Well").length);
    }

    private int promptTokens(String json) throws IOException {
        return body(json).at("/usage/prompt_tokens").intValue();
    }
}
