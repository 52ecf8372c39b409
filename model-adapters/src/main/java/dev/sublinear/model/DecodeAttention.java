package dev.sublinear.model;

import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.Optional;

/**
 * Attention of one token in Java, over the memory of a cache: what the queries that share a key-value head find in it.
 *
 * <p>Owned by one thread. Its numbers depend on the queries and the rows read alone, and are the same interpreted and compiled.
 */
interface DecodeAttention {

    /** Whether heads have a size that it can read. */
    boolean takes(int size);

    /** Up to how many rows it is faster than libtorch's products with so many threads. */
    int mostRows(int threads);

    /**
     * Attends with {@code group} queries of {@code size} numbers each, which it multiplies by {@code scale}.
     *
     * @param query the first number of the first query is at {@code at}
     * @param first the row of {@code keys} and {@code values}, of {@code size} numbers each, that is the head's first
     * @param rows how many are read; nothing is read beyond them
     * @param out where what is found is written, from {@code at} on, too; may be {@code query}
     */
    void attend(
            float[] query,
            int at,
            int group,
            int size,
            float scale,
            FloatBuffer keys,
            FloatBuffer values,
            int first,
            int rows,
            float[] out);

    /** Adds to each row's importance the mean attention that it received the last time. */
    void addReceived(DoubleBuffer importance, int first);

    /** Returns one for one thread, or none if the processor has no vectors wide enough or Java may not use them. */
    static Optional<DecodeAttention> resolve() {
        return Vectors.PAY ? Optional.of(open()) : Optional.empty();
    }

    /**
     * Returns one, whether it pays or not, by name: the class can only be loaded where the module is.
     *
     * @throws IllegalStateException if the processor has no vectors wide enough
     */
    static DecodeAttention open() {
        try {
            return Class.forName("dev.sublinear.model.VectorAttention")
                    .asSubclass(DecodeAttention.class)
                    .getDeclaredConstructor()
                    .newInstance();
        } catch (ReflectiveOperationException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new IllegalStateException(String.valueOf(cause.getMessage()), e);
        }
    }
}
