package dev.sublinear.model.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class PiecesTest {
    private static final String TEXT = "{\"caf\u00e9\": [1, \"\u732b \ud83d\ude00\\n\"],\n  \"  two  \": null}\t\u0000";

    @Test
    void pieces_ofATextsTokens_joinToItsBytes() {
        try (Tokenizer tokenizer = FixtureTokenizer.open()) {
            assertThat(join(tokenizer, tokenizer.encode(TEXT))).isEqualTo(utf8(TEXT));
        }
    }

    @Test
    void pieces_ofATokenizerWithByteFallback_joinToTheBytesAfterASpace() {
        try (Tokenizer tokenizer = Tokenizer.of(StreamingDecoderTest.byteFallback(), 300)) {
            assertThat(join(tokenizer, tokenizer.encode(TEXT))).isEqualTo(utf8(" " + TEXT));
        }
    }

    @Test
    void pieces_everyTokenAfterAnother_areWhatDecodeAdds() throws CharacterCodingException {
        try (Tokenizer bundled = FixtureTokenizer.open();
                Tokenizer fallback = Tokenizer.of(StreamingDecoderTest.byteFallback(), 300)) {
            for (Tokenizer tokenizer : new Tokenizer[] {bundled, fallback}) {
                int[] before = tokenizer.encode("a");
                for (int id = 0; id < tokenizer.vocabSize(); id++) {
                    byte[] piece = tokenizer.pieces().orElseThrow()[id];
                    if (isText(piece)) {
                        assertThat(tokenizer.decode(before[before.length - 1], id))
                                .as("token %s", id)
                                .isEqualTo("a" + new String(piece, StandardCharsets.UTF_8));
                    }
                }
            }
        }
    }

    private static boolean isText(byte[] piece) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(piece));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    @Test
    void pieces_controlTokens_haveNone() {
        try (Tokenizer tokenizer = FixtureTokenizer.open()) {
            int end = tokenizer.idOf("<|endoftext|>").orElseThrow();
            assertThat(tokenizer.pieces().orElseThrow()[end]).isEmpty();
        }
    }

    @Test
    void pieces_decoderWhoseTokensDependOnTheirNeighbours_areUnknown() {
        ObjectNode json = FixtureTokenizer.json();
        json.putObject("decoder").put("type", "WordPiece").put("prefix", "##");
        assertThat(Pieces.of(json, 4096)).isEqualTo(Optional.empty());
        json.putNull("decoder");
        assertThat(Pieces.of(json, 4096)).isEqualTo(Optional.empty());
    }

    private static byte[] join(Tokenizer tokenizer, int[] ids) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        for (int id : ids) {
            joined.writeBytes(tokenizer.pieces().orElseThrow()[id]);
        }
        return joined.toByteArray();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
