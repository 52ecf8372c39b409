package dev.sublinear.model.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.testing.Seed;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Row G19 of the threats: what a text costs at least is known before it is split. */
final class LeastTokensTest {
    private static final List<String> PARTS = List.of(
            " ",
            "  ",
            "\n",
            "\t",
            "\u00a0",
            "\u3000",
            "\u2581",
            "\u2581\u2581\u2581",
            "the",
            " quick",
            "ing",
            "0",
            "2026",
            "<|user|>",
            "<s>",
            "\u00e9",
            "e\u0301",
            "\u1100\u1161\u11a8",
            "\u03b1\u0313\u0301\u0345",
            "\u732b",
            "\u7684\u4e00",
            "\ud83d\ude00",
            "\u0000",
            "====",
            "control-");

    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(40); i >= 0; i--) {
            String part = random.nextInt(5) == 0
                    ? Character.toString(random.nextInt(Character.MIN_SURROGATE))
                    : PARTS.get(random.nextInt(PARTS.size()));
            text.append(part.repeat(1 + random.nextInt(3)));
        }
        return text.toString();
    }

    private static void requireBound(Tokenizer tokenizer, long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 500; i++) {
            String text = text(random);
            assertThat(tokenizer.leastTokens(text))
                    .as("seed %s: \"%s\"", seed, text)
                    .isLessThanOrEqualTo(tokenizer.encode(text).length);
        }
    }

    @Test
    void g19_leastTokens_neverMoreThanThereAre() {
        for (long seed : Seed.each(20)) {
            try (Tokenizer random = new RandomTokenizer(seed).open()) {
                requireBound(random, seed);
            }
        }
        long seed = Seed.fresh();
        try (Tokenizer fixture = FixtureTokenizer.open();
                Tokenizer composing = Tokenizer.of(composing(), ByteTokenizer.VOCABULARY);
                Tokenizer fallback = Tokenizer.of(StreamingDecoderTest.byteFallback(), 300)) {
            requireBound(fixture, seed);
            requireBound(composing, seed);
            requireBound(fallback, seed);
        }
    }

    private static ObjectNode composing() {
        ObjectNode json = ByteTokenizer.json();
        json.putObject("normalizer").put("type", "NFC");
        return json;
    }

    @Test
    void g19_textThatNoTokenIsLongFor_countsNearlyWhatItHas() {
        try (Tokenizer bytes = ByteTokenizer.open(ByteTokenizer.VOCABULARY);
                Tokenizer fixture = FixtureTokenizer.open()) {
            String letters = "\u7684\u4e00\u662f\u4e0d".repeat(1_000);
            assertThat(bytes.leastTokens(letters)).isEqualTo(bytes.encode(letters).length);
            assertThat(fixture.leastTokens(letters)).isGreaterThan(fixture.encode(letters).length * 9L / 10);
        }
    }

    @Test
    void g19_tokenizerThatDropsText_countsNothing() {
        ObjectNode json = ByteTokenizer.json();
        json.putObject("normalizer")
                .put("type", "Strip")
                .put("strip_left", true)
                .put("strip_right", true);
        try (Tokenizer dropping = Tokenizer.of(json, ByteTokenizer.VOCABULARY)) {
            assertThat(dropping.leastTokens("abc")).isZero();
            dropping.requireAtMost(1, "abc");
        }
    }

    @Test
    void g19_requireAtMost_saysHowManyThereAre() {
        try (Tokenizer bytes = ByteTokenizer.open(ByteTokenizer.VOCABULARY)) {
            bytes.requireAtMost(3, "abc");
            assertThatExceptionOfType(TooManyTokensException.class)
                    .isThrownBy(() -> bytes.requireAtMost(2, "abc"))
                    .withMessage("text must have at most 2 tokens, has at least 3");
        }
    }
}
