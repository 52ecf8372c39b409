package dev.sublinear.engine.constraint.regex;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sublinear.engine.constraint.automaton.Dfa;
import dev.sublinear.engine.constraint.automaton.Spelling;
import dev.sublinear.engine.constraint.limits.CompileBudget;
import dev.sublinear.engine.constraint.limits.ConstraintLimits;
import dev.sublinear.testing.Seed;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Automata against java.util.regex, which backtracks. */
final class RegexParserTest {
    private static final String LETTERS = "aab1 .-\\\"\n\u00e9\u732b\ud83d\ude00";

    private static Dfa automaton(String pattern) throws RegexException {
        return RegexParser.parse(pattern).automaton(new CompileBudget(ConstraintLimits.DEFAULT));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a",
                "^a",
                "a$",
                "^a$",
                "^(a|b)*1$",
                "^a+b?$",
                "^[^a]{2,4}$",
                "a.b",
                "^\\w+\\s\\w+$",
                "^\\D*$",
                "\\.",
                "^(?:a|b1){2,}$",
                "^(?<n>a)|b$",
                "^[a-b1\\-]+$",
                "^\\\\$",
                "\"",
                "^[\\s\\S]*$",
                "^\\u00e9|\u732b$",
                "^(|a)b$",
                "^a{0}$",
                "^a{3}$",
                "^[\u00e9-\ud83d\ude00]+$",
                "^\\x61\\n$",
                "(a+)+b",
                "^a*?b??$",
                "^$",
                ""
            })
    void matches_randomTexts_agreesWithJava(String pattern) throws RegexException {
        Dfa automaton = automaton(pattern);
        Pattern java = Pattern.compile(pattern);
        int[] letters = LETTERS.codePoints().toArray();
        long seed = Seed.or(3);
        Random random = new Random(seed);
        for (int round = 0; round < 3_000; round++) {
            StringBuilder text = new StringBuilder();
            for (int length = random.nextInt(6); length > 0; length--) {
                text.appendCodePoint(letters[random.nextInt(letters.length)]);
            }
            boolean endsLine = text.toString().endsWith("\n"); // before which Java's $ matches, too
            if (!endsLine) {
                assertThat(automaton.matches(Spelling.of(text.toString())))
                        .as("seed %s, %s in %s", seed, pattern, text)
                        .isEqualTo(java.matcher(text).find());
            }
        }
    }

    @Test
    void matches_everyCharacter_isSpelledOnce() {
        Dfa any = new Regex.Chars(Spelling.spellable()).automaton(new CompileBudget(ConstraintLimits.DEFAULT));
        for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
            boolean spellable = (c >= ' ' || "\b\f\n\r\t".indexOf(c) >= 0)
                    && (c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE);
            if (spellable) {
                assertThat(any.matches(Spelling.of(Character.toString(c))))
                        .as("U+%04X", c)
                        .isTrue();
            }
        }
        assertThat(any.matches("\"".getBytes(StandardCharsets.UTF_8))).isFalse();
        assertThat(any.matches("\\u0061".getBytes(StandardCharsets.UTF_8))).isFalse();
        assertThat(any.matches(new byte[] {(byte) 0xc0, (byte) 0x80})).isFalse();
        assertThat(any.matches(new byte[] {(byte) 0xed, (byte) 0xa0, (byte) 0x80}))
                .isFalse();
        assertThat(any.matches(new byte[] {(byte) 0xf4, (byte) 0x90, (byte) 0x80, (byte) 0x80}))
                .isFalse();
        assertThat(any.matches(new byte[] {'\n'})).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(",
                ")",
                "a)",
                "[",
                "[a",
                "*",
                "a**",
                "a{",
                "a{1",
                "a{2,1}",
                "\\",
                "\\1",
                "\\b",
                "\\p{L}",
                "(?=a)",
                "(?!a)",
                "(?<=a)",
                "(?i)a",
                "a^",
                "(a$)",
                "$a",
                "[b-a]",
                "[\\d-z]",
                "\\u12",
                "\\c",
                "[[:alpha:]]",
                "[a&&b]",
                "(?<n"
            })
    void parse_malformedOrNotRegular_isRefusedSayingWhere(String pattern) {
        assertThatThrownBy(() -> RegexParser.parse(pattern))
                .isInstanceOf(RegexException.class)
                .hasMessageMatching("(?s).+, at index \\d+");
    }
}
