package dev.sublinear.kvcache.scorer;

import ai.djl.ndarray.types.DataType;
import dev.sublinear.kvcache.AttentionStep;
import dev.sublinear.kvcache.LayerView;
import dev.sublinear.kvcache.Scorer;
import dev.sublinear.kvcache.ScorerState;
import dev.sublinear.kvcache.Signal;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.ToIntFunction;

/**
 * A scorer of the ranks that other scorers give: scores of different kinds cannot be compared, their ranks can. A scorer ranks
 * float32, and of equal scores the older token's as the lower. At most one of the others remembers anything of tokens, and one
 * of heads.
 */
interface RankingScorer extends Scorer {

    /** The other scorers. */
    List<Scorer> members();

    /**
     * Checks the other scorers.
     *
     * @throws IllegalArgumentException if these are too few, or remember what only one of them may
     */
    static void require(List<Scorer> members) {
        if (members.size() < 2) {
            throw new IllegalArgumentException("ranks must be those of at least two scorers, were of " + members);
        }
        requireOne(members, "tokens", Scorer::stateOfToken);
        requireOne(members, "heads", scorer -> scorer.stateOfHead(1));
    }

    private static void requireOne(List<Scorer> members, String what, ToIntFunction<Scorer> state) {
        List<String> remembering = members.stream()
                .filter(member -> state.applyAsInt(member) > 0)
                .map(Scorer::text)
                .toList();
        if (remembering.size() > 1) {
            throw new IllegalArgumentException("only one scorer of several may remember anything of " + what
                    + ", these do: " + String.join(", ", remembering));
        }
    }

    @Override
    default Set<Signal> needs() {
        Set<Signal> needs = EnumSet.noneOf(Signal.class);
        members().forEach(member -> needs.addAll(member.needs()));
        return needs;
    }

    @Override
    default int stateOfToken() {
        return members().stream().mapToInt(Scorer::stateOfToken).sum();
    }

    @Override
    default int stateOfHead(int headDim) {
        return members().stream()
                .mapToInt(member -> member.stateOfHead(headDim))
                .sum();
    }

    @Override
    default int queries() {
        return members().stream().mapToInt(Scorer::queries).max().orElse(0);
    }

    @Override
    default boolean sumsAttention() {
        List<Scorer> observing =
                members().stream().filter(member -> !member.needs().isEmpty()).toList();
        return observing.size() == 1 && observing.get(0).sumsAttention();
    }

    @Override
    default void observe(ScorerState state, AttentionStep step) {
        for (Scorer member : members()) {
            if (!member.needs().isEmpty()) {
                member.observe(state, step);
            }
        }
    }

    /**
     * Returns the ranks that each member gives the tokens of a head, from zero for the lowest, as shares of their number; one head
     * after the other.
     */
    default double[][] ranks(LayerView layer) {
        int length = layer.length();
        int[] positions = layer.positions().toIntArray();
        int[][] byAge = new int[positions.length / length][];
        Arrays.setAll(byAge, head -> Order.byAge(positions, head * length, length));
        double[][] ranks = new double[members().size()][positions.length];
        for (int member = 0; member < ranks.length; member++) {
            float[] scores = scores(members().get(member), layer);
            for (int[] tokens : byAge) {
                int[] order = Order.byScore(scores, tokens);
                for (int rank = 0; rank < length; rank++) {
                    ranks[member][order[rank]] = (double) rank / length;
                }
            }
        }
        return ranks;
    }

    private static float[] scores(Scorer member, LayerView layer) {
        float[] scores = member.score(new WithNewestQueries(layer, member.queries()))
                .toType(DataType.FLOAT32, false)
                .toFloatArray();
        for (float score : scores) {
            if (!Float.isFinite(score)) { // a rank would hide it
                throw new IllegalStateException("scorer " + member.text() + " must return finite scores, was " + score);
            }
        }
        return scores;
    }
}
