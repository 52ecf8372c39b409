package dev.sublinear.model.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.testing.Seed;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Invariant I9: the stream is the text. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class StreamingDecoderTest {
    private static final String WORLD =
            "The caf\u00e9, \u65e5\u672c\u8a9e, \ud83d\ude00\ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67, \u0928\u092e\u0938\u094d\u0924\u0947 and so on.\n";

    private final Tokenizer tokenizer = FixtureTokenizer.open();
    private final Tokenizer fallback = Tokenizer.of(byteFallback(), 300);

    @AfterAll
    void close() {
        tokenizer.close();
        fallback.close();
    }

    @Test
    void accept_randomIds_joinToTheDecodedText() {
        long seed = Seed.fresh();
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            int[] ids = random.ints(1 + random.nextInt(400), 0, tokenizer.vocabSize())
                    .toArray();

            assertThat(stream(tokenizer, ids)).as("seed " + seed).isEqualTo(tokenizer.decode(ids));
        }
    }

    @Test
    void accept_randomBytes_joinToTheDecodedText() {
        // Ids of single bytes, mostly above 0x7f: nearly nothing is a whole character.
        int[] bytes = singleBytes();
        long seed = Seed.fresh();
        Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            int[] ids = random.ints(1 + random.nextInt(300), 0, bytes.length)
                    .map(i -> bytes[i])
                    .toArray();

            assertThat(stream(tokenizer, ids)).as("seed " + seed).isEqualTo(tokenizer.decode(ids));
        }
    }

    @Test
    void accept_manyScripts_emitsWholeCharactersOnly() {
        for (Tokenizer any : new Tokenizer[] {tokenizer, fallback}) {
            int[] ids = any.encode(WORLD.repeat(20));
            StreamingDecoder decoder = any.streamingDecoder();
            StringBuilder text = new StringBuilder();
            for (int id : ids) {
                String piece = decoder.accept(id);
                assertThat(piece).doesNotContain("\ufffd");
                assertThat(piece.isEmpty() || !Character.isHighSurrogate(piece.charAt(piece.length() - 1)))
                        .isTrue();
                text.append(piece);
            }
            assertThat(text).hasToString(WORLD.repeat(20));
            assertThat(decoder.finish()).isEmpty();
        }
    }

    @Test
    void accept_emojiSplitOverTokens_waitsForTheLastByte() {
        int[] ids = tokenizer.encode("\ud83d\ude00");
        StreamingDecoder decoder = tokenizer.streamingDecoder();

        for (int id : Arrays.copyOf(ids, ids.length - 1)) {
            assertThat(decoder.accept(id)).isEmpty();
        }
        assertThat(decoder.accept(ids[ids.length - 1])).isEqualTo("\ud83d\ude00");
        assertThat(decoder.finish()).isEmpty();
    }

    @Test
    void accept_controlTokenThatIsTold_isItsNameBetweenWholeTexts() {
        int end = tokenizer.idOf("<|endoftext|>").orElseThrow();
        int[] half = tokenizer.encode("\ud83d\ude00");
        StreamingDecoder decoder = tokenizer.streamingDecoder(Set.of(end, half[0]));
        StringBuilder text = new StringBuilder();
        for (int id : tokenizer.encode("One two")) {
            text.append(decoder.accept(id));
        }
        text.append(decoder.accept(end));
        for (int id : tokenizer.encode(" three")) {
            text.append(decoder.accept(id));
        }
        text.append(decoder.accept(half[0])).append(decoder.accept(end)).append(decoder.finish());

        assertThat(text).hasToString("One two<|endoftext|> three\ufffd<|endoftext|>");
    }

    @Test
    void finish_afterHalfACharacter_emitsOneReplacementOnce() {
        int[] ids = tokenizer.encode("\ud83d\ude00");
        StreamingDecoder decoder = tokenizer.streamingDecoder();
        decoder.accept(ids[0]);

        assertThat(decoder.finish()).isEqualTo("\ufffd");
        assertThat(decoder.finish()).isEmpty();
    }

    @Test
    void accept_realReplacementCharacters_areKept() {
        String text = "a\ufffdb" + "\ufffd".repeat(100) + "c\ufffd";

        assertThat(stream(tokenizer, tokenizer.encode(text))).isEqualTo(text);
    }

    @Test
    void accept_controlTokenWithinACharacter_isPassedOver() {
        int control =
                FixtureTokenizer.json().path("added_tokens").path(0).path("id").intValue();
        int[] ids = tokenizer.encode("\ud83d\ude00");
        int[] split = new int[2 * ids.length];
        for (int i = 0; i < ids.length; i++) {
            split[2 * i] = ids[i];
            split[2 * i + 1] = control;
        }
        assertThat(stream(tokenizer, split)).isEqualTo("\ud83d\ude00");
    }

    @Test
    void accept_byteFallbackInOneLongRun_joinsToTheText() {
        String text = "\u65e5\u672c\ud83d\ude00".repeat(100);
        int[] ids = fallback.encode(text);

        assertThat(ids.length).isGreaterThan(text.length());
        assertThat(stream(fallback, ids)).isEqualTo(fallback.decode(ids)).isEqualTo(text);
    }

    @Test
    void accept_wordsAfterAPrefixSpace_keepTheirSpaces() {
        String text = "ab  cd e".repeat(50);

        assertThat(stream(fallback, fallback.encode(text))).isEqualTo(text);
    }

    @Test
    void accept_wrongByteInAFallbackRun_keepsWhatWasEmitted() {
        int[] ids = fallback.encode("a\u65e5\u672cb\u65e5b");
        ids[ids.length - 7] = ids[ids.length - 8];

        assertThat(stream(fallback, ids)).isEqualTo("a\u65e5\ufffd\ufffd\ufffdb\u65e5b");
    }

    @Test
    void accept_randomIdsWithFallback_neverFails() {
        long seed = Seed.fresh();
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            int[] ids = random.ints(200, 0, 300).toArray();

            assertThat(stream(fallback, ids)).as("seed " + seed).isNotEmpty();
        }
    }

    @Test
    void accept_longOutput_takesTimeInProportion() {
        int[] ids = tokenizer.encode(WORLD.repeat(2_000));
        StreamingDecoder decoder = tokenizer.streamingDecoder();
        int longest = 0;
        for (int id : ids) {
            longest = Math.max(longest, decoder.accept(id).length());
        }
        assertThat(ids.length).isGreaterThan(50_000);
        assertThat(longest).isLessThan(64);
    }

    @Test
    void encode_unknownTokenUnderAnotherName_isStillUnknown() {
        assertThat(fallback.encode("<unk><s>")).doesNotContain(0, 1, 2);
    }

    private static String stream(Tokenizer tokenizer, int... ids) {
        StreamingDecoder decoder = tokenizer.streamingDecoder();
        StringBuilder text = new StringBuilder();
        for (int id : ids) {
            text.append(decoder.accept(id));
        }
        return text.append(decoder.finish()).toString();
    }

    /** The ids of the bytes from 0x80 on, found through characters that are spelt with them, and of some letters. */
    private int[] singleBytes() {
        StringBuilder all = new StringBuilder("abc ");
        for (int point = 0x80; point < 0x11_0000; point += 0x11) {
            if (point < 0xd800 || point > 0xdfff) {
                all.appendCodePoint(point);
            }
        }
        return Arrays.stream(tokenizer.encode(all.toString())).distinct().toArray();
    }

    /** A tokenizer as Llama 2 has it: a space before all, and bytes for what it has no letters for. */
    static ObjectNode byteFallback() {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode json = mapper.createObjectNode();
        ArrayNode added = json.putArray("added_tokens");
        ObjectNode model = json.putObject("model");
        model.put("type", "BPE").put("unk_token", "<unk>").put("fuse_unk", true).put("byte_fallback", true);
        ObjectNode vocab = model.putObject("vocab");
        for (String control : new String[] {"<unk>", "<s>", "</s>"}) {
            added.addObject()
                    .put("id", vocab.size())
                    .put("content", control)
                    .put("single_word", false)
                    .put("lstrip", false)
                    .put("rstrip", false)
                    .put("normalized", false)
                    .put("special", true);
            vocab.put(control, vocab.size());
        }
        for (int b = 0; b < 256; b++) {
            vocab.put(String.format("<0x%02X>", b), vocab.size());
        }
        for (char c = 'a'; c <= 'z'; c++) {
            vocab.put(String.valueOf(c), vocab.size());
        }
        vocab.put("\u2581", vocab.size());
        vocab.put("\u2581a", vocab.size());
        model.putArray("merges").add("\u2581 a");
        ArrayNode normalizers =
                json.putObject("normalizer").put("type", "Sequence").putArray("normalizers");
        normalizers.addObject().put("type", "Prepend").put("prepend", "\u2581");
        replace(normalizers.addObject(), " ", "\u2581");
        ArrayNode decoders = json.putObject("decoder").put("type", "Sequence").putArray("decoders");
        replace(decoders.addObject(), "\u2581", " ");
        decoders.addObject().put("type", "ByteFallback");
        decoders.addObject().put("type", "Fuse");
        decoders.addObject()
                .put("type", "Strip")
                .put("content", " ")
                .put("start", 1)
                .put("stop", 0);
        return json;
    }

    private static void replace(ObjectNode step, String what, String with) {
        step.put("type", "Replace").put("content", with).putObject("pattern").put("String", what);
    }
}
