package dev.sublinear.kvcache.scorer;

import ai.djl.ndarray.NDArray;
import dev.sublinear.kvcache.LayerView;
import dev.sublinear.kvcache.Scorer;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Keeps the tokens that several scorers rank high: the sum of a token's ranks among those that its head holds, as shares of
 * their number.
 *
 * <p>Borda's count. A token that one scorer ranks first and the other last has the middle of the sum.
 *
 * @param members at least two, at most one of which remembers anything of tokens, and one of heads
 */
public record SumOfRanksScorer(List<Scorer> members) implements RankingScorer {

    /** What stands between the names of two members. */
    public static final String PLUS = "+";

    public SumOfRanksScorer {
        RankingScorer.require(members);
        members = List.copyOf(members);
    }

    @Override
    public String name() {
        return members.stream().map(Scorer::name).collect(Collectors.joining(PLUS));
    }

    @Override
    public String text() {
        return members.stream().map(Scorer::text).collect(Collectors.joining(PLUS));
    }

    @Override
    public NDArray score(LayerView layer) {
        double[][] ranks = ranks(layer);
        double[] sums = new double[ranks[0].length];
        for (double[] ofMember : ranks) {
            for (int i = 0; i < sums.length; i++) {
                sums[i] += ofMember[i];
            }
        }
        return layer.positions().getManager().create(sums, layer.positions().getShape());
    }
}
