package dev.sublinear.load.workload;

import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;

/** Completions whose prompts and answers are as unequal as those of people: log-normal, cut at a largest. */
public record LogNormalLengths(Prose prose, Length prompt, Length answer) implements Workload {

    /**
     * A length in tokens.
     *
     * @param sigma of its logarithm: at 1, one of six is beyond 2.7 medians
     */
    public record Length(int median, double sigma, int most) {
        public Length {
            if (median < 1 || most < median || !(sigma >= 0)) {
                throw new IllegalArgumentException("a length needs 1 <= median <= most and sigma >= 0, was " + median
                        + ", " + most + ", " + sigma);
            }
        }

        int draw(Random random) {
            double length = median * Math.exp(sigma * random.nextGaussian());
            return (int) Math.max(1, Math.min(most, Math.round(length)));
        }

        @Override
        public String toString() {
            return "median %d, σ %s, at most %d".formatted(median, sigma, most);
        }
    }

    @Override
    public String name() {
        return "log-normal: prompts " + prompt + ", answers " + answer;
    }

    @Override
    public List<Ask> draw(int count, long seed, Function<Ask, Golden> alone) {
        Random random = new Random(seed);
        return Stream.generate(() -> Ask.completion(prose.text(random, prompt.draw(random)), answer.draw(random)))
                .limit(count)
                .toList();
    }
}
