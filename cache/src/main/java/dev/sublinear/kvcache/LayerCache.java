package dev.sublinear.kvcache;

import static dev.sublinear.kvcache.KvShape.BLOCK;
import static dev.sublinear.kvcache.KvShape.wholeBlocks;
import static dev.sublinear.kvcache.Rules.require;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The retained tokens of one layer of one sequence. Owned by the thread that runs the model.
 *
 * <p>Its life is append, attend, observe, trim, for as many tokens at a time as {@link #nextPiece} allows:
 *
 * <pre>{@code
 * layer.append(keys, values);
 * NDArray weights = softmax(query, layer.keys());
 * NDArray out = weights.matMul(layer.values());
 * layer.observe(new AttentionStep(weights));
 * layer.trim();
 * }</pre>
 *
 * <p>What {@link #keys} and its like return are views that belong to the cache's manager: read them inside an {@link
 * NDScope}, or they stay until the cache is closed. A kernel that stores the keys and values itself calls {@link #claim}
 * in place of append.
 */
public final class LayerCache implements LayerView {

    private final int index;
    private final KvShape shape;
    private final EvictionPolicy policy;
    private final KvCacheListener listener;
    private final Set<Signal> wants;
    private final LayerBudget budget;
    private final Growth growth;
    private final int stateOfHead;

    /*
     * One row for each token that fits, (kvHeads, capacity, ...). The tokens held have the first rows, in no order: a trim
     * moves the last of them to the places of those that it evicts, a hundredth of the bytes of moving all up. What has come
     * since a trim lies behind, in order. A block of rows is cleared when the first token enters it, so rows beyond rows()
     * may hold anything.
     */
    private final Column keys;
    private final Column values;
    private final Column importance;
    private final Column positions;
    private final List<Column> columns;
    private final Column summary; // of each head: a row for each number, whatever tokens are held

    private int length;
    private int
            placed; // of the tokens held, how many have their positions written: the others are the newest, in order
    private int seen;
    private int observed;
    private int trimmed;
    private double lost;
    private boolean closed;

    LayerCache(
            int index,
            KvShape shape,
            EvictionPolicy policy,
            NDManager owner,
            KvMemory.Reservation memory,
            KvCacheListener listener) {
        this.index = index;
        this.shape = shape;
        this.policy = shape.policy(policy, index);
        this.listener = listener;
        this.wants = this.policy.needs();
        this.budget = new LayerBudget(this.policy, ceiling(memory));
        this.growth = new Growth(shape, policy, memory);
        this.stateOfHead = this.policy.stateOfHead(shape.headDim());
        Shape vectors = new Shape(shape.kvHeads(), 0, shape.headDim());
        Shape scalars = new Shape(shape.kvHeads(), 0);
        int state = this.policy.stateOfToken();
        this.keys = new Column(owner, memory, vectors, shape.storage());
        this.values = new Column(owner, memory, vectors, shape.storage());
        this.importance = new Column(
                owner, memory, state == 1 ? scalars : new Shape(shape.kvHeads(), 0, state), DataType.FLOAT64);
        this.positions = new Column(owner, memory, scalars, DataType.INT32);
        this.columns = List.of(keys, values, importance, positions);
        this.summary = new Column(owner, memory, scalars, DataType.FLOAT64);
    }

    /** @param policy the other's, or one under which its columns would be the same, but for the scorer's, which are empty */
    private LayerCache(
            LayerCache past,
            EvictionPolicy policy,
            Growth growth,
            NDManager owner,
            KvMemory.Reservation memory,
            KvCacheListener listener) {
        boolean same = policy.equals(past.policy);
        this.index = past.index;
        this.shape = past.shape;
        this.policy = policy;
        this.listener = listener;
        this.wants = policy.needs();
        this.growth = growth;
        this.stateOfHead = policy.stateOfHead(shape.headDim());
        this.budget = same ? past.budget.under(past.ceiling(memory)) : new LayerBudget(policy, ceiling(memory));
        this.keys = past.keys.fork(owner, memory);
        this.values = past.values.fork(owner, memory);
        Shape none = new Shape(shape.kvHeads(), 0);
        this.importance =
                same ? past.importance.fork(owner, memory) : new Column(owner, memory, none.add(0), DataType.FLOAT64);
        this.positions = past.positions.fork(owner, memory);
        this.columns = List.of(keys, values, importance, positions);
        this.summary = same ? past.summary.fork(owner, memory) : new Column(owner, memory, none, DataType.FLOAT64);
        this.length = past.length;
        this.placed = past.placed;
        this.seen = past.seen;
        this.observed = past.observed;
        this.trimmed = past.trimmed;
        this.lost = past.lost;
    }

    /** Returns the tokens that the guard may let the layer keep. */
    private int ceiling(KvMemory.Reservation memory) {
        return policy.guard().isOn() ? Math.min(policy.most(), shape.keepWithin(policy, memory.bytes())) : 0;
    }

    LayerCache fork(EvictionPolicy other, NDManager owner, KvMemory.Reservation memory, KvCacheListener otherListener) {
        requireOpen();
        place(); // while the column is this layer's own
        LayerCache fork = new LayerCache(
                this, shape.policy(other, index), new Growth(shape, other, memory), owner, memory, otherListener);
        if (seen > 0) {
            otherListener.onAppended(index, seen, length);
        }
        return fork;
    }

    @Override
    public int seen() {
        return seen;
    }

    @Override
    public int length() {
        return length;
    }

    @Override
    public NDArray keys() {
        return held(keys).toType(DataType.FLOAT32, false);
    }

    @Override
    public NDArray values() {
        return held(values).toType(DataType.FLOAT32, false);
    }

    @Override
    public NDArray importance() {
        return held(importance);
    }

    @Override
    public NDArray positions() {
        requireOpen();
        place();
        return held(positions);
    }

    /** Writes the positions of the newest tokens: few read them, and rarely. */
    private void place() {
        if (placed < length) {
            try (NDScope temporaries = new NDScope()) {
                temporaries.suppressNotUsedWarning();
                int count = length - placed;
                positions.put(
                        placed,
                        positions
                                .array()
                                .getManager()
                                .arange(seen - count, seen, 1, DataType.INT32)
                                .expandDims(0)
                                .broadcast(shape.kvHeads(), count));
            }
            placed = length;
        }
    }

    @Override
    public NDArray summary() {
        requireOpen();
        return summary.rows(0, summary.capacity());
    }

    private NDArray held(Column column) {
        requireOpen();
        return column.rows(0, length);
    }

    /** The rows that attention reads: the tokens held, filled up to whole blocks with zeros. */
    public int rows() {
        return wholeBlocks(length);
    }

    /**
     * Returns which tokens are held and how they rank now, for people to look at.
     *
     * @return a row for each head; no scores, but zeros, where nothing is ever chosen
     */
    public Held held() {
        requireOpen();
        int heads = shape.kvHeads();
        int[][] places = new int[heads][length];
        double[][] ranks = new double[heads][length];
        if (length > 0) {
            try (NDScope temporaries = new NDScope()) {
                temporaries.suppressNotUsedWarning();
                int[] position = positions().toIntArray();
                double[] score = observed == seen || !policy.chooses() ? scores() : new double[heads * length];
                for (int head = 0; head < heads; head++) {
                    int first = head * length;
                    int[] slots = IntStream.range(first, first + length)
                            .boxed()
                            .sorted(Comparator.comparingInt(slot -> position[slot]))
                            .mapToInt(Integer::intValue)
                            .toArray();
                    Arrays.setAll(places[head], i -> position[slots[i]]);
                    Arrays.setAll(ranks[head], i -> score[slots[i]]);
                }
            }
        }
        return new Held(places, ranks);
    }

    /**
     * The tokens that a layer holds, (kvHeads, length).
     *
     * @param positions the place of each in the sequence, ascending
     * @param scores by which they would be ranked if the layer were trimmed now
     */
    @SuppressWarnings("ArrayRecordComponent") // for reading at once
    public record Held(int[][] positions, double[][] scores) {}

    /** All rows, in use or not. Valid until the next append or trim; to be written only in slots just claimed. */
    public Storage storage() {
        requireOpen();
        return new Storage(keys.array(), values.array(), importance.array());
    }

    /**
     * The tensors of a layer, for a kernel that reads and writes them in place.
     *
     * @param keys of the type of {@link KvShape#storage}, shape (kvHeads, capacity, headDim)
     * @param values the same type and shape
     * @param importance float64, shape (kvHeads, capacity), to be written only by who then calls {@link #summed}
     */
    public record Storage(NDArray keys, NDArray values, NDArray importance) {}

    /**
     * The memory of {@link #storage}, for a kernel in Java. Valid as long, if tensors lie in the memory of the processor and
     * keys and values are float32.
     */
    public Memory memory() {
        requireOpen();
        return new Memory(
                keys.memory().asFloatBuffer(),
                values.memory().asFloatBuffer(),
                importance.memory().asDoubleBuffer(),
                keys.capacity());
    }

    /**
     * The numbers of {@link Storage} one after the other: a head has {@code capacity} rows.
     *
     * @param importance none if the scorer remembers nothing
     */
    public record Memory(FloatBuffer keys, FloatBuffer values, DoubleBuffer importance, int capacity) {}

    /** Returns the bytes of this layer's tensors; one that several caches share counts in one of them. */
    public long bytes() {
        return columns.stream().mapToLong(Column::bytes).sum() + summary.bytes();
    }

    /** Returns the bytes of the tensors that this layer reads, whoever has paid for them. */
    long size() {
        return columns.stream().mapToLong(Column::size).sum() + summary.size();
    }

    /** Returns the bytes of the tensors without room for more tokens. */
    long leastSize() {
        return shape.layerBytes(policy, wholeBlocks(length));
    }

    /** Makes room for tokens that will come one piece after another, so that the columns grow once. */
    public void expect(int tokens) {
        requireOpen();
        int atOnce = Math.min(tokens, budget.peak(seen + tokens) - length);
        if (atOnce > 0) {
            growTo(length + atOnce);
        }
    }

    /**
     * Returns how many of the next tokens may be appended and attended at once. A piece ends where a trim is due, where a
     * block of rows ends, and after every 64 tokens seen: so pieces are the same however many chunks of a prompt come at
     * once, if chunks end after multiples of 64.
     */
    public int nextPiece(int remaining) {
        int most = BLOCK - Math.max(length % BLOCK, seen % BLOCK);
        return Math.min(budget.tokensToTrim(length, seen, remaining), most);
    }

    /**
     * Appends tokens.
     *
     * @param newKeys float32, shape (kvHeads, tokens, headDim), rotated to the positions from {@link #seen}
     * @param newValues the same shape
     */
    public void append(NDArray newKeys, NDArray newValues) {
        int tokens =
                newKeys.getShape().dimension() == 3 ? (int) newKeys.getShape().get(1) : 1;
        requireVectors("keys", newKeys, tokens);
        requireVectors("values", newValues, tokens);
        makeRoom(tokens);
        try (NDScope temporaries = new NDScope()) {
            temporaries.suppressNotUsedWarning();
            keys.put(length, newKeys);
            values.put(length, newValues);
        }
        take(tokens);
    }

    private void requireVectors(String name, NDArray vectors, int tokens) {
        Shape expected = new Shape(shape.kvHeads(), tokens, shape.headDim());
        require(
                vectors.getShape().equals(expected) && vectors.getDataType() == DataType.FLOAT32,
                "%s must be float32 of shape %s, was %s of shape %s",
                name,
                expected,
                vectors.getDataType(),
                vectors.getShape());
    }

    /**
     * Gives the next tokens their slots and returns the first of them. The caller must write their keys and values into
     * {@link #storage} before anything reads them.
     *
     * @param tokens at most {@link #nextPiece}
     */
    public int claim(int tokens) {
        makeRoom(tokens);
        int slot = length;
        take(tokens);
        return slot;
    }

    private void makeRoom(int tokens) {
        requireOpen();
        if (budget.trims(length, seen)) {
            throw new IllegalStateException("layer " + index + " must be trimmed before it takes more tokens, it holds "
                    + length + " of a budget of " + budget.keep(seen));
        }
        int most = nextPiece(BLOCK);
        require(tokens >= 1 && tokens <= most, "1 to %s tokens may be appended at once here, was %s", most, tokens);
        growTo(length + tokens);
        clear(rows(), wholeBlocks(length + tokens));
    }

    private void take(int tokens) {
        length += tokens;
        seen += tokens;
        listener.onAppended(index, seen, length);
    }

    /** Whether {@link #observe} wants a signal, so that attention can spare itself handing it over. */
    public boolean wants(Signal signal) {
        return wants.contains(signal);
    }

    /** Whether {@link #observe} would only add the attention weights to the importance: a kernel may do so in its place. */
    public boolean wantsSum() {
        return wants(Signal.ATTENTION_WEIGHTS) && policy.scorer().sumsAttention();
    }

    /** Says that the weights of the newest tokens have been added to the importance in {@link #storage}. */
    public void summed() {
        requireOpen();
        if (!wantsSum()) {
            throw new IllegalStateException("scorer " + policy.scorer().name()
                    + " must observe the attention weights: it does not only sum them");
        }
        observed = seen;
    }

    /** Lets the scorer see what the tokens appended since the last time attended to. */
    public void observe(AttentionStep step) {
        requireOpen();
        if (wants.isEmpty()) {
            return;
        }
        int tokens = seen - observed;
        int rows = rows();
        if (wants(Signal.ATTENTION_WEIGHTS)) {
            rows = (int) requireWeights(step.weights().getShape(), tokens).get(2);
        }
        if (wants(Signal.QUERIES)) {
            requireQueries(step.queries().getShape(), tokens);
        }
        try (NDScope temporaries = new NDScope()) {
            temporaries.suppressNotUsedWarning();
            importance.own();
            policy.scorer().observe(new ScorerState(importance.rows(0, rows), summary.own(), seen, tokens), step);
        }
        observed = seen;
    }

    private Shape requireWeights(Shape weights, int tokens) {
        require(
                weights.dimension() == 3
                        && weights.get(0) == shape.kvHeads()
                        && weights.get(1) == tokens
                        && (weights.get(2) == rows() || weights.get(2) == length),
                "weights must have shape (%s, %s, %s or %s), was %s",
                shape.kvHeads(),
                tokens,
                length,
                rows(),
                weights);
        return weights;
    }

    private void requireQueries(Shape queries, int tokens) {
        require(
                queries.dimension() == 3
                        && queries.get(0) == shape.kvHeads()
                        && tokens > 0
                        && queries.get(1) > 0
                        && queries.get(1) % tokens == 0
                        && queries.get(2) == shape.headDim(),
                "queries must have shape (%s, a multiple of %s, %s), was %s",
                shape.kvHeads(),
                tokens,
                shape.headDim(),
                queries);
    }

    /** Whether the layer has outgrown its budget, so that {@link #trim} is due before it takes more tokens. */
    public boolean mustTrim() {
        return budget.trims(length, seen);
    }

    /**
     * Evicts down to the budget if the layer has outgrown it; returns how many tokens each head lost.
     *
     * @throws IllegalStateException if the scorer has not observed the newest tokens, or returns what is no score; nothing
     *     has changed then
     */
    public int trim() {
        requireOpen();
        if (!budget.trims(length, seen)) {
            return 0;
        }
        if (!wants.isEmpty() && observed != seen) {
            throw new IllegalStateException("layer " + index + " must observe the attention of its newest "
                    + (seen - observed) + " tokens before it is trimmed");
        }
        listener.onTrimming(index);
        try (NDScope temporaries = new NDScope()) {
            temporaries.suppressNotUsedWarning();
            return trim(rank());
        }
    }

    private int trim(Ranking ranking) {
        int before = budget.raised();
        int keep = budget.settle(length, seen, ranking::loss);
        int evicted = length - keep;
        if (evicted > 0) {
            compact(ranking.moves(keep, keys.capacity()), keep);
        }
        if (budget.raised() < before) {
            releaseTail();
        }
        trimmed = seen;
        if (budget.raised() != before) {
            listener.onRaised(index, budget.raised());
        }
        if (evicted > 0) {
            listener.onTrimmed(index, evicted, keep);
            if (wants(Signal.ATTENTION_WEIGHTS)) {
                lost = ranking.loss(keep);
                listener.onLost(index, lost);
            }
        }
        return evicted;
    }

    private Ranking rank() {
        return new Ranking(
                policy,
                seen,
                shape.kvHeads(),
                scores(),
                positions().toIntArray(),
                wants(Signal.ATTENTION_WEIGHTS) ? attention() : new double[0]);
    }

    /** Returns what is remembered of the attention that each token received. */
    private double[] attention() {
        NDArray remembered = importance();
        return (policy.stateOfToken() == 1 ? remembered : remembered.sum(new int[] {2})).toDoubleArray();
    }

    private double[] scores() {
        if (!policy.chooses()) {
            return new double[shape.kvHeads() * length];
        }
        NDArray score = policy.scorer().score(this);
        Shape expected = new Shape(shape.kvHeads(), length);
        if (!score.getShape().equals(expected)) {
            throw new IllegalStateException("scorer " + policy.scorer().name() + " must return shape " + expected
                    + ", was " + score.getShape());
        }
        double[] scores = score.toType(DataType.FLOAT64, false).toDoubleArray();
        for (int i = 0; i < scores.length; i++) {
            if (!Double.isFinite(scores[i])) {
                throw new IllegalStateException("scorer " + policy.scorer().name() + " must return finite scores, was "
                        + scores[i] + " in layer " + index + ", head " + i / length + ", slot " + i % length);
            }
        }
        return scores;
    }

    private void compact(List<Ranking.Move> moves, int keep) {
        columns.forEach(Column::own); // the one thing that may fail, before anything has changed
        if (!moves.isEmpty()) {
            NDManager manager = keys.array().getManager();
            NDArray from =
                    manager.create(moves.stream().mapToLong(Ranking.Move::from).toArray());
            NDArray to =
                    manager.create(moves.stream().mapToLong(Ranking.Move::to).toArray());
            columns.forEach(column -> column.move(from, to));
        }
        length = keep;
        placed = keep;
        clear(keep, wholeBlocks(keep));
    }

    /** Gives back the rows that are not needed now that the guard has let the budget fall back. */
    private void releaseTail() {
        int capacity = wholeBlocks(budget.peak(seen));
        columns.forEach(column -> column.resize(capacity));
    }

    /** Returns what the latest trim lost, see {@link KvCacheListener#onLost}; zero before one, and if nobody can tell. */
    public double lost() {
        return lost;
    }

    /** Returns how many tokens had been seen at the last trim. */
    int seenAtTrim() {
        return trimmed;
    }

    /** Drops the newest tokens again: so many stay seen, at least {@link #seenAtTrim}. */
    void truncate(int tokens) {
        requireOpen();
        if (tokens < seen) {
            length -= seen - tokens;
            placed = Math.min(placed, length);
            seen = tokens;
            observed = Math.min(observed, seen);
            clear(length, wholeBlocks(length));
            listener.onTruncated(index, seen, length);
        }
    }

    /** Gives back the room for more tokens, and leaves tensors that are shared and larger to the others. */
    void shrink() {
        columns.forEach(column -> column.resize(wholeBlocks(length)));
    }

    /** Gives every column a tensor of its own, to be written, that has room for so many tokens. */
    private void growTo(int tokens) {
        if (summary.capacity() < stateOfHead) {
            try (NDScope temporaries = new NDScope()) {
                temporaries.suppressNotUsedWarning();
                summary.resize(stateOfHead);
                summary.clear(0, stateOfHead);
            }
        }
        int needed = wholeBlocks(tokens);
        int rows = keys.hasOwn(needed)
                ? needed
                : Math.max(needed, wholeBlocks(budget.peak(seen + growth.ahead(index, seen))));
        columns.forEach(column -> column.ownWith(rows));
    }

    private void clear(int from, int to) {
        if (from < to) {
            try (NDScope temporaries = new NDScope()) {
                temporaries.suppressNotUsedWarning();
                columns.forEach(column -> column.clear(from, to));
            }
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the cache is closed");
        }
    }

    void close() {
        closed = true;
        columns.forEach(Column::close);
        summary.close();
    }
}
