package dev.sublinear.kvcache.scorer;

import ai.djl.ndarray.NDArray;
import dev.sublinear.kvcache.LayerView;
import dev.sublinear.kvcache.Scorer;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Keeps what any of several scorers would keep: they take turns in choosing the best token of a head that they have not chosen
 * yet, and one may have several turns where another has one.
 *
 * <p>A token's score is the largest of {@code 1 − (1 − rank) / turns} over the scorers, where a rank is a share of the tokens
 * held. So what one of them ranks at the top stays, however low the others rank it, which a sum of ranks does not promise.
 *
 * @param choosing at least two scorers, at most one of which remembers anything of tokens, and one of heads
 */
public record BestRankScorer(List<Turns> choosing) implements RankingScorer {

    /** What stands between the names of two members. */
    public static final String OR = "-or-";

    private static final String TIMES = "x";

    /**
     * A scorer that chooses.
     *
     * @param turns how often while each other has as many turns as it is given
     */
    public record Turns(int turns, Scorer scorer) {

        public Turns {
            if (turns < 1 || turns > 100) {
                throw new IllegalArgumentException("turns must be in [1, 100], was " + turns);
            }
        }

        private String text() {
            return (turns == 1 ? "" : turns + TIMES) + scorer.text();
        }
    }

    public BestRankScorer {
        RankingScorer.require(choosing.stream().map(Turns::scorer).toList());
        choosing = List.copyOf(choosing);
    }

    /** A scorer of snap's choice and key-diff's, three turns to one. */
    static BestRankScorer usual() {
        Scorer snap = new SnapScorer(SnapScorer.DEFAULT_QUERIES);
        return new BestRankScorer(List.of(new Turns(3, snap), new Turns(1, new KeyDiffScorer())));
    }

    @Override
    public List<Scorer> members() {
        return choosing.stream().map(Turns::scorer).toList();
    }

    @Override
    public String name() {
        return members().stream().map(Scorer::name).collect(Collectors.joining(OR));
    }

    @Override
    public String text() {
        return choosing.stream().map(Turns::text).collect(Collectors.joining(OR));
    }

    @Override
    public NDArray score(LayerView layer) {
        double[][] ranks = ranks(layer);
        double[] best = new double[ranks[0].length];
        for (int member = 0; member < ranks.length; member++) {
            int turns = choosing.get(member).turns();
            for (int i = 0; i < best.length; i++) {
                best[i] = Math.max(best[i], 1 - (1 - ranks[member][i]) / turns);
            }
        }
        return layer.positions().getManager().create(best, layer.positions().getShape());
    }
}
