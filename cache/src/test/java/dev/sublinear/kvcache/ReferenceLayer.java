package dev.sublinear.kvcache;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/** The slow, obvious twin of {@link LayerCache}: a list of tokens for each head. */
final class ReferenceLayer {

    /** How a scorer learns and ranks, in the twin's terms. */
    interface Rank {
        /** Learns from weights by head, query and slot, and from queries by head. */
        void observe(ReferenceLayer layer, double[][][] weights, float[][][] queries);

        /** Returns a score by head and slot. */
        double[][] scores(ReferenceLayer layer);
    }

    /** The formula of a token's rank. */
    interface Formula {
        double score(Token token, int seen);
    }

    /** Sums attention and ranks by a formula: an independent hand for the scorers that everything else is built on. */
    record Sums(Formula formula) implements Rank {
        @Override
        public void observe(ReferenceLayer layer, double[][][] weights, float[][][] queries) {
            for (int head = 0; head < weights.length; head++) {
                for (double[] query : weights[head]) {
                    for (int slot = 0; slot < query.length; slot++) {
                        layer.heads.get(head).get(slot).tokenState[0] += query[slot];
                    }
                }
            }
        }

        @Override
        public double[][] scores(ReferenceLayer layer) {
            return layer.heads.stream()
                    .map(tokens -> tokens.stream()
                            .mapToDouble(token -> formula.score(token, layer.seen))
                            .toArray())
                    .toArray(double[][]::new);
        }
    }

    /** Any scorer, on arrays made of the twin's lists. */
    record Asked(Scorer scorer, NDManager manager) implements Rank {
        @Override
        public void observe(ReferenceLayer layer, double[][][] weights, float[][][] queries) {
            int heads = weights.length;
            int tokens = weights[0].length;
            float[] flat = new float[heads * tokens * layer.length()];
            for (int head = 0, at = 0; head < heads; head++) {
                for (int query = 0; query < tokens; query++) {
                    for (double weight : weights[head][query]) {
                        flat[at++] = (float) weight;
                    }
                }
            }
            try (NDScope scope = new NDScope()) {
                scope.suppressNotUsedWarning();
                NDArray tokenState = tokenState(layer);
                NDArray headState = headState(layer);
                Shape asking = new Shape(heads, tokens, queries[0][0].length);
                scorer.observe(
                        new ScorerState(tokenState, headState, layer.seen, tokens),
                        new AttentionStep(manager.create(flat, new Shape(heads, tokens, layer.length())))
                                .with(Signal.QUERIES, manager.create(flat(queries), asking)));
                double[] learned = tokenState.toDoubleArray();
                int at = 0;
                for (List<Token> head : layer.heads) {
                    for (Token token : head) {
                        for (int i = 0; i < token.tokenState.length; i++) {
                            token.tokenState[i] = learned[at++];
                        }
                    }
                }
                layer.headState = headState.toDoubleArray();
            }
        }

        @Override
        public double[][] scores(ReferenceLayer layer) {
            int length = layer.length();
            double[][] scores = new double[layer.heads.size()][length];
            try (NDScope scope = new NDScope()) {
                scope.suppressNotUsedWarning();
                double[] flat = scorer.score(view(layer))
                        .toType(DataType.FLOAT64, false)
                        .toDoubleArray();
                for (int head = 0; head < scores.length; head++) {
                    System.arraycopy(flat, head * length, scores[head], 0, length);
                }
            }
            return scores;
        }

        private static float[] flat(float[][][] vectors) {
            float[] flat = new float[vectors.length * vectors[0].length * vectors[0][0].length];
            int at = 0;
            for (float[][] matrix : vectors) {
                for (float[] row : matrix) {
                    System.arraycopy(row, 0, flat, at, row.length);
                    at += row.length;
                }
            }
            return flat;
        }

        private NDArray tokenState(ReferenceLayer layer) {
            int numbers = scorer.stateOfToken();
            double[] flat = layer.heads.stream()
                    .flatMap(List::stream)
                    .flatMapToDouble(token -> Arrays.stream(token.tokenState))
                    .toArray();
            Shape shape = numbers == 1
                    ? new Shape(layer.heads.size(), layer.length())
                    : new Shape(layer.heads.size(), layer.length(), numbers);
            return manager.create(flat, shape);
        }

        private NDArray headState(ReferenceLayer layer) {
            long heads = layer.heads.size();
            return manager.create(layer.headState, new Shape(heads, layer.headState.length / heads));
        }

        private LayerView view(ReferenceLayer layer) {
            float[][][] keys = vectors(layer, true);
            Shape vectors = new Shape(layer.heads.size(), layer.length(), keys[0][0].length);
            int[] places = layer.heads.stream()
                    .flatMap(List::stream)
                    .mapToInt(token -> token.position)
                    .toArray();
            return new ArrayLayer(
                    layer.seen,
                    layer.length(),
                    manager.create(flat(keys), vectors),
                    manager.create(flat(vectors(layer, false)), vectors),
                    tokenState(layer),
                    headState(layer),
                    manager.create(places, new Shape(layer.heads.size(), layer.length())));
        }

        private static float[][][] vectors(ReferenceLayer layer, boolean keys) {
            return layer.heads.stream()
                    .map(head -> head.stream()
                            .map(token -> keys ? token.key : token.value)
                            .toArray(float[][]::new))
                    .toArray(float[][][]::new);
        }
    }

    /** One token in one head. */
    static final class Token {
        final int position;
        final float[] key;
        final float[] value;
        final double[] tokenState;

        Token(int position, float[] key, float[] value, double[] tokenState) {
            this.position = position;
            this.key = key;
            this.value = value;
            this.tokenState = tokenState;
        }

        Token copy() {
            return new Token(position, key, value, tokenState.clone());
        }
    }

    private final EvictionPolicy policy;
    private final Rank rank;
    private final int stateOfToken;
    final List<List<Token>> heads = new ArrayList<>();
    double[] headState;
    int seen;
    int seenAtTrim;

    ReferenceLayer(int kvHeads, int headDim, EvictionPolicy policy, Rank rank) {
        this.policy = policy;
        this.rank = rank;
        this.stateOfToken = policy.stateOfToken();
        this.headState = new double[kvHeads * policy.stateOfHead(headDim)];
        for (int head = 0; head < kvHeads; head++) {
            heads.add(new ArrayList<>());
        }
    }

    /** Returns a copy that goes its own way. */
    ReferenceLayer fork() {
        ReferenceLayer fork = new ReferenceLayer(heads.size(), 1, policy, rank);
        fork.heads.clear();
        heads.forEach(head ->
                fork.heads.add(new ArrayList<>(head.stream().map(Token::copy).toList())));
        fork.headState = headState.clone();
        fork.seen = seen;
        fork.seenAtTrim = seenAtTrim;
        return fork;
    }

    /** Drops the newest tokens. */
    void truncate(int tokens) {
        heads.forEach(head -> head.removeIf(token -> token.position >= tokens));
        seen = tokens;
    }

    /** Takes one token: its key and value for each head. */
    void append(float[][] keys, float[][] values) {
        for (int head = 0; head < heads.size(); head++) {
            heads.get(head).add(new Token(seen, keys[head], values[head], new double[stateOfToken]));
        }
        seen++;
    }

    /** Learns from what the newest tokens attended to, by head, query and slot. */
    void observe(double[][][] weights, float[][][] queries) {
        rank.observe(this, weights, queries);
    }

    int length() {
        return heads.get(0).size();
    }

    /** Evicts down to the budget if there are too many; returns how many each head lost. */
    int trim() {
        int window = policy.window() == 0 ? Integer.MAX_VALUE : policy.window();
        int budget = Math.min(window, policy.budget().budget(seen));
        int evicted = length() - budget;
        if (evicted <= policy.slack()) {
            return 0;
        }
        double[][] scores = policy.chooses() ? rank.scores(this) : new double[heads.size()][length()];
        for (int head = 0; head < heads.size(); head++) {
            List<Token> tokens = heads.get(head);
            int[] positions = tokens.stream().mapToInt(token -> token.position).toArray();
            List<Token> kept = new ArrayList<>();
            for (int slot : slots(scores[head], positions, policy.protection(), seen, budget, seen - window)) {
                kept.add(tokens.get(slot));
            }
            heads.set(head, kept);
        }
        seenAtTrim = seen;
        return evicted;
    }

    /**
     * Sorts by score, then position, and drops from the front what is not protected. What stays keeps its slot, or takes
     * that of one that went.
     */
    static int[] slots(double[] scores, int[] positions, Protection protection, int seen, int keep) {
        return slots(scores, positions, protection, seen, keep, 0);
    }

    /** The same where nothing before a position can be attended to any more: that goes first of all. */
    static int[] slots(double[] scores, int[] positions, Protection protection, int seen, int keep, int firstInside) {
        int length = scores.length;
        List<Integer> evictable = IntStream.range(0, length)
                .filter(slot -> positions[slot] < firstInside || isUnprotected(positions[slot], protection, seen, keep))
                .boxed()
                .sorted(Comparator.<Integer, Boolean>comparing(slot -> positions[slot] >= firstInside)
                        .thenComparingDouble(slot -> positions[slot] < firstInside ? 0 : scores[slot] + 0.0) // not -0.0
                        .thenComparing(slot -> positions[slot]))
                .toList();
        Set<Integer> gone = Set.copyOf(evictable.subList(0, length - keep));
        Iterator<Integer> fromBeyond = IntStream.range(keep, length)
                .filter(slot -> !gone.contains(slot))
                .iterator();
        return IntStream.range(0, keep)
                .map(slot -> gone.contains(slot) ? fromBeyond.next() : slot)
                .toArray();
    }

    private static boolean isUnprotected(int position, Protection protection, int seen, int keep) {
        return position >= protection.sinks()
                && position < seen - protection.recent(keep)
                && (position < protection.pinned().from()
                        || position >= protection.pinned().to());
    }
}
