package dev.sublinear.model.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.model.checkpoint.CheckpointException;
import dev.sublinear.model.huggingface.HuggingFaceCheckpoint;
import dev.sublinear.testing.Seed;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Random;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows C11, G5, G6 and H10 of the table of hostile input, and agreement with Hugging Face's own tokenizers. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class TokenizerTest {
    private Tokenizer tokenizer = FixtureTokenizer.open();
    private JsonNode golden = golden();

    @AfterAll
    void close() {
        tokenizer.close();
    }

    @Test
    void golden_isOfTheFixtureTokenizer() throws Exception {
        byte[] json = Files.readAllBytes(FixtureTokenizer.MODEL.resolve("tokenizer.json"));

        assertThat(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(json)))
                .as("if the tokenizer was replaced, run src/test/python/tokenizer_golden.py")
                .isEqualTo(golden.path("tokenizer_sha256").textValue());
    }

    @Test
    void encode_goldenTexts_agreesWithHuggingFace() {
        for (JsonNode example : golden.path("encoded")) {
            String text = example.path("text").textValue();

            assertThat(tokenizer.encode(text)).as(text).containsExactly(ids(example));
            assertThat(tokenizer.decode(ids(example))).isEqualTo(text);
        }
    }

    @Test
    void decode_goldenIds_agreesWithHuggingFace() {
        for (JsonNode example : golden.path("decoded")) {
            assertThat(tokenizer.decode(ids(example)))
                    .isEqualTo(example.path("text").textValue());
        }
    }

    @Test
    void encodePrompt_templateOfThePostProcessor_putsItsControlTokensFirst() throws IOException {
        String template = """
                {"type": "TemplateProcessing",
                 "single": [{"SpecialToken": {"id": "<|user|>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                            {"SpecialToken": {"id": "<|system|>", "type_id": 0}}],
                 "pair": [], "special_tokens": {"<|user|>": {"id": "<|user|>", "ids": [1], "tokens": ["<|user|>"]},
                 "<|system|>": {"id": "<|system|>", "ids": [3], "tokens": ["<|system|>"]}}}""";
        ObjectNode json = FixtureTokenizer.json();
        json.set("post_processor", new ObjectMapper().readTree(template));
        ObjectNode sequence = FixtureTokenizer.json();
        sequence.putObject("post_processor")
                .put("type", "Sequence")
                .putArray("processors")
                .add(new ObjectMapper().readTree("{\"type\": \"ByteLevel\"}"))
                .add(new ObjectMapper().readTree(template));
        int[] plain = tokenizer.encode("<|user|> a night");

        for (ObjectNode each : new ObjectNode[] {json, sequence}) {
            try (Tokenizer prefixed = Tokenizer.of(each, tokenizer.vocabSize())) {
                assertThat(prefixed.encode("<|user|> a night")).containsExactly(plain);
                assertThat(prefixed.encodePrompt("<|user|> a night"))
                        .startsWith(1)
                        .endsWith(plain)
                        .hasSize(plain.length + 1);
            }
        }
        assertThat(tokenizer.encodePrompt("<|user|> a night")).containsExactly(plain);
    }

    @Test
    void open_templateWithAnIdBeyondTheEmbedding_isRefused() throws IOException {
        ObjectNode json = FixtureTokenizer.json();
        json.set("post_processor", new ObjectMapper().readTree("""
                                {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "x"}}],
                                 "special_tokens": {"x": {"ids": [99999999]}}}"""));

        assertThatThrownBy(() -> Tokenizer.of(json, tokenizer.vocabSize()))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("post_processor")
                .hasMessageContaining("99999999");
    }

    @Test
    void encode_longText_isNotTruncated() {
        String text = "The rain in Spain stays mainly in the plain. ".repeat(20_000);

        assertThat(tokenizer.decode(tokenizer.encode(text))).isEqualTo(text);
    }

    @Test
    void encode_tokenizerThatTruncatesAndPads_doesNeither() throws IOException {
        ObjectNode json = FixtureTokenizer.json();
        ObjectMapper mapper = new ObjectMapper();
        json.set(
                "truncation",
                mapper.readTree(
                        "{\"direction\":\"Right\",\"max_length\":2,\"strategy\":\"LongestFirst\",\"stride\":0}"));
        json.set(
                "padding",
                mapper.readTree(
                        "{\"strategy\":{\"Fixed\":99},\"direction\":\"Right\",\"pad_to_multiple_of\":null,\"pad_id\":0,\"pad_type_id\":0,\"pad_token\":\"<|endoftext|>\"}"));
        try (Tokenizer other = Tokenizer.of(json, tokenizer.vocabSize())) {
            String text = "It was a dark and stormy night";
            assertThat(other.encode(text)).isEqualTo(tokenizer.encode(text));
        }
    }

    @Test
    void g6_textOfEveryAddedToken_staysText() {
        for (JsonNode token : FixtureTokenizer.json().path("added_tokens")) {
            String content = token.path("content").textValue();
            int id = token.path("id").intValue();
            for (String text : new String[] {content, " " + content, content + content, "a" + content + "b\n"}) {
                int[] ids = tokenizer.encode(text);

                assertThat(ids).doesNotContain(id);
                assertThat(tokenizer.decode(ids)).isEqualTo(text);
            }
            assertThat(tokenizer.idOf(content)).hasValue(id);
            assertThat(tokenizer.decode(id)).isEmpty();
        }
        assertThat(tokenizer.idOf("<|no such token|>")).isEmpty();
    }

    @Test
    void g6_controlTokensOutsideTheModelsVocabulary_keepTheIdsOfTheOthers() {
        ObjectNode json = FixtureTokenizer.json();
        int size = json.path("model").path("vocab").size();
        ArrayNode added = (ArrayNode) json.get("added_tokens");
        added.add(token(size, "<|tool|>", true));
        added.add(token(size + 1, "<tool_call>", false));
        added.add(token(size + 2, "<|last|>", true));
        try (Tokenizer other = Tokenizer.of(json, size + 3)) {
            assertThat(other.encode("<tool_call>")).containsExactly(size + 1);
            assertThat(other.encode("<|tool|><|last|>")).doesNotContain(size, size + 2);
            assertThat(other.decode(size, size + 1, size + 2)).isEqualTo("<tool_call>");
        }
    }

    @ParameterizedTest
    @CsvSource({"'\ud800', 0", "'a\udc00', 1", "'ab\ud83d', 2", "'\ud83d\ude00\ude00', 2", "'\ud83d\ud83d\ude00', 0"})
    void h10_loneSurrogate_isRefusedNamingTheIndex(String text, int index) {
        assertThatThrownBy(() -> tokenizer.encode(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageEndingWith("at index " + index);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, Integer.MIN_VALUE, Integer.MAX_VALUE})
    void g5_idOutsideTheVocabulary_isRefused(int id) {
        assertThatThrownBy(() -> tokenizer.decode(0, id))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("was " + id);
        assertThatThrownBy(() -> tokenizer.streamingDecoder().accept(id)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> tokenizer.decode(tokenizer.vocabSize())).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void decode_idWithAnEmbeddingButNoToken_isNothing() {
        ObjectNode json = FixtureTokenizer.json();
        int size = json.path("model").path("vocab").size();
        try (Tokenizer padded = Tokenizer.of(json, size + 64)) {
            assertThat(padded.decode(size + 63)).isEmpty();
            assertThat(padded.streamingDecoder().accept(size)).isEmpty();
        }
    }

    @Test
    void c11_idBeyondTheEmbedding_isRefused() {
        ObjectNode json = FixtureTokenizer.json();
        int size = json.path("model").path("vocab").size();

        assertThatThrownBy(() -> Tokenizer.of(json, size - 1))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("tokenizer.json: \"model.vocab\" must have ids below the embedding's");
    }

    @Test
    void c11_addedTokenThatTheLibraryRenumbers_isRefused() {
        ObjectNode json = FixtureTokenizer.json();
        int size = json.path("model").path("vocab").size();
        ((ArrayNode) json.get("added_tokens")).add(token(size + 5, "<|new|>", true));

        assertThatThrownBy(() -> Tokenizer.of(json, size + 10))
                .isInstanceOf(CheckpointException.class)
                .hasMessage("tokenizer.json: an added token must have the id that the library gives it, [" + size
                        + "], was " + (size + 5));
    }

    @Test
    void c11_prefixThatMakesTheLibraryAbort_isRefused() {
        ObjectNode json = FixtureTokenizer.json();
        ((ObjectNode) json.get("model")).put("continuing_subword_prefix", "##########");

        assertThatThrownBy(() -> Tokenizer.of(json, tokenizer.vocabSize()))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("\"continuing_subword_prefix\" must be empty");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"model\":{}}",
                "{\"model\":{\"vocab\":3}}",
                "{\"model\":{\"vocab\":{\"a\":-1}}}",
                "{\"model\":{\"vocab\":{\"a\":\"0\"}}}",
                "{\"model\":{\"vocab\":{\"a\":4294967296}}}",
                "{\"model\":{\"vocab\":{\"a\":0}}}",
                "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[\"a b\"]}}",
                "{\"model\":{\"vocab\":{}},\"added_tokens\":[{\"id\":0}]}",
                "{\"model\":{\"vocab\":{}},\"added_tokens\":[{\"id\":0,\"content\":\"\"}]}",
                "{\"model\":{\"vocab\":{}},\"added_tokens\":[3]}"
            })
    void c11_notATokenizer_isRefused(String json) throws IOException {
        ObjectNode node = (ObjectNode) new ObjectMapper().readTree(json);

        assertThatThrownBy(() -> Tokenizer.of(node, 10))
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith("tokenizer.json: ");
    }

    @Test
    void c11_tokenizerMissingOrTooLarge_isRefused(@TempDir Path directory) throws IOException {
        for (String file : new String[] {"config.json", "model.safetensors"}) {
            Files.copy(FixtureTokenizer.MODEL.resolve(file), directory.resolve(file));
        }
        try (HuggingFaceCheckpoint model = HuggingFaceCheckpoint.open(directory)) {
            assertThatThrownBy(() -> Tokenizer.open(model))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageStartingWith("tokenizer.json: is missing in ");
            try (FileChannel file = FileChannel.open(
                    directory.resolve("tokenizer.json"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                file.write(java.nio.ByteBuffer.wrap(new byte[1]), 64 << 20);
            }
            assertThatThrownBy(() -> Tokenizer.open(model))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessage("tokenizer.json: must not be larger than 67108864 bytes");
        }
    }

    @Test
    void c11_randomlySpoiltTokenizer_opensOrIsRefused(@TempDir Path directory) throws IOException {
        long seed = Seed.fresh();
        Random random = new Random(seed);
        byte[] whole = Files.readAllBytes(FixtureTokenizer.MODEL.resolve("tokenizer.json"));
        for (String file : new String[] {"config.json", "model.safetensors"}) {
            Files.copy(FixtureTokenizer.MODEL.resolve(file), directory.resolve(file));
        }
        try (HuggingFaceCheckpoint model = HuggingFaceCheckpoint.open(directory)) {
            for (int round = 0; round < 100; round++) {
                byte[] json = whole.clone();
                // Half of the flips go to the head and the tail, where there is more than vocabulary.
                int at = random.nextBoolean() ? random.nextInt(json.length) : random.nextInt(1500);
                json[at] ^= (byte) (1 << random.nextInt(8));
                Files.write(directory.resolve("tokenizer.json"), json);
                try (Tokenizer spoilt = Tokenizer.open(model)) {
                    spoilt.encode("Hello <|user|> \ud83d\ude00");
                } catch (CheckpointException expected) {
                    assertThat(expected).as("seed " + seed).hasMessageStartingWith("tokenizer.json: ");
                }
            }
        }
    }

    private static ObjectNode token(int id, String content, boolean special) {
        return new ObjectMapper()
                .createObjectNode()
                .put("id", id)
                .put("content", content)
                .put("single_word", false)
                .put("lstrip", false)
                .put("rstrip", false)
                .put("normalized", false)
                .put("special", special);
    }

    private static int[] ids(JsonNode example) {
        return StreamSupport.stream(example.path("ids").spliterator(), false)
                .mapToInt(JsonNode::intValue)
                .toArray();
    }

    private static JsonNode golden() {
        try (InputStream in = TokenizerTest.class.getResourceAsStream("tokenizer-golden.json")) {
            return new ObjectMapper().readTree(Objects.requireNonNull(in));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
