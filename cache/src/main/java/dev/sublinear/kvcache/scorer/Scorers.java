package dev.sublinear.kvcache.scorer;

import dev.sublinear.kvcache.Scorer;
import java.util.List;
import java.util.stream.Collectors;

/** The register of the scorers that configuration can name. */
public final class Scorers {
    private static final List<Scorer> ALL = List.of(
            new HeavyHitterScorer(),
            new HeavyHitterSumScorer(),
            new DecayScorer(DecayScorer.DEFAULT_DECAY),
            new LastQueryScorer(),
            new RecencyScorer(),
            new KeyNormScorer(),
            new KeyDiffScorer(),
            new RandomScorer(RandomScorer.DEFAULT_SEED));

    private Scorers() {}

    /** Returns every registered scorer. */
    public static List<Scorer> all() {
        return ALL;
    }

    /**
     * Returns the scorer of this name.
     *
     * @throws IllegalArgumentException listing the known names
     */
    public static Scorer named(String name) {
        return ALL.stream()
                .filter(scorer -> scorer.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("scorer must be one of "
                        + ALL.stream().map(Scorer::name).collect(Collectors.joining(", ")) + ", was \"" + name + "\""));
    }
}
