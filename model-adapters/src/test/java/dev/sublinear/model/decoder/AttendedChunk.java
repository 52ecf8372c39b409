package dev.sublinear.model.decoder;

import static dev.sublinear.model.decoder.AttentionBackendContract.SEED;
import static dev.sublinear.model.decoder.AttentionBackendContract.SPEC;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.kvcache.LayerCache;
import dev.sublinear.kvcache.Signal;
import dev.sublinear.model.attention.Chunk;
import java.util.Arrays;
import java.util.Iterator;

/**
 * What a backend has made of a chunk, beside the twin.
 *
 * @param tolerance how far a number may be from the twin's, where values are of the size of 1
 */
record AttendedChunk(Chunk chunk, AttentionTwin twin, double tolerance) {

    /** float16 rounds numbers of up to 8 by at most 2^-9, int8 by half of a 127th of the greatest. */
    private static final double ROUNDED = 4e-3;

    private static final double ROUNDED_TO_8_BITS = 2.5e-2;

    /** The rows of the cache have the keys, rotated, and the values. */
    void assertWritten() {
        boolean in8Bits = chunk.cache().tensors().keys().getDataType() == DataType.INT8;
        double worst = 0;
        for (int token = 0; token < chunk.tokens(); token++) {
            for (int head = 0; head < SPEC.kvHeads(); head++) {
                for (int number = 0; number < SPEC.headDim(); number++) {
                    double key = twin.projected(token, SPEC.heads() + head, number);
                    double value = twin.projected(token, SPEC.heads() + SPEC.kvHeads() + head, number);
                    worst = Math.max(worst, Math.abs(twin.key(token, head, number) - key));
                    worst = Math.max(worst, Math.abs(twin.value(token, head, number) - value));
                }
            }
        }
        assertThat(worst)
                .as("keys and values written, seed %s", SEED)
                .isLessThan(in8Bits ? ROUNDED_TO_8_BITS : ROUNDED);
    }

    void assertFound(float[] attended) {
        for (int token = 0; token < chunk.tokens(); token++) {
            for (int head = 0; head < SPEC.heads(); head++) {
                int at = ((chunk.first() + token) * SPEC.heads() + head) * SPEC.headDim();
                assertThat(worst(attended, at, twin.found(token, head)))
                        .as("token %s, head %s, seed %s", token, head, SEED)
                        .isLessThan(tolerance);
            }
        }
    }

    /** The greatest difference; NaN if there is one. */
    private static double worst(float[] numbers, int at, double[] expected) {
        double worst = 0;
        for (int i = 0; i < expected.length; i++) {
            worst = Math.max(worst, Math.abs(numbers[at + i] - expected[i]));
        }
        return worst;
    }

    /** What the scorer remembers of each row of all heads; nothing if no kernel may add to it. */
    static double[] state(Chunk chunk) {
        return chunk.wants() == Chunk.ADD_WEIGHTS
                ? chunk.cache().tensors().tokenState().toDoubleArray()
                : new double[0];
    }

    void assertState(double[] before) {
        double[] after = state(chunk);
        for (int head = 0; head < SPEC.kvHeads() && after.length > 0; head++) {
            int first = chunk.cache().first(head);
            double[] added = new double[chunk.cache().rows(head)];
            for (int token = 0; token < chunk.tokens(); token++) {
                double[] weights = twin.meanWeights(token, head);
                for (int row = 0; row < weights.length; row++) {
                    added[row] += weights[row];
                }
            }
            for (int row = 0; row < added.length; row++) {
                assertThat(after[first + row] - before[first + row])
                        .as("added to head %s, row %s, seed %s", head, row, SEED)
                        .isCloseTo(added[row], within(tolerance));
            }
        }
    }

    /** Those of the token at position p lie in row p modulo the number of rows. */
    void assertQueriesKept() {
        int room = chunk.cache().queries();
        if (room == 0 || (chunk.wants() & Chunk.KEEP_QUERIES) == 0) {
            return;
        }
        float[] kept = chunk.cache().tensors().queries().toFloatArray();
        int width = SPEC.heads() * SPEC.headDim();
        double worst = 0;
        for (int token = Math.max(0, chunk.tokens() - room); token < chunk.tokens(); token++) {
            int row = (chunk.position() + token) % room;
            for (int i = 0; i < width; i++) {
                float expected = twin.projected(token, i / SPEC.headDim(), i % SPEC.headDim());
                worst = Math.max(worst, Math.abs(kept[row * width + i] - expected));
            }
        }
        assertThat(worst).as("queries kept, seed %s", SEED).isLessThan(1e-5);
    }

    void assertSignals(Iterator<NDArray> signals) {
        LayerCache cache = chunk.cache();
        if ((chunk.wants() & Chunk.RETURN_WEIGHTS) != 0) {
            int each = SPEC.kvHeads() / chunk.groups();
            for (int group = 0; group < chunk.groups(); group++) {
                assertWeights(signals.next(), group * each, each);
            }
        }
        if ((chunk.wants() & Chunk.RETURN_QUERIES) != 0) {
            assertThat(cache.wants(Signal.QUERIES)).isTrue();
            assertQueries(signals.next());
        }
    }

    /** @param weights of some heads, the first of them {@code firstHead} */
    private void assertWeights(NDArray weights, int firstHead, int heads) {
        int rows = chunk.cache().rows(firstHead);
        assertThat(weights.getShape()).isEqualTo(new Shape(heads, chunk.tokens(), rows));
        float[] returned = weights.toFloatArray();
        for (int head = 0; head < heads; head++) {
            for (int token = 0; token < chunk.tokens(); token++) {
                double[] expected = Arrays.copyOf(twin.meanWeights(token, firstHead + head), rows);
                assertThat(worst(returned, (head * chunk.tokens() + token) * rows, expected))
                        .as("weights of head %s, seed %s", firstHead + head, SEED)
                        .isLessThan(tolerance);
            }
        }
    }

    private void assertQueries(NDArray queries) {
        int group = SPEC.group();
        assertThat(queries.getShape())
                .isEqualTo(new Shape(SPEC.kvHeads(), (long) chunk.tokens() * group, SPEC.headDim()));
        float[] returned = queries.toFloatArray();
        double worst = 0;
        for (int at = 0; at < returned.length; at++) {
            int number = at % SPEC.headDim();
            int query = at / SPEC.headDim() % (chunk.tokens() * group);
            int kvHead = at / SPEC.headDim() / (chunk.tokens() * group);
            float expected = twin.projected(query / group, kvHead * group + query % group, number);
            worst = Math.max(worst, Math.abs(returned[at] - expected));
        }
        assertThat(worst).as("queries, seed %s", SEED).isLessThan(1e-5);
    }
}
