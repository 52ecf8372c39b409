package dev.sublinear.kvcache.scorer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
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
import java.util.stream.Collectors;

/**
 * Keeps the tokens that several scorers rank high: the sum of a token's ranks among those that its head holds, as shares of
 * their number.
 *
 * <p>Borda's count. Scores of different kinds cannot be added, their ranks can: a token that one scorer ranks first and the
 * other last has the middle of the sum. A scorer ranks float32, and of equal scores the older token's as the lower.
 *
 * @param members at least two, at most one of which remembers anything of tokens, and one of heads
 */
public record SumOfRanksScorer(List<Scorer> members) implements Scorer {

    /** What stands between the names of two members. */
    public static final String PLUS = "+";

    public SumOfRanksScorer {
        if (members.size() < 2) {
            throw new IllegalArgumentException("a sum of ranks must have at least two scorers, was " + members);
        }
        members = List.copyOf(members);
        requireOne(members, "tokens", Scorer::stateOfToken);
        requireOne(members, "heads", scorer -> scorer.stateOfHead(1));
    }

    private static void requireOne(List<Scorer> members, String what, ToIntFunction<Scorer> state) {
        List<String> remembering = members.stream()
                .filter(member -> state.applyAsInt(member) > 0)
                .map(Scorer::text)
                .toList();
        if (remembering.size() > 1) {
            throw new IllegalArgumentException("only one scorer of a sum of ranks may remember anything of " + what
                    + ", these do: " + String.join(", ", remembering));
        }
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
    public Set<Signal> needs() {
        Set<Signal> needs = EnumSet.noneOf(Signal.class);
        members.forEach(member -> needs.addAll(member.needs()));
        return needs;
    }

    @Override
    public int stateOfToken() {
        return members.stream().mapToInt(Scorer::stateOfToken).sum();
    }

    @Override
    public int stateOfHead(int headDim) {
        return members.stream().mapToInt(member -> member.stateOfHead(headDim)).sum();
    }

    @Override
    public int queries() {
        return members.stream().mapToInt(Scorer::queries).max().orElse(0);
    }

    @Override
    public boolean sumsAttention() {
        List<Scorer> observing =
                members.stream().filter(member -> !member.needs().isEmpty()).toList();
        return observing.size() == 1 && observing.get(0).sumsAttention();
    }

    @Override
    public void observe(ScorerState state, AttentionStep step) {
        for (Scorer member : members) {
            if (!member.needs().isEmpty()) {
                member.observe(state, step);
            }
        }
    }

    @Override
    public NDArray score(LayerView layer) {
        Shape shape = layer.positions().getShape();
        int length = layer.length();
        int[] positions = layer.positions().toIntArray();
        int heads = positions.length / length;
        int[][] byAge = new int[heads][];
        Arrays.setAll(byAge, head -> Order.byAge(positions, head * length, length));
        double[] sums = new double[positions.length];
        for (Scorer member : members) {
            float[] scores = member.score(new WithNewestQueries(layer, member.queries()))
                    .toType(DataType.FLOAT32, false)
                    .toFloatArray();
            requireFinite(member, scores);
            for (int[] tokens : byAge) {
                int[] order = Order.byScore(scores, tokens);
                for (int rank = 0; rank < length; rank++) {
                    sums[order[rank]] += (double) rank / length;
                }
            }
        }
        return layer.positions().getManager().create(sums, shape);
    }

    /** A rank would hide it. */
    private static void requireFinite(Scorer member, float[] scores) {
        for (float score : scores) {
            if (!Float.isFinite(score)) {
                throw new IllegalStateException("scorer " + member.text() + " must return finite scores, was " + score);
            }
        }
    }
}
