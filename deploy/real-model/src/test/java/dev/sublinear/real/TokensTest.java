package dev.sublinear.real;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sublinear.model.checkpoint.Checkpoint;
import dev.sublinear.model.text.ChatTemplate;
import dev.sublinear.model.text.Message;
import dev.sublinear.model.text.Message.Role;
import dev.sublinear.model.text.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Texts and chats become the same tokens as elsewhere. */
final class TokensTest {
    private static final Checkpoint CHECKPOINT = RealModel.open();
    private static final Tokenizer TOKENIZER = Tokenizer.open(CHECKPOINT);
    private static final ChatTemplate CHAT = ChatTemplate.of(CHECKPOINT, TOKENIZER);

    @AfterAll
    static void close() {
        TOKENIZER.close();
        CHECKPOINT.close();
    }

    @Test
    void encode_oddTexts_givesTheIdsOfLlamaCpp() {
        List<JsonNode> texts = RealModel.entries("tokens.json");
        assertThat(texts).hasSizeGreaterThan(200);
        SoftAssertions softly = new SoftAssertions();
        for (JsonNode entry : texts) {
            String text = entry.get("text").textValue();
            int[] ids = RealModel.ids(entry.get("ids"));
            softly.assertThat(TOKENIZER.encode(text))
                    .as(entry.get("text").toString())
                    .isEqualTo(ids);
            softly.assertThat(TOKENIZER.decode(ids))
                    .as("%s and back", entry.get("text"))
                    .isEqualTo(text);
        }
        softly.assertAll();
    }

    @Test
    void encode_chats_givesTextAndIdsOfTransformers() {
        SoftAssertions softly = new SoftAssertions();
        for (JsonNode entry : RealModel.entries("chats.json")) {
            String name = entry.get("name").textValue();
            boolean prompt = entry.get("generationPrompt").booleanValue();
            List<Message> messages = messages(entry.get("messages"));
            softly.assertThat(CHAT.render(messages, List.of(), prompt))
                    .as(name)
                    .isEqualTo(entry.get("text").textValue());
            softly.assertThat(CHAT.encode(messages, List.of(), prompt))
                    .as(name)
                    .isEqualTo(RealModel.ids(entry.get("ids")));
        }
        softly.assertAll();
    }

    private static List<Message> messages(JsonNode chat) {
        List<Message> messages = new ArrayList<>();
        for (JsonNode message : chat) {
            Role role = Role.valueOf(message.get("role").textValue().toUpperCase(Locale.ROOT));
            messages.add(Message.of(role, message.get("content").textValue()));
        }
        return messages;
    }
}
