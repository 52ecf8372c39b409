package dev.sublinear.model.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.model.checkpoint.CheckpointException;
import dev.sublinear.model.huggingface.HuggingFaceCheckpoint;
import dev.sublinear.model.text.Message.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Checkpoints as strangers lay them out, and what transformers 5.24 makes of their templates. */
final class CheckpointCasesTest {
    private static final Path CASES = Path.of("src/test/resources/cases");
    private static final List<Message> MESSAGES = List.of(Message.of(Role.USER, "x"));

    @TempDir
    private Path directory;

    private void lay(String folder) throws IOException {
        Path from = CASES.resolve(folder);
        try (Stream<Path> paths = Files.walk(from)) {
            for (Path path : paths.sorted().toList()) {
                Path to = directory.resolve(from.relativize(path).toString());
                if (Files.isDirectory(path)) {
                    Files.createDirectories(to);
                } else {
                    Files.copy(path, to, StandardCopyOption.REPLACE_EXISTING);
                }
            }
        }
    }

    private static List<ObjectNode> tools() {
        ObjectNode tool = new ObjectMapper().createObjectNode().put("type", "function");
        tool.putObject("function").put("name", "f");
        return List.of(tool);
    }

    private int[] ids(List<ObjectNode> tools) {
        try (HuggingFaceCheckpoint checkpoint = HuggingFaceCheckpoint.open(directory);
                Tokenizer tokenizer = Tokenizer.open(checkpoint)) {
            return ChatTemplate.of(checkpoint, tokenizer).encode(MESSAGES, tools, true);
        }
    }

    private String text() {
        try (HuggingFaceCheckpoint checkpoint = HuggingFaceCheckpoint.open(directory);
                Tokenizer tokenizer = Tokenizer.open(checkpoint)) {
            return ChatTemplate.of(checkpoint, tokenizer).render(MESSAGES, List.of(), true);
        }
    }

    private void put(String file, String content) throws IOException {
        Files.writeString(directory.resolve(file), content);
    }

    @Test
    void encode_tokensOfSpecialTokensMap_areKnownToTheTemplate() throws IOException {
        lay("base");
        lay("special-tokens-map");

        assertThat(ids(List.of())).containsExactly(1, 61, 343, 63, 90, 2, 61, 67, 335, 321, 262, 86, 63);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'eos_token': '</s>'}|{'eos_token': '<s>'}|<s>",
                "{'eos_token': '</s>', 'added_tokens_decoder': {}}|{'eos_token': '<s>'}|</s>",
                "{'extra_special_tokens': {'eos_token': '<s>'}}|{}|<s>",
                "{'eos_token': '</s>', 'extra_special_tokens': {'eos_token': {'content': '<s>'}}}|{}|<s>",
                "{}|{'extra_special_tokens': {'eos_token': '<s>'}}|<s>",
                "{'additional_special_tokens': {'eos_token': '<s>'}}|{}|<s>",
                "{'additional_special_tokens': ['<s>'], 'extra_special_tokens': ['</s>']}|{}|``",
                "{'eos_token': null}|{}|``",
            })
    void render_specialTokensWhereverTheyAre_areAsInTransformers(String config, String map, String token)
            throws IOException {
        lay("base");
        put("tokenizer_config.json", config.replace('\'', '"'));
        put("special_tokens_map.json", map.replace('\'', '"'));
        put("chat_template.jinja", "{{ eos_token }}");

        assertThat(text()).isEqualTo(token);
    }

    @Test
    void encode_additionalTemplateForTools_servesRequestsWithTools() throws IOException {
        lay("base");
        lay("additional-templates");

        assertThat(ids(List.of())).containsExactly(38, 90);
        assertThat(ids(tools())).containsExactly(54, 72, 90);
    }

    @Test
    void encode_additionalTemplates_lieOverThoseOfTokenizerConfig() throws IOException {
        lay("base");
        lay("additional-templates");
        Files.delete(directory.resolve("chat_template.jinja"));
        put("tokenizer_config.json", "{\"chat_template\": \"D{% for m in messages %}{{ m.content }}{% endfor %}\"}");

        assertThat(ids(List.of())).containsExactly(38, 90);
        assertThat(ids(tools())).containsExactly(54, 72, 90);
    }

    @Test
    void of_additionalTemplatesWithoutADefault_saysWhatIsMissing() throws IOException {
        lay("base");
        lay("additional-templates");
        Files.delete(directory.resolve("chat_template.jinja"));

        assertThatThrownBy(this::text)
                .isInstanceOf(CheckpointException.class)
                .hasMessage("additional_chat_templates: must have a chat_template.jinja beside it, or a template named"
                        + " default in it");
    }

    @Test
    void of_additionalTemplateThatIsALinkOutOfTheDirectory_isRefused() throws IOException {
        Path outside = Files.writeString(directory.resolve("outside.jinja"), "secret");
        directory = Files.createDirectory(directory.resolve("model"));
        lay("base");
        lay("additional-templates");
        Files.createSymbolicLink(directory.resolve("additional_chat_templates/other.jinja"), outside);

        assertThatThrownBy(this::text)
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith("other.jinja: must lie in ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"architectures\": []", "\"architectures\": null", "\"x\": 1"})
    void open_configWithoutArchitectures_isOfItsModelType(String architectures) throws IOException {
        lay("base");
        String config = Files.readString(directory.resolve("config.json"));
        put("config.json", config.replace("\"architectures\": [\"LlamaForCausalLM\"]", architectures));

        try (HuggingFaceCheckpoint checkpoint = HuggingFaceCheckpoint.open(directory)) {
            assertThat(checkpoint.spec().family()).isEqualTo("LlamaForCausalLM");
        }
        put(
                "config.json",
                config.replace("\"architectures\": [\"LlamaForCausalLM\"]", architectures)
                        .replace("\"model_type\": \"llama\"", "\"model_type\": \"mamba\""));
        assertThatThrownBy(this::text)
                .hasMessageStartingWith("config.json: \"architectures\" must be an array of one name, was ")
                .hasMessageEndingWith(", and no known family has \"model_type\" \"mamba\"");
    }
}
