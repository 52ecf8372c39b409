package dev.sublinear.model.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class ByteTokenizerTest {

    @Test
    void encode_anyText_isItsBytes() {
        try (Tokenizer tokenizer = ByteTokenizer.open(300)) {
            String text = "naïve <270> <|user|> 猫";
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);

            int[] ids = tokenizer.encode(text);

            assertThat(ids).hasSize(bytes.length);
            for (int i = 0; i < ids.length; i++) {
                assertThat(ids[i]).isEqualTo(ByteTokenizer.FIRST_BYTE + Byte.toUnsignedInt(bytes[i]));
            }
            assertThat(tokenizer.decode(ids)).isEqualTo(text);
        }
    }

    @Test
    void decode_rowsBeyondTheBytes_areShown() {
        try (Tokenizer tokenizer = ByteTokenizer.open(300)) {
            assertThat(tokenizer.vocabSize()).isEqualTo(300);
            assertThat(tokenizer.decode(ByteTokenizer.FIRST_BYTE + 'a', 260, 299))
                    .isEqualTo("a<260><299>");
            StreamingDecoder decoder = tokenizer.streamingDecoder();
            assertThat(decoder.accept(270)).isEqualTo("<270>");
        }
    }
}
