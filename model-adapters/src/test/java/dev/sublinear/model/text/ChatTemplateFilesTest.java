package dev.sublinear.model.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.sublinear.model.checkpoint.CheckpointException;
import dev.sublinear.model.huggingface.HuggingFaceCheckpoint;
import dev.sublinear.model.reference.RandomCheckpoint;
import dev.sublinear.model.text.Message.Role;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The templates in the files of a checkpoint: which one is taken, and what is wrong with one. */
final class ChatTemplateFilesTest {
    private static final ObjectMapper JSON = JsonMapper.builder().build();

    @TempDir
    Path directory;

    @Test
    void of_checkpointWithoutTemplate_saysUserAndAssistant() {
        try (HuggingFaceCheckpoint checkpoint =
                        HuggingFaceCheckpoint.open(RandomCheckpoint.seeded(1).write(directory));
                Tokenizer tokenizer = Tokenizer.open(checkpoint)) {
            ChatTemplate template = ChatTemplate.of(checkpoint, tokenizer);
            List<Message> messages = List.of(
                    Message.of(Role.SYSTEM, "Be brief."),
                    Message.of(Role.USER, "Hi"),
                    Message.of(Role.ASSISTANT, "Hello"),
                    Message.of(Role.USER, "Bye"));
            String text = "Be brief.\n\nUser: Hi\nAssistant: Hello\nUser: Bye\nAssistant:";

            assertThat(template.isOfCheckpoint()).isFalse();
            assertThat(template.supportsTools()).isFalse();
            assertThat(template.stopTexts()).containsExactly("\nUser:");
            assertThat(template.render(messages, List.of(), true)).isEqualTo(text);
            assertThat(template.encode(messages, List.of(), true)).isEqualTo(tokenizer.encodePrompt(text));
        }
    }

    @Test
    void of_files_preferJinjaThenJsonThenConfig() {
        RandomCheckpoint.seeded(1).write(directory);
        put("tokenizer_config.json", """
                {"bos_token": {"content": "<b>", "lstrip": false}, "eos_token": "<e>", "chat_template": "config {{ bos_token }}{{ eos_token }}"}
                """);
        assertThat(rendered()).isEqualTo("config <b><e>");
        put("chat_template.json", "{\"chat_template\": \"json {{ eos_token }}\"}");
        assertThat(rendered()).isEqualTo("json <e>");
        put("chat_template.jinja", "jinja {{ messages | length }}\n");
        assertThat(rendered()).isEqualTo("jinja 1");
    }

    @Test
    void of_namedTemplates_chooseByTools() {
        RandomCheckpoint.seeded(1).write(directory);
        put("tokenizer_config.json", """
                {"chat_template": [{"name": "default", "template": "plain"}, {"name": "tool_use", "template": "{{ tools | length }} tools"}]}
                """);
        try (HuggingFaceCheckpoint checkpoint = HuggingFaceCheckpoint.open(directory);
                Tokenizer tokenizer = Tokenizer.open(checkpoint)) {
            ChatTemplate template = ChatTemplate.of(checkpoint, tokenizer);

            assertThat(template.supportsTools()).isTrue();
            assertThat(template.render(List.of(), List.of(), true)).isEqualTo("plain");
            assertThat(template.render(List.of(), List.of(JSON.createObjectNode()), true))
                    .isEqualTo("1 tools");
        }
    }

    @Test
    void of_faultyTemplate_namesFileLineAndRule() {
        RandomCheckpoint.seeded(1).write(directory);
        put("chat_template.jinja", "{{ bos_token }}\n{% for m in messages %}\n");
        assertThatThrownBy(this::rendered)
                .isInstanceOf(CheckpointException.class)
                .hasMessage("chat_template.jinja: \"chat_template\": endfor is missing (line 2)");
        put("chat_template.jinja", new byte[] {(byte) 0xc3, '('});
        assertThatThrownBy(this::rendered)
                .isInstanceOf(CheckpointException.class)
                .hasMessage("chat_template.jinja: must be UTF-8");
        put("chat_template.jinja", new byte[(1 << 20) + 1]);
        assertThatThrownBy(this::rendered)
                .isInstanceOf(CheckpointException.class)
                .hasMessage("chat_template.jinja: must not be larger than 1048576 bytes");
    }

    private String rendered() {
        try (HuggingFaceCheckpoint checkpoint = HuggingFaceCheckpoint.open(directory);
                Tokenizer tokenizer = Tokenizer.open(checkpoint)) {
            return ChatTemplate.of(checkpoint, tokenizer).render(List.of(Message.of(Role.USER, "Hi")), List.of(), true);
        }
    }

    private void put(String file, String content) {
        put(file, content.getBytes(StandardCharsets.UTF_8));
    }

    private void put(String file, byte[] content) {
        try {
            Files.write(directory.resolve(file), content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
