package dev.sublinear.engine.generation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.testing.Seed;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class StopTextsTest {

    @Test
    void accept_noStops_letsAllOut() {
        StopTexts stops = new StopTexts(List.of());
        assertThat(stops.accept("any")).isEqualTo("any");
        assertThat(stops.finish()).isEmpty();
        assertThat(stops.found()).isFalse();
    }

    @Test
    void accept_stopOverSeveralPieces_letsNothingOfItOut() {
        StopTexts stops = new StopTexts(List.of("\n\nEND"));
        assertThat(stops.accept("one\n")).isEqualTo("one");
        assertThat(stops.accept("\nE")).isEmpty();
        assertThat(stops.accept("ND two")).isEmpty();
        assertThat(stops.found()).isTrue();
        assertThat(stops.accept("more")).isEmpty();
        assertThat(stops.finish()).isEmpty();
    }

    @Test
    void accept_beginningThatDoesNotGoOn_comesOutLater() {
        StopTexts stops = new StopTexts(List.of("aab"));
        assertThat(stops.accept("aa")).isEmpty();
        assertThat(stops.accept("a")).isEqualTo("a");
        assertThat(stops.accept("c")).isEqualTo("aac");
    }

    @Test
    void finish_beginningHeldBack_returnsIt() {
        StopTexts stops = new StopTexts(List.of("END"));
        assertThat(stops.accept("the EN")).isEqualTo("the ");
        assertThat(stops.finish()).isEqualTo("EN");
    }

    @Test
    void accept_randomTextsInRandomPieces_equalsCuttingTheWhole() {
        for (long seed : Seed.each(2_000)) {
            Random random = new Random(seed);
            List<String> texts = List.of(word(random, 1 + random.nextInt(4)), word(random, 1 + random.nextInt(4)));
            String whole = word(random, random.nextInt(30));
            StopTexts stops = new StopTexts(texts);
            StringBuilder out = new StringBuilder();
            for (int at = 0; at < whole.length(); ) {
                int end = Math.min(whole.length(), at + 1 + random.nextInt(4));
                out.append(stops.accept(whole.substring(at, end)));
                at = end;
            }
            out.append(stops.finish());
            // How far it gets depends on the pieces where one stop text begins within another; that none leaks does
            // not.
            assertThat(whole).as("seed %s", seed).startsWith(out.toString());
            texts.forEach(text -> assertThat(out.toString()).doesNotContain(text));
            assertThat(stops.found())
                    .as("seed %s", seed)
                    .isEqualTo(texts.stream().anyMatch(whole::contains));
        }
    }

    private static String word(Random random, int length) {
        return random.ints(length, 0, 2).mapToObj(bit -> bit == 0 ? "a" : "b").collect(Collectors.joining());
    }
}
