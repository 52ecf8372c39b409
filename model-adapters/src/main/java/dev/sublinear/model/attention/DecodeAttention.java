package dev.sublinear.model.attention;

import dev.sublinear.kvcache.storage.KvRows;
import java.util.List;
import java.util.stream.Stream;

/**
 * Attention of one token in Java, over the memory of a cache: what the queries that share a key-value head find in some rows.
 *
 * <p>Used by one thread at a time. Its numbers depend on the queries and the rows read alone, and are the same interpreted and
 * compiled.
 */
public interface DecodeAttention {
    /** The most rows that are read at once. */
    int BLOCK = 512;

    /** Whether it can read heads of {@code size} numbers. */
    boolean takes(int size);

    /** Returns up to how many rows it is faster than libtorch's products, both with {@code threads} threads. */
    int mostRows(int threads);

    /**
     * Attends with {@code group} queries of {@code size} numbers each, scaled already.
     *
     * @param first the first row read, with which a block of them begins
     * @param count how many are read, at most {@link #BLOCK}; nothing is read beyond the block in which they end
     * @param found where the sums of values by their {@link #weights} are written, from {@code at} on, a query after the other
     */
    void attend(float[] queries, int group, int size, KvRows rows, int first, int count, float[] found, int at);

    /** The greatest score of a query in the rows read last. */
    float greatest(int query);

    /** The sum of the query's weights in the rows read last, NaN if a score was infinite or no number. */
    float sum(int query);

    /** Writes the exponentials of the distances from the greatest score in the rows read last. */
    void weights(int query, float[] into, int at);

    /** Returns one for each thread, or none if the processor has no vectors wide enough or Java may not use them. */
    static List<DecodeAttention> resolve(int threads) {
        return Vectors.PAY
                ? Stream.generate(DecodeAttention::open).limit(threads).toList()
                : List.of();
    }

    /**
     * Returns one, whether it pays or not, by name: the class can only be loaded where the module is.
     *
     * @throws IllegalStateException if the processor has no vectors wide enough
     */
    static DecodeAttention open() {
        try {
            return Class.forName("dev.sublinear.model.attention.vector.VectorAttention")
                    .asSubclass(DecodeAttention.class)
                    .getDeclaredConstructor()
                    .newInstance();
        } catch (ReflectiveOperationException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new IllegalStateException(String.valueOf(cause.getMessage()), e);
        }
    }
}
