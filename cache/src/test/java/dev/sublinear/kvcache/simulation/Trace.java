package dev.sublinear.kvcache.simulation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;

/**
 * What one layer of a model computed along a sequence: the query, key and value of each token in each key-value head.
 *
 * <p>A recorded one is a file of NumPy, as {@code numpy.savez(file, queries=..., keys=..., values=...)} writes it: float16 or
 * float32, shape (kvHeads, tokens, headDim), queries and keys rotated; of the query heads that share a key-value head, one.
 */
final class Trace {
    private final String name;
    private final int heads;
    private final int tokens;
    private final int headDim;
    private final float[] queries;
    private final float[] keys;
    private final float[] values;
    private final double[][][] attention; // by head and query: softmax over the tokens up to it

    private Trace(String name, Shape shape, float[] queries, float[] keys, float[] values) {
        this.name = name;
        this.heads = (int) shape.get(0);
        this.tokens = (int) shape.get(1);
        this.headDim = (int) shape.get(2);
        this.queries = queries;
        this.keys = keys;
        this.values = values;
        this.attention = new double[heads][tokens][];
        for (int head = 0; head < heads; head++) {
            for (int query = 0; query < tokens; query++) {
                attention[head][query] = softmax(head, query);
            }
        }
    }

    /** Reads a recorded trace. */
    static Trace read(Path file, NDManager manager) throws IOException {
        try (NDList arrays = NDList.decode(manager, Files.readAllBytes(file))) {
            NDArray keys = arrays.get("keys");
            Shape shape = keys.getShape();
            for (String array : List.of("queries", "keys", "values")) {
                Shape other = arrays.get(array).getShape();
                if (shape.dimension() != 3 || !other.equals(shape)) {
                    throw new IOException(file + ": " + array
                            + " must have the shape of keys, (kvHeads, tokens, headDim), was " + other);
                }
            }
            return new Trace(
                    String.valueOf(file.getFileName()),
                    shape,
                    floats(arrays.get("queries")),
                    floats(keys),
                    floats(arrays.get("values")));
        }
    }

    private static float[] floats(NDArray array) {
        return array.toType(DataType.FLOAT32, false).toFloatArray();
    }

    /** Writes this trace as one is recorded. */
    void write(Path file, NDManager manager) throws IOException {
        Shape shape = new Shape(heads, tokens, headDim);
        try (NDList arrays = new NDList()) {
            for (String array : List.of("queries", "keys", "values")) {
                float[] numbers = array.equals("queries") ? queries : array.equals("keys") ? keys : values;
                NDArray written = manager.create(numbers, shape);
                written.setName(array);
                arrays.add(written);
            }
            Files.write(file, arrays.encode(NDList.Encoding.NPZ));
        }
    }

    /** A few tokens, early and late, draw most of the attention of every query from then on. */
    static Trace heavyHitters(int tokens, long seed) {
        Synthesis synthesis = new Synthesis(tokens, seed);
        float[] common = synthesis.direction(8);
        boolean[] heavy = new boolean[tokens];
        for (int token = 0; token < tokens; token++) {
            heavy[token] = synthesis.random.nextInt(16) == 0;
        }
        return synthesis.trace(
                "heavy-hitters", token -> common, token -> heavy[token] ? common : synthesis.direction(1));
    }

    /** What a query asks for wanders, so that the newest tokens match it best. */
    static Trace local(int tokens, long seed) {
        Synthesis synthesis = new Synthesis(tokens, seed);
        float[][] topic = new float[tokens][];
        topic[0] = synthesis.direction(8);
        for (int token = 1; token < tokens; token++) {
            float[] step = synthesis.direction(1.5);
            topic[token] = Synthesis.scaled(Synthesis.sum(topic[token - 1], step), 8);
        }
        return synthesis.trace("local", token -> topic[token], token -> topic[token]);
    }

    /** Queries and keys that have nothing to do with one another. */
    static Trace noise(int tokens, long seed) {
        Synthesis synthesis = new Synthesis(tokens, seed);
        return synthesis.trace("noise", token -> synthesis.direction(4), token -> synthesis.direction(4));
    }

    /** Draws vectors: what is asked for in both heads, each with noise of its own. */
    private static final class Synthesis {
        private static final int HEADS = 2;
        private static final int HEAD_DIM = 16;

        private final int tokens;
        private final Random random;

        Synthesis(int tokens, long seed) {
            this.tokens = tokens;
            this.random = new Random(seed);
        }

        float[] direction(double length) {
            float[] vector = new float[HEAD_DIM];
            for (int i = 0; i < HEAD_DIM; i++) {
                vector[i] = (float) random.nextGaussian();
            }
            return scaled(vector, length);
        }

        static float[] scaled(float[] vector, double length) {
            double square = 0;
            for (float number : vector) {
                square += number * number;
            }
            float[] scaled = new float[HEAD_DIM];
            for (int i = 0; i < HEAD_DIM; i++) {
                scaled[i] = (float) (vector[i] * length / Math.sqrt(square));
            }
            return scaled;
        }

        static float[] sum(float[] a, float[] b) {
            float[] sum = new float[HEAD_DIM];
            for (int i = 0; i < HEAD_DIM; i++) {
                sum[i] = a[i] + b[i];
            }
            return sum;
        }

        Trace trace(String name, IntFunction<float[]> query, IntFunction<float[]> key) {
            return new Trace(
                    name, new Shape(HEADS, tokens, HEAD_DIM), noisy(query), noisy(key), noisy(token -> direction(4)));
        }

        private float[] noisy(IntFunction<float[]> vectors) {
            float[] numbers = new float[HEADS * tokens * HEAD_DIM];
            for (int token = 0; token < tokens; token++) {
                float[] vector = vectors.apply(token);
                for (int head = 0; head < HEADS; head++) {
                    float[] noisy = sum(vector, direction(1));
                    System.arraycopy(noisy, 0, numbers, (head * tokens + token) * HEAD_DIM, HEAD_DIM);
                }
            }
            return numbers;
        }
    }

    String name() {
        return name;
    }

    int heads() {
        return heads;
    }

    int tokens() {
        return tokens;
    }

    int headDim() {
        return headDim;
    }

    /** The share of a query's attention that each token up to it has in the uncut model. */
    double[] attention(int head, int query) {
        return attention[head][query];
    }

    private double[] softmax(int head, int query) {
        double[] row = new double[query + 1];
        for (int token = 0; token <= query; token++) {
            double product = 0;
            for (int i = 0; i < headDim; i++) {
                product += queries[at(head, query) + i] * keys[at(head, token) + i];
            }
            row[token] = product / Math.sqrt(headDim);
        }
        double most = Arrays.stream(row).max().orElseThrow();
        double sum = 0;
        for (int token = 0; token <= query; token++) {
            row[token] = Math.exp(row[token] - most);
            sum += row[token];
        }
        for (int token = 0; token <= query; token++) {
            row[token] /= sum;
        }
        return row;
    }

    private int at(int head, int token) {
        return (head * tokens + token) * headDim;
    }

    NDArray queries(NDManager manager, int from, int to) {
        return piece(manager, queries, from, to);
    }

    NDArray keys(NDManager manager, int from, int to) {
        return piece(manager, keys, from, to);
    }

    NDArray values(NDManager manager, int from, int to) {
        return piece(manager, values, from, to);
    }

    private NDArray piece(NDManager manager, float[] numbers, int from, int to) {
        int size = (to - from) * headDim;
        float[] piece = new float[heads * size];
        for (int head = 0; head < heads; head++) {
            System.arraycopy(numbers, at(head, from), piece, head * size, size);
        }
        return manager.create(piece, new Shape(heads, to - from, headDim));
    }
}
