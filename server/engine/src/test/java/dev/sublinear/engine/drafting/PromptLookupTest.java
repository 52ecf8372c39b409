package dev.sublinear.engine.drafting;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.testing.Seed;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class PromptLookupTest {

    private static int[] draft(int wanted, int... text) {
        return new PromptLookup().draft(text, text.length, wanted);
    }

    @Test
    void draft_endThatCameBefore_isWhatFollowedThere() {
        assertThat(draft(3, 1, 2, 3, 4, 5, 6, 7, 1, 2, 3)).containsExactly(4, 5, 6);
    }

    @Test
    void draft_endThatCameTwice_isWhatFollowedLast() {
        assertThat(draft(1, 1, 2, 3, 4, 1, 2, 3, 5, 1, 2, 3)).containsExactly(5);
    }

    @Test
    void draft_longerEndEarlier_winsOverAShorterOneLater() {
        assertThat(draft(1, 1, 2, 3, 4, 9, 2, 3, 5, 1, 2, 3)).containsExactly(4);
    }

    @Test
    void draft_textThatRepeatsItself_goesOnRepeatingBeyondItsEnd() {
        assertThat(draft(7, 8, 1, 2, 1, 2)).containsExactly(1, 2, 1, 2, 1, 2, 1);
    }

    @Test
    void draft_newEndOrTooLittleText_isEmpty() {
        assertThat(draft(5, 1, 2, 3, 4, 5, 6)).isEmpty();
        assertThat(draft(5, 1)).isEmpty();
        assertThat(draft(5, 1, 1)).isEmpty();
    }

    @Test
    void draft_aTextAsItGrows_isThatOfASearchThroughIt() {
        for (long seed : Seed.each(200)) {
            Random random = new Random(seed);
            int[] text = random.ints(2_000, 0, 2 + random.nextInt(60)).toArray();
            PromptLookup lookup = new PromptLookup();
            for (int length = 1; length <= text.length; length += 1 + random.nextInt(9)) {
                int wanted = 1 + random.nextInt(15);
                assertThat(lookup.draft(text, length, wanted))
                        .as("after %s tokens, seed %s", length, seed)
                        .isEqualTo(searched(text, length, wanted));
            }
        }
    }

    private static int[] searched(int[] text, int length, int wanted) {
        for (int n = 3; n >= 2; n--) {
            for (int place = length - 1; place >= n; place--) {
                if (Arrays.equals(text, place - n, place, text, length - n, length)) {
                    int[] all = Arrays.copyOf(text, length + wanted);
                    for (int i = 0; i < wanted; i++) {
                        all[length + i] = all[place + i];
                    }
                    return Arrays.copyOfRange(all, length, length + wanted);
                }
            }
        }
        return new int[0];
    }
}
