package dev.sublinear.load.workload;

import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;

/** Many questions about one document, which every prompt begins with. */
public record SharedPrefix(Prose prose, int prefixTokens, int questionTokens, int answerTokens) implements Workload {

    @Override
    public String name() {
        return "shared prefix: %d tokens, then %d of its own, answers of %d"
                .formatted(prefixTokens, questionTokens, answerTokens);
    }

    @Override
    public List<Ask> draw(int count, long seed, Function<Ask, Golden> alone) {
        Random random = new Random(seed);
        String prefix = prose.text(random, prefixTokens);
        return Stream.generate(() -> Ask.completion(prefix + prose.text(random, questionTokens), answerTokens))
                .limit(count)
                .toList();
    }
}
