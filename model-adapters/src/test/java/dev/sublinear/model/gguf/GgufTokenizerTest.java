package dev.sublinear.model.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sublinear.model.checkpoint.CheckpointException;
import dev.sublinear.model.text.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The tokenizers that files describe, in the words of tokenizer.json. */
final class GgufTokenizerTest {
    @TempDir
    private Path directory;

    private List<String> tokens(GgufBuilder builder, String text) {
        Path path = TinyGguf.tensors(builder, TinyGguf.PIECES).write(directory);
        try (GgufCheckpoint checkpoint = GgufCheckpoint.open(path);
                Tokenizer tokenizer = Tokenizer.open(checkpoint)) {
            assertThat(tokenizer.decode(tokenizer.encode(text))).isEqualTo(text);
            return texts(checkpoint, tokenizer.encode(text));
        }
    }

    private static List<String> texts(GgufCheckpoint checkpoint, int[] ids) {
        List<String> texts = new ArrayList<>();
        for (int id : ids) {
            checkpoint.tokenizer().path("model").path("vocab").properties().stream()
                    .filter(token -> token.getValue().intValue() == id)
                    .forEach(token -> texts.add(token.getKey()));
        }
        return texts;
    }

    private static GgufBuilder byteLevel(String pre) {
        return TinyGguf.sizes(new GgufBuilder())
                .string("tokenizer.ggml.model", "gpt2")
                .string("tokenizer.ggml.pre", pre)
                .strings("tokenizer.ggml.tokens", TinyGguf.TOKENS)
                .i32s("tokenizer.ggml.token_type", TinyGguf.TYPES)
                .strings("tokenizer.ggml.merges", TinyGguf.MERGES);
    }

    /** Where smollm cuts otherwise than gpt-2, which transformers takes for it: two spaces before a digit. */
    @Test
    void encode_spacesBeforeADigit_areCutAsThePreTokenizerHasIt() {
        assertThat(tokens(byteLevel("smollm"), "a  1")).containsExactly("a", "\u0120\u0120", "1");
        assertThat(tokens(byteLevel("gpt-2"), "a  1")).containsExactly("a", "\u0120", "\u0120", "1");
        assertThat(tokens(byteLevel("smollm"), "ab abc")).containsExactly("ab", "\u0120ab", "c");
    }

    static List<String> preTokenizers() {
        return PreTokenizer.names();
    }

    @ParameterizedTest
    @MethodSource("preTokenizers")
    void encode_everyPreTokenizer_losesNothing(String pre) {
        assertThat(tokens(byteLevel(pre), "ab  12 'bc'! \n\nab")).isNotEmpty();
    }

    @Test
    void encode_controlToken_isTextAndAUserDefinedOneIsNot() {
        Path path = TinyGguf.tensors(byteLevel("smollm")).write(directory);
        try (GgufCheckpoint checkpoint = GgufCheckpoint.open(path);
                Tokenizer tokenizer = Tokenizer.open(checkpoint)) {
            assertThat(tokenizer.encode("a<tool>b")).containsExactly(3, 2, 4);
            assertThat(tokenizer.encode("a<|im_end|>")).doesNotContain(1);
            assertThat(tokenizer.idOf("<|im_end|>")).hasValue(1);
        }
    }

    /** As older files have Gemma's and Phi's: a message must not be able to end its own turn. */
    @ParameterizedTest
    @ValueSource(strings = {"<|assistant|>", "<end_of_turn>", "<start_of_turn>", "<|im_end|>"})
    void encode_controlTokenToldAsUserDefined_isText(String token) {
        List<String> tokens = new ArrayList<>(TinyGguf.TOKENS);
        tokens.set(1, "other");
        tokens.set(2, token);
        Path path = TinyGguf.tensors(TinyGguf.sizes(new GgufBuilder())
                        .string("tokenizer.ggml.model", "gpt2")
                        .string("tokenizer.ggml.pre", "gpt-2")
                        .strings("tokenizer.ggml.tokens", tokens)
                        .i32s("tokenizer.ggml.token_type", TinyGguf.TYPES)
                        .strings("tokenizer.ggml.merges", TinyGguf.MERGES))
                .write(directory);
        try (GgufCheckpoint checkpoint = GgufCheckpoint.open(path);
                Tokenizer tokenizer = Tokenizer.open(checkpoint)) {
            assertThat(tokenizer.encode("a" + token)).doesNotContain(2);
            assertThat(tokenizer.idOf(token)).hasValue(2);
        }
    }

    /** As GPT-NeoX has them: found in the text before it is cut into words. */
    @Test
    void encode_byteLevelRunOfSpacesToldAsUserDefined_isFoundFirst() {
        List<String> tokens = new ArrayList<>(TinyGguf.TOKENS);
        tokens.set(2, "  ");
        GgufBuilder builder = TinyGguf.sizes(new GgufBuilder())
                .string("tokenizer.ggml.model", "gpt2")
                .string("tokenizer.ggml.pre", "gpt-2")
                .strings("tokenizer.ggml.tokens", tokens)
                .i32s("tokenizer.ggml.token_type", TinyGguf.TYPES)
                .strings("tokenizer.ggml.merges", TinyGguf.MERGES);

        assertThat(tokens(builder, "a  b")).containsExactly("a", "  ", "b");
    }

    /** As Gemma has them: SentencePiece joins single ones. */
    @Test
    void encode_sentencePieceRunOfSpacesToldAsUserDefined_isJoined() {
        assertThat(tokens(TinyGguf.sentencePieces(TinyGguf.sizes(new GgufBuilder()), "  "), "a  b"))
                .containsExactly("\u2581a", "\u2581\u2581", "b");
    }

    /** The file's word, or else that of the kind: Llama 3 begins every text with its token, SmolLM does not. */
    @ParameterizedTest
    @CsvSource({"smollm, '', false", "llama-bpe, '', true", "smollm, true, true", "llama-bpe, false, false"})
    void encodePrompt_beginsAsTheFileOrItsKindSays(String pre, String told, boolean begins) {
        GgufBuilder builder = byteLevel(pre).u32("tokenizer.ggml.bos_token_id", 0);
        if (!told.isEmpty()) {
            builder.flag("tokenizer.ggml.add_bos_token", Boolean.parseBoolean(told));
        }
        try (GgufCheckpoint checkpoint =
                        GgufCheckpoint.open(TinyGguf.tensors(builder).write(directory));
                Tokenizer tokenizer = Tokenizer.open(checkpoint)) {
            assertThat(tokenizer.encodePrompt("a")).containsExactly(begins ? new int[] {0, 3} : new int[] {3});
        }
    }

    @Test
    void json_unknownPreTokenizer_isRefusedByName() {
        assertRefused(byteLevel("superbpe"), "\"tokenizer.ggml.pre\" must be one of [");
        assertRefused(byteLevel("superbpe"), "was \"superbpe\"");
    }

    @ParameterizedTest
    @CsvSource({
        "ab, must each be two tokens",
        "a , must each be two tokens",
        "'a x', which is none",
        "'a a', which is none"
    })
    void json_mergeThatIsNone_isRefused(String merge, String message) {
        GgufBuilder builder = TinyGguf.sizes(new GgufBuilder())
                .string("tokenizer.ggml.model", "gpt2")
                .string("tokenizer.ggml.pre", "gpt-2")
                .strings("tokenizer.ggml.tokens", TinyGguf.TOKENS)
                .strings("tokenizer.ggml.merges", List.of(merge));

        assertRefused(builder, message);
    }

    @Test
    void json_otherModel_isRefusedByName() {
        assertRefused(
                TinyGguf.sizes(new GgufBuilder())
                        .string("tokenizer.ggml.model", "t5")
                        .strings("tokenizer.ggml.tokens", TinyGguf.TOKENS),
                "\"tokenizer.ggml.model\" must be gpt2 or llama, others are not supported yet, was \"t5\"");
    }

    @Test
    void open_sameTokenTwice_isRefused() {
        List<String> tokens = new ArrayList<>(TinyGguf.TOKENS);
        tokens.set(9, "a");

        assertRefused(
                TinyGguf.sizes(new GgufBuilder())
                        .string("tokenizer.ggml.model", "gpt2")
                        .strings("tokenizer.ggml.tokens", tokens),
                "must all be different, 3 and 9 are \"a\"");
    }

    @Test
    void open_moreTokensThanRows_isRefused() {
        List<String> tokens = new ArrayList<>(TinyGguf.TOKENS);
        tokens.add("more");

        assertRefused(
                TinyGguf.sizes(new GgufBuilder())
                        .string("tokenizer.ggml.model", "gpt2")
                        .strings("tokenizer.ggml.tokens", tokens),
                "must not have more tokens than the embedding's 21 rows, has 22");
    }

    @Test
    void open_endBeyondTheTokens_isRefused() {
        assertRefused(
                byteLevel("gpt-2").u32("tokenizer.ggml.eos_token_id", 21),
                "\"tokenizer.ggml.eos_token_id\" must be below the 21 tokens, was 21");
    }

    private static GgufBuilder sentencePiece() {
        return TinyGguf.sentencePieces(TinyGguf.sizes(new GgufBuilder()));
    }

    /** SentencePiece joins the neighbours with the best score first: b and c before a and b. */
    @Test
    void encode_sentencePiece_mergesByScore() {
        assertThat(tokens(sentencePiece(), "abc")).containsExactly("\u2581a", "bc");
        assertThat(tokens(sentencePiece(), "ab")).containsExactly("\u2581ab");
        assertThat(tokens(sentencePiece(), " a  b")).containsExactly("\u2581", "\u2581a", "\u2581\u2581", "b");
    }

    @Test
    void encode_sentencePieceWithoutTheCharacter_fallsBackToItsBytes() {
        assertThat(tokens(sentencePiece(), "a\u20ac\n"))
                .containsExactly("\u2581a", "<0xE2>", "<0x82>", "<0xAC>", "<0x0A>");
    }

    @Test
    void encode_sentencePieceWithoutPrefix_addsNoSpace() {
        assertThat(tokens(sentencePiece().flag("tokenizer.ggml.add_space_prefix", false), "abc"))
                .containsExactly("a", "bc");
    }

    @Test
    void encodePrompt_sentencePiece_beginsWithItsUsualToken() {
        Path path = TinyGguf.tensors(sentencePiece(), TinyGguf.PIECES).write(directory);
        try (GgufCheckpoint checkpoint = GgufCheckpoint.open(path);
                Tokenizer tokenizer = Tokenizer.open(checkpoint)) {
            assertThat(tokenizer.encodePrompt("ab")).startsWith(1).hasSize(2);
            assertThat(checkpoint.spec().stopIds()).containsExactly(2);
        }
    }

    private void assertRefused(GgufBuilder builder, String message) {
        Path path = TinyGguf.tensors(builder).write(directory);
        assertThatThrownBy(() -> {
                    try (GgufCheckpoint checkpoint = GgufCheckpoint.open(path)) {
                        checkpoint.tokenizer();
                    }
                })
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith("x.gguf: ")
                .hasMessageContaining(message);
    }
}
