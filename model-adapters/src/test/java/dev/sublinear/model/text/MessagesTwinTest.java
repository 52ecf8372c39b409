package dev.sublinear.model.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.testing.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The whole way from messages to ids, beside one that has nothing in common with it. */
final class MessagesTwinTest {
    private static final int TOKENIZERS = 120;
    private static final int REQUESTS = 12;

    @Test
    void encode_anyRequest_isWhatTheTwinMakesOfIt() {
        long seed = Seed.fresh();
        int taken = 0;
        for (int i = 0; i < TOKENIZERS; i++) {
            taken += requests(seed + i);
        }
        assertThat(taken).as("seed " + seed).isGreaterThan(TOKENIZERS * REQUESTS / 2);
    }

    private static int requests(long seed) {
        Random random = new Random(seed);
        RandomTokenizer twin = new RandomTokenizer(seed);
        List<String> templates = MessagesFuzzer.templates();
        int taken = 0;
        try (Tokenizer tokenizer = twin.open()) {
            for (int i = 0; i < REQUESTS; i++) {
                String source = random.nextInt(3) == 0
                        ? templates.get(random.nextInt(templates.size()))
                        : new RandomTemplate(random, twin).source();
                List<String> texts = texts(random, twin);
                try {
                    taken += MessagesFuzzer.compare(twin, tokenizer, source, random.nextInt(16), texts) ? 1 : 0;
                } catch (IllegalStateException e) {
                    throw new AssertionError(
                            "seed " + seed + ", control tokens " + twin.control() + ", others " + twin.found()
                                    + ", template " + source,
                            e);
                }
            }
        }
        return taken;
    }

    private static List<String> texts(Random random, RandomTokenizer tokenizer) {
        List<String> tokens = tokenizer.longestFirst();
        List<String> texts = new ArrayList<>();
        for (int i = random.nextInt(2) * 2; i >= 0; i--) {
            StringBuilder text = new StringBuilder();
            for (int part = random.nextInt(6); part > 0; part--) {
                text.append(
                        switch (random.nextInt(4)) {
                            case 0 -> tokens.get(random.nextInt(tokens.size()));
                            case 1 -> Integer.toString(random.nextInt(300));
                            case 2 -> Character.toString(1 + random.nextInt(0x1ffff));
                            default -> RandomTokenizer.PIECES.get(random.nextInt(RandomTokenizer.PIECES.size()));
                        });
            }
            texts.add(text.toString());
        }
        return texts;
    }
}
