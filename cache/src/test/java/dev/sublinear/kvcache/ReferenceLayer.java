package dev.sublinear.kvcache;

import static dev.sublinear.kvcache.KvShape.BLOCK;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/** The slow, obvious twin of {@link LayerCache}: a list of tokens for each head. */
final class ReferenceLayer {

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

    /**
     * The query of a token.
     *
     * @param ofHeads for each key-value head, the numbers of its query heads, one query head after the other
     */
    @SuppressWarnings("ArrayRecordComponent") // read, never compared
    record Query(int position, float[][] ofHeads) {}

    private final KvShape shape;
    private final EvictionPolicy policy;
    private final int layer;
    private final ReferenceRank rank;
    final List<List<Token>> heads = new ArrayList<>();
    final List<double[]> headState = new ArrayList<>();
    final List<Query> queries = new ArrayList<>();
    int seen;
    int seenAtTrim;

    ReferenceLayer(KvShape shape, EvictionPolicy policy, int layer, ReferenceRank rank) {
        this.shape = shape;
        this.policy = policy;
        this.layer = layer;
        this.rank = rank;
        for (int head = 0; head < shape.kvHeads(); head++) {
            heads.add(new ArrayList<>());
            headState.add(new double[own().stateOfHead(shape.headDim())]);
        }
    }

    private LayerPolicy own() {
        return shape.policy(policy, layer);
    }

    /** Returns a copy that goes its own way. */
    ReferenceLayer fork() {
        ReferenceLayer fork = new ReferenceLayer(shape, policy, layer, rank);
        for (int head = 0; head < heads.size(); head++) {
            fork.heads.set(
                    head,
                    new ArrayList<>(heads.get(head).stream().map(Token::copy).toList()));
            fork.headState.set(head, headState.get(head).clone());
        }
        fork.queries.addAll(queries);
        fork.seen = seen;
        fork.seenAtTrim = seenAtTrim;
        return fork;
    }

    /** Drops the newest tokens. */
    void truncate(int tokens) {
        heads.forEach(head -> head.removeIf(token -> token.position >= tokens));
        queries.removeIf(query -> query.position() >= tokens);
        seen = tokens;
    }

    /** Takes one token: its key, value and query for each head. */
    void append(float[][] keys, float[][] values, float[][] query) {
        for (int head = 0; head < heads.size(); head++) {
            double[] tokenState = new double[own().stateOfToken()];
            heads.get(head).add(new Token(seen, keys[head], values[head], tokenState));
        }
        queries.add(new Query(seen, query));
        if (queries.size() > own().queries()) {
            queries.remove(0);
        }
        seen++;
    }

    /**
     * Learns from what the newest tokens attended to.
     *
     * @param weights by head, query and slot
     * @param asked by token and head
     */
    void observe(double[][][] weights, float[][][] asked) {
        if (!own().needs().isEmpty()) {
            rank.observe(this, weights, asked);
        }
    }

    int length(int head) {
        return heads.get(head).size();
    }

    private boolean isByHead() {
        return policy.budget().isByHead();
    }

    /** Returns which heads a scorer is shown together. */
    List<List<Integer>> views() {
        List<Integer> all = IntStream.range(0, heads.size()).boxed().toList();
        return isByHead() ? all.stream().map(List::of).toList() : List.of(all);
    }

    /** Whether a head has outgrown its budget. */
    boolean isTrimDue() {
        int interval = Math.max(BLOCK, blocks(policy.slack()));
        return isByHead() ? seen % interval == 0 && anyLonger(0) : anyLonger(policy.slack());
    }

    private boolean anyLonger(int slack) {
        return IntStream.range(0, heads.size()).anyMatch(head -> length(head) > keep(head) + slack);
    }

    private int keep(int head) {
        int budget = Math.min(window(), policy.budget().forHead(layer, head).budget(seen));
        return isByHead() ? blocks(budget) : budget;
    }

    private int window() {
        int window = shape.windows().get(layer);
        return window == 0 ? Integer.MAX_VALUE : window;
    }

    private static int blocks(int tokens) {
        return (tokens / BLOCK + (tokens % BLOCK == 0 ? 0 : 1)) * BLOCK;
    }

    /** Evicts down to the budgets if a head has outgrown its own; returns how many tokens all heads lost together. */
    int trim() {
        if (!isTrimDue()) {
            return 0;
        }
        double[][] scores = own().chooses() ? rank.scores(this) : none();
        int evicted = 0;
        for (int head = 0; head < heads.size(); head++) {
            List<Token> tokens = heads.get(head);
            if (tokens.size() > keep(head)) {
                int[] positions =
                        tokens.stream().mapToInt(token -> token.position).toArray();
                List<Token> kept = new ArrayList<>();
                for (int slot :
                        slots(scores[head], positions, policy.protection(), seen, keep(head), seen - window())) {
                    kept.add(tokens.get(slot));
                }
                evicted += tokens.size() - kept.size();
                heads.set(head, kept);
            }
        }
        seenAtTrim = seen;
        return evicted;
    }

    private double[][] none() {
        return heads.stream().map(tokens -> new double[tokens.size()]).toArray(double[][]::new);
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
