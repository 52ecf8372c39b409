package dev.sublinear.kvcache.scorer;

import dev.sublinear.kvcache.Scorer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The register of the scorers that configuration can name. */
public final class Scorers {
    /** What holds where nothing else is configured, chosen on SmolLM2: three choices in four are snap's, the fourth is key-diff's. */
    public static final Scorer DEFAULT = BestRankScorer.usual();

    private static final List<Scorer> ALL = List.of(
            new HeavyHitterScorer(),
            new HeavyHitterSumScorer(),
            new DecayScorer(DecayScorer.DEFAULT_DECAY),
            new LastQueryScorer(),
            new LastQueriesScorer(LastQueriesScorer.DEFAULT_QUERIES),
            new RkvScorer(RkvScorer.DEFAULT_SHARE),
            new ValueAwareScorer(new HeavyHitterScorer()),
            new ExpectedAttentionScorer(ExpectedAttentionScorer.DEFAULT_DECAY),
            new SnapScorer(SnapScorer.DEFAULT_QUERIES),
            new SumOfRanksScorer(List.of(new SnapScorer(SnapScorer.DEFAULT_QUERIES), new KeyDiffScorer())),
            DEFAULT,
            new RecencyScorer(),
            new KeyNormScorer(),
            new KeyDiffScorer(),
            new RandomScorer(RandomScorer.DEFAULT_SEED));

    /** Scorers that have a number to choose; what they are registered with is its default. */
    private static final Map<String, Function<String, Scorer>> TUNABLE = Map.of(
            "decay", text -> new DecayScorer(Double.parseDouble(text)),
            "last-queries", text -> new LastQueriesScorer(Integer.parseInt(text)),
            "r-kv", text -> new RkvScorer(Double.parseDouble(text)),
            "expected-attention", text -> new ExpectedAttentionScorer(Double.parseDouble(text)),
            "snap", text -> new SnapScorer(Integer.parseInt(text)),
            "random", text -> new RandomScorer(Long.parseLong(text)));

    private static final Pattern TURNS = Pattern.compile("([0-9]{1,3})x(.+)");

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
     * Returns the scorer of this name; behind {@link ValueAwareScorer#PREFIX} any that reads attention weights may stand, and
     * behind decay, last-queries, r-kv, expected-attention, snap and random a colon and their number, as in {@code decay:0.98}.
     * Names joined by {@link SumOfRanksScorer#PLUS} are the sum of their ranks, as in {@code snap:32+key-diff}, those joined by {@link
     * BestRankScorer#OR} the best of them, with a number of turns, as in {@code 3xsnap-or-key-diff}; {@code snap-or-key-diff} is
     * short for this.
     *
     * @throws IllegalArgumentException listing the known names, or saying what is wrong with the number
     */
    public static Scorer named(String name) {
        Optional<Scorer> known =
                ALL.stream().filter(scorer -> scorer.name().equals(name)).findFirst();
        if (known.isPresent()) {
            return known.get();
        }
        if (name.contains(BestRankScorer.OR)) {
            return new BestRankScorer(Stream.of(name.split(BestRankScorer.OR, -1))
                    .map(Scorers::turns)
                    .toList());
        }
        if (name.contains(SumOfRanksScorer.PLUS)) {
            return new SumOfRanksScorer(Stream.of(name.split(Pattern.quote(SumOfRanksScorer.PLUS), -1))
                    .map(Scorers::named)
                    .toList());
        }
        if (name.startsWith(ValueAwareScorer.PREFIX)) {
            return new ValueAwareScorer(named(name.substring(ValueAwareScorer.PREFIX.length())));
        }
        int colon = name.indexOf(':');
        if (colon >= 0) {
            return tuned(name.substring(0, colon), name.substring(colon + 1));
        }
        throw new IllegalArgumentException("scorer must be one of " + names() + ", was \"" + name + "\"");
    }

    /** Reads a scorer with a number of turns before it, as in {@code 3xsnap:32}; without one it has one turn. */
    private static BestRankScorer.Turns turns(String text) {
        Matcher turns = TURNS.matcher(text);
        return turns.matches()
                ? new BestRankScorer.Turns(Integer.parseInt(turns.group(1)), named(turns.group(2)))
                : new BestRankScorer.Turns(1, named(text));
    }

    private static Scorer tuned(String name, String number) {
        Function<String, Scorer> tune = TUNABLE.get(name);
        if (tune == null) {
            throw new IllegalArgumentException("scorer must be one of " + names() + ", and only "
                    + String.join(", ", new TreeSet<>(TUNABLE.keySet())) + " take a number, was \"" + name + ":"
                    + number
                    + "\"");
        }
        try {
            return tune.apply(number);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("scorer " + name + " must be given a number, was \"" + number + "\"", e);
        }
    }
}
