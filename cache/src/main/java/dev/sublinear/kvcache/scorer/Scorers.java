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
            new LastQueriesScorer(LastQueriesScorer.DEFAULT_QUERIES),
            new RkvScorer(RkvScorer.DEFAULT_SHARE),
            new ValueAwareScorer(new HeavyHitterScorer()),
            new ExpectedAttentionScorer(ExpectedAttentionScorer.DEFAULT_DECAY),
            new RecencyScorer(),
            new KeyNormScorer(),
            new KeyDiffScorer(),
            new RandomScorer(RandomScorer.DEFAULT_SEED));

    private Scorers() {}

    /** Returns every registered scorer. */
    public static List<Scorer> all() {
        return ALL;
    }

    /** Returns the names of all registered scorers, for a message. */
    public static String names() {
        return ALL.stream().map(Scorer::name).collect(Collectors.joining(", "));
    }

    /**
     * Returns the scorer of this name; behind {@link ValueAwareScorer#PREFIX} any that reads attention weights may stand.
     *
     * @throws IllegalArgumentException listing the known names
     */
    public static Scorer named(String name) {
        if (name.startsWith(ValueAwareScorer.PREFIX)) {
            return new ValueAwareScorer(named(name.substring(ValueAwareScorer.PREFIX.length())));
        }
        return ALL.stream()
                .filter(scorer -> scorer.name().equals(name))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException("scorer must be one of " + names() + ", was \"" + name + "\""));
    }
}
