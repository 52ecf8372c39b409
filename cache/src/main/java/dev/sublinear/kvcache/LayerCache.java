package dev.sublinear.kvcache;

import static dev.sublinear.kvcache.KvShape.BLOCK;
import static dev.sublinear.kvcache.KvShape.wholeBlocks;
import static dev.sublinear.kvcache.Rules.require;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;

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

    /** The position of a row that holds no token: later than any query, so that a causal mask hides it. */
    public static final int UNUSED = Integer.MAX_VALUE;

    private final int index;
    private final KvShape shape;
    private final EvictionPolicy policy;
    private final KvCacheListener listener;
    private final boolean observes;

    /*
     * One row for each token that fits, (kvHeads, capacity, ...): only grow and compact change which token has which.
     * A block of rows is cleared when the first token enters it, so rows beyond rows() may hold anything.
     */
    private final Column keys;
    private final Column values;
    private final Column importance;
    private final Column positions;
    private final List<Column> columns;

    private int length;
    private int seen;
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
        this.policy = policy;
        this.listener = listener;
        this.observes = policy.evicts() && policy.scorer().needs().contains(Signal.ATTENTION_WEIGHTS);
        Shape vectors = new Shape(shape.kvHeads(), 0, shape.headDim());
        Shape scalars = new Shape(shape.kvHeads(), 0);
        this.keys = new Column(owner, memory, vectors, DataType.FLOAT32, 0);
        this.values = new Column(owner, memory, vectors, DataType.FLOAT32, 0);
        this.importance = new Column(owner, memory, scalars, DataType.FLOAT64, 0);
        this.positions = new Column(owner, memory, scalars, DataType.INT32, UNUSED);
        this.columns = List.of(keys, values, importance, positions);
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
        return held(keys);
    }

    @Override
    public NDArray values() {
        return held(values);
    }

    @Override
    public NDArray importance() {
        return held(importance);
    }

    @Override
    public NDArray positions() {
        return held(positions);
    }

    private NDArray held(Column column) {
        requireOpen();
        return column.rows(0, length);
    }

    /** The rows that attention reads: the tokens held, filled up to whole blocks with zeros at position {@link #UNUSED}. */
    public int rows() {
        return wholeBlocks(length);
    }

    /** All rows, in use or not. Valid until the next append or trim. */
    public Storage storage() {
        requireOpen();
        return new Storage(keys.array(), values.array(), positions.array());
    }

    /**
     * The tensors of a layer, for a kernel that reads and writes them in place.
     *
     * @param keys float32, shape (kvHeads, capacity, headDim)
     * @param values float32, shape (kvHeads, capacity, headDim)
     * @param positions int32, shape (kvHeads, capacity)
     */
    public record Storage(NDArray keys, NDArray values, NDArray positions) {}

    /** Returns the bytes of this layer's tensors. */
    public long bytes() {
        return columns.stream().mapToLong(Column::bytes).sum();
    }

    /** Makes room for tokens that will come one piece after another, so that the columns grow once. */
    public void expect(int tokens) {
        requireOpen();
        int atOnce = Math.min(tokens, policy.peak(seen + tokens) - length);
        if (atOnce > 0) {
            growTo(length + atOnce);
        }
    }

    /**
     * Returns how many of the next tokens may be appended and attended at once: a piece ends where a trim is due and
     * where a block of rows ends, wherever the pieces before it ended.
     */
    public int nextPiece(int remaining) {
        return Math.min(policy.tokensToTrim(length, seen, remaining), BLOCK - length % BLOCK);
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
            NDArray places = newKeys.getManager()
                    .arange(seen, seen + tokens, 1, DataType.INT32)
                    .expandDims(0)
                    .broadcast(shape.kvHeads(), tokens);
            keys.put(length, newKeys);
            values.put(length, newValues);
            positions.put(length, places);
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
     * Gives the next tokens their slots and returns the first of them. The caller must write their keys, values and
     * positions, {@link #seen} onwards, into {@link #storage} before anything reads them.
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
        if (policy.trims(length, seen)) {
            throw new IllegalStateException("layer " + index + " must be trimmed before it takes more tokens, it holds "
                    + length + " of a budget of " + policy.keep(seen));
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

    /** Whether {@link #observe} wants weights, so that attention can spare itself handing them over. */
    public boolean observes() {
        return observes;
    }

    /** Lets the scorer see what the newest tokens attended to. */
    public void observe(AttentionStep step) {
        requireOpen();
        if (!observes) {
            return;
        }
        Shape weights = step.weights().getShape();
        require(
                weights.dimension() == 3
                        && weights.get(0) == shape.kvHeads()
                        && (weights.get(2) == rows() || weights.get(2) == length),
                "weights must have shape (%s, queries, %s or %s), was %s",
                shape.kvHeads(),
                length,
                rows(),
                weights);
        try (NDScope temporaries = new NDScope()) {
            temporaries.suppressNotUsedWarning();
            policy.scorer().observe(importance.rows(0, (int) weights.get(2)), step);
        }
    }

    /** Evicts down to the budget if the layer has outgrown it; returns how many tokens each head lost. */
    public int trim() {
        requireOpen();
        int keep = policy.keep(seen);
        if (!policy.trims(length, seen)) {
            return 0;
        }
        try (NDScope temporaries = new NDScope()) {
            temporaries.suppressNotUsedWarning();
            compact(rowsToKeep(keep), keep);
        }
        int evicted = length - keep;
        length = keep;
        listener.onTrimmed(index, evicted, keep);
        return evicted;
    }

    /** Returns the slots that stay, one head after the other, counted through all heads of the columns. */
    private long[] rowsToKeep(int keep) {
        double[] scores = scores();
        int[] places = positions().toIntArray();
        int capacity = (int) keys.array().getShape().get(1);
        Selection selection = new Selection(policy.protection(), keep);
        long[] rows = new long[shape.kvHeads() * keep];
        for (int head = 0; head < shape.kvHeads(); head++) {
            int from = head * length;
            double[] headScores = Arrays.copyOfRange(scores, from, from + length);
            int[] headPlaces = Arrays.copyOfRange(places, from, from + length);
            long[] slots = selection.slots(headScores, headPlaces);
            for (int i = 0; i < keep; i++) {
                rows[head * keep + i] = (long) head * capacity + slots[i];
            }
        }
        return rows;
    }

    private double[] scores() {
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

    private void compact(long[] rows, int keep) {
        NDArray indices = keys.array().getManager().create(rows);
        columns.forEach(column -> column.compact(indices));
        clear(keep, wholeBlocks(keep));
    }

    private void growTo(int tokens) {
        columns.forEach(column -> column.growTo(wholeBlocks(tokens)));
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
    }
}
