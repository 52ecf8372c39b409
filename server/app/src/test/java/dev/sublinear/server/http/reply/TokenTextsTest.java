package dev.sublinear.server.http.reply;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.engine.generation.ScriptedModel;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class TokenTextsTest {
    private static final TokenTexts TEXTS = new TokenTexts(ScriptedModel.TOKENIZER);

    @Test
    void name_everyTokenOfAVocabulary_isItsOwn() {
        Set<String> names = new HashSet<>();
        int parts = 0;
        for (int id = 0; id < ScriptedModel.TOKENIZER.vocabSize(); id++) {
            String name = TEXTS.name(id);
            assertThat(names.add(name)).as("%s: %s", id, name).isTrue();
            assertThat(name).isNotEmpty().doesNotContain("\ufffd");
            parts += name.startsWith("bytes:\\x") ? 1 : 0;
        }
        assertThat(parts).as("parts of characters").isGreaterThan(64);
    }

    @Test
    void name_controlToken_isWhatTheCheckpointCallsIt() {
        assertThat(TEXTS.name(ScriptedModel.END_OF_TEXT)).isEqualTo("<|endoftext|>");
        assertThat(TEXTS.unsigned(ScriptedModel.END_OF_TEXT)).isEmpty();
    }

    @Test
    void nameless_equalTexts_areAllButOneToken() {
        List<Optional<String>> texts = List.of(
                Optional.of("<s>"),
                Optional.of("A"), // a byte
                Optional.empty(),
                Optional.of("A"),
                Optional.of("<s>"),
                Optional.of("b"),
                Optional.of("A"));

        assertThat(TokenTexts.nameless(texts, id -> id == 0).stream()).containsExactly(1, 2, 3, 4);
    }
}
