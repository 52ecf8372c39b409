package dev.sublinear.kvcache;

import static dev.sublinear.kvcache.precondition.Preconditions.require;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

/**
 * The newest queries of a layer, for a scorer that asks what they attend to: a constant number of bytes. Those of the token at
 * position p lie in row p modulo the number of rows, one query head after the other.
 */
final class QueryRing {
    private final KvShape shape;
    private final int tokens;
    private final Column column;
    private int from; // the position of the oldest query that may still be there

    /** @param tokens how many of the newest tokens' queries; 0 for none */
    QueryRing(KvShape shape, int tokens, NDManager owner, KvMemory.Reservation memory) {
        this(shape, tokens, new Column(owner, memory, new Shape(0, width(shape)), DataType.FLOAT32));
    }

    private QueryRing(KvShape shape, int tokens, Column column) {
        this.shape = shape;
        this.tokens = tokens;
        this.column = column;
    }

    private static int width(KvShape shape) {
        return shape.kvHeads() * shape.group() * shape.headDim();
    }

    QueryRing fork(NDManager owner, KvMemory.Reservation memory) {
        QueryRing fork = new QueryRing(shape, tokens, column.fork(owner, memory));
        fork.from = from;
        return fork;
    }

    /** Returns how many of the newest tokens' queries it has. */
    int tokens() {
        return tokens;
    }

    Column column() {
        return column;
    }

    /** Takes its room, in a tensor that no other cache reads. */
    void own() {
        if (column.capacity() < tokens) {
            column.clear(tokens);
        }
        column.own();
    }

    /** @throws IllegalArgumentException if these are not the queries of {@code count} tokens of some heads */
    void requireShape(NDArray newest, int heads, int count) {
        Shape expected = new Shape(heads, (long) count * shape.group(), shape.headDim());
        require(
                newest.getShape().equals(expected),
                "queries that the layer keeps must have shape %s, was %s",
                expected,
                newest.getShape());
    }

    /**
     * Writes the queries of the newest tokens of some heads.
     *
     * @param newest shape (heads, tokens · group, headDim), those of one token next to one another
     */
    void write(int seen, int firstHead, NDArray newest) {
        int heads = (int) newest.getShape().get(0);
        int width = shape.group() * shape.headDim();
        int count = (int) newest.getShape().get(1) / shape.group();
        NDArray rows = newest.reshape(heads, count, width).transpose(1, 0, 2).reshape(count, (long) heads * width);
        int first = Math.max(0, count - tokens);
        while (first < count) {
            int row = (seen - count + first) % tokens;
            int some = Math.min(count - first, tokens - row);
            NDIndex place = new NDIndex()
                    .addSliceDim(row, row + some)
                    .addSliceDim((long) firstHead * width, (long) (firstHead + heads) * width);
            column.own().set(place, rows.get(new NDIndex().addSliceDim(first, first + some)));
            first += some;
        }
    }

    /**
     * Drops the queries of the newest tokens, until {@code kept} of those seen are left. Those whose places theirs have taken are
     * gone too.
     */
    void truncate(int seen, int kept) {
        from = Math.min(kept, Math.max(from, seen - tokens));
    }

    /** Returns the newest queries of some heads, oldest token first, shape (heads, tokens, group, headDim). */
    NDArray newest(int seen, int firstHead, int heads) {
        int start = Math.max(Math.max(0, seen - tokens), from);
        int count = seen - start;
        NDArray all = column.array();
        NDArray rows;
        if (count == 0) {
            rows = all.get(new NDIndex().addSliceDim(0, 0));
        } else {
            int row = start % tokens;
            int some = Math.min(count, tokens - row);
            rows = all.get(new NDIndex().addSliceDim(row, row + some));
            if (some < count) {
                rows = rows.concat(all.get(new NDIndex().addSliceDim(0, count - some)), 0);
            }
        }
        return rows.reshape(count, shape.kvHeads(), shape.group(), shape.headDim())
                .get(new NDIndex().addAllDim().addSliceDim(firstHead, firstHead + heads))
                .transpose(1, 0, 2, 3);
    }
}
