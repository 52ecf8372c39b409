package dev.sublinear.load.workload;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;

/** Prompts from a shortest to a longest, each twice as long as the one before, over and over. */
public record LongContextSweep(Prose prose, int shortest, int longest, int answerTokens) implements Workload {
    public LongContextSweep {
        if (shortest < 1 || longest < shortest) {
            throw new IllegalArgumentException(
                    "a sweep needs 1 <= shortest <= longest, was " + shortest + ", " + longest);
        }
    }

    @Override
    public String name() {
        return "long contexts: %d, %d, … %d tokens, answers of %d"
                .formatted(shortest, 2 * shortest, longest, answerTokens);
    }

    @Override
    public List<Ask> draw(int count, long seed, Function<Ask, Golden> alone) {
        Random random = new Random(seed);
        List<Ask> asks = new ArrayList<>();
        for (int length = shortest; asks.size() < count; length = length * 2 > longest ? shortest : length * 2) {
            asks.add(Ask.completion(prose.text(random, length), answerTokens));
        }
        return List.copyOf(asks);
    }
}
