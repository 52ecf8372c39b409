package dev.sublinear.kvcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.kvcache.ReferenceLayer.Token;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Reads one chunk of random tokens into a layer, as a model or as a kernel does, and into its twin; compares the outputs of
 * attention and what a trim evicts. Rows that nothing may read are NaN meanwhile.
 */
final class WalkStep {
    private final KvShape shape;
    private final LayerCache layer;
    private final ReferenceLayer twin;
    private final NDManager manager;
    private final Random random;
    private final int tokens;
    private final float[][][] keys; // by token, head and dimension
    private final float[][][] values;
    private final float[][][] queries; // the numbers of a head's query heads, one query head after the other

    WalkStep(KvShape shape, LayerCache layer, ReferenceLayer twin, int tokens, NDManager manager, Random random) {
        this.shape = shape;
        this.layer = layer;
        this.twin = twin;
        this.manager = manager;
        this.random = random;
        this.tokens = tokens;
        this.keys = vectors(shape.headDim());
        this.values = vectors(shape.headDim());
        this.queries = vectors(shape.group() * shape.headDim());
    }

    /** What attention made of one view of the layer: weights (heads, tokens, rows) and output (heads, tokens, headDim). */
    private record Attention(LayerView view, NDArray query, NDArray weights, NDArray output) {}

    /** Returns how many tokens the layer lost. */
    int run() {
        write();
        poison();
        List<Attention> attended = layer.views().stream().map(this::attend).toList();
        if (layer.settlesInPlace() && random.nextBoolean()) {
            settleInPlace(attended);
        } else {
            layer.settle(attended.stream()
                    .map(part -> new AttentionStep(part.weights()).with(Signal.QUERIES, part.query()))
                    .toList());
        }
        int evicted = layer.trim();
        if (evicted > 0) {
            poison();
        }

        for (int token = 0; token < tokens; token++) {
            assertThat(twin.isTrimDue())
                    .as("only the last token of a piece is followed by a trim")
                    .isFalse();
            twin.append(keys[token], values[token], queries[token]);
        }
        double[][][] received = new double[shape.kvHeads()][][];
        attended.forEach(part -> receive(part, received));
        attended.forEach(part -> assertOutput(part, received));
        twin.observe(received, queries);
        assertThat(evicted).isEqualTo(twin.trim());
        return evicted;
    }

    /** Makes all rows that attention does not read NaN, in tensors that are the layer's own since it has claimed rows there. */
    private void poison() {
        LayerCache.Tensors storage = layer.tensors();
        for (int head = 0; head < shape.kvHeads(); head++) {
            int from = layer.first(head) + layer.rows(head);
            int to = head + 1 < shape.kvHeads()
                    ? layer.first(head + 1)
                    : (int) storage.keys().getShape().get(0);
            if (from < to) {
                NDIndex beyond = new NDIndex().addSliceDim(from, to);
                storage.keys().set(beyond, Float.NaN);
                storage.values().set(beyond, Float.NaN);
            }
        }
    }

    private void write() {
        int position = layer.claim(tokens);
        int way = random.nextInt(layer.hasMemory() ? 3 : 2);
        if (way == 0) {
            layer.write(tensor(keys, all()), tensor(values, all()));
            return;
        }
        for (int head = 0; head < shape.kvHeads(); head++) {
            int row = layer.first(head) + layer.row(head, position);
            if (way == 1) {
                NDIndex rows = new NDIndex().addSliceDim(row, row + tokens);
                layer.tensors().keys().set(rows, stored(keys, head));
                layer.tensors().values().set(rows, stored(values, head));
            } else {
                for (int token = 0; token < tokens; token++) {
                    int at = (row + token) * shape.headDim();
                    layer.memory().keys().put(at, keys[token][head]);
                    layer.memory().values().put(at, values[token][head]);
                }
            }
        }
    }

    private NDArray stored(float[][][] vectors, int head) {
        return tensor(vectors, List.of(head)).toType(shape.storage(), false).squeeze(0);
    }

    /** Attention as a model computes it: over whole blocks, rows that are unused or later than the query masked. */
    private Attention attend(LayerView view) {
        int count = (int) view.positions().getShape().get(0);
        List<Integer> heads = IntStream.range(view.firstHead(), view.firstHead() + count)
                .boxed()
                .toList();
        int group = shape.group();
        int rows = layer.rows(view.firstHead());
        NDArray query = tensor(queries, heads).reshape(count, (long) tokens * group, shape.headDim());
        int[] places = IntStream.range(0, tokens * group)
                .map(row -> layer.seen() - tokens + row / group)
                .toArray();
        NDArray later = placed(view, rows).expandDims(1).gt(manager.create(places, new Shape(1, places.length, 1)));
        NDArray weights = query.matMul(rows(layer.tensors().keys(), heads).transpose(0, 2, 1))
                .add(later.toType(DataType.FLOAT32, false).mul(-1e30f))
                .softmax(-1)
                .reshape(count, tokens, group, rows)
                .mean(new int[] {2});
        return new Attention(
                view, query, weights, weights.matMul(rows(layer.tensors().values(), heads)));
    }

    /** The rows that attention reads of some heads, float32, shape (heads, rows, headDim). */
    private NDArray rows(NDArray stored, List<Integer> heads) {
        NDList parts = new NDList();
        for (int head : heads) {
            int from = layer.first(head);
            parts.add(stored.get(new NDIndex().addSliceDim(from, from + layer.rows(head)))
                    .expandDims(0));
        }
        return NDArrays.concat(parts).toType(DataType.FLOAT32, false);
    }

    /** The positions of all rows, those of unused ones later than any query. */
    private NDArray placed(LayerView view, int rows) {
        NDArray positions = view.positions();
        NDArray unused =
                manager.full(new Shape(positions.getShape().get(0), rows - view.length()), 1 << 30, DataType.INT32);
        return positions.concat(unused, 1);
    }

    /** The way of a kernel that adds the weights to what is remembered, and keeps the queries, itself. */
    private void settleInPlace(List<Attention> attended) {
        LayerCache.Tensors storage = layer.tensors();
        for (Attention part : attended) {
            NDArray sums = part.weights().toType(DataType.FLOAT64, false).sum(new int[] {1});
            for (int i = 0; layer.sumsAttention() && i < sums.getShape().get(0); i++) {
                int from = layer.first(part.view().firstHead() + i);
                NDIndex rows =
                        new NDIndex().addSliceDim(from, from + sums.getShape().get(1));
                storage.tokenState().set(rows, storage.tokenState().get(rows).add(sums.get(i)));
            }
        }
        for (int token = 0; layer.queries() > 0 && token < tokens; token++) {
            int row = (layer.seen() - tokens + token) % layer.queries();
            float[] flat = new float[shape.kvHeads() * shape.group() * shape.headDim()];
            for (int head = 0; head < shape.kvHeads(); head++) {
                float[] own = queries[token][head];
                System.arraycopy(own, 0, flat, head * own.length, own.length);
            }
            storage.queries()
                    .set(new NDIndex().addSliceDim(row, row + 1), manager.create(flat, new Shape(1, flat.length)));
        }
        layer.settle();
    }

    /** Reads the weights of the tokens held, by head, query and slot; those of other rows must be zero. */
    private void receive(Attention part, double[][][] received) {
        float[] weights = part.weights().toFloatArray();
        int rows = (int) part.weights().getShape().get(2);
        for (int i = 0; i < part.weights().getShape().get(0); i++) {
            int head = part.view().firstHead() + i;
            received[head] = new double[tokens][twin.length(head)];
            for (int token = 0; token < tokens; token++) {
                for (int slot = 0; slot < rows; slot++) {
                    float weight = weights[(i * tokens + token) * rows + slot];
                    if (slot < twin.length(head)) {
                        received[head][token][slot] = weight;
                    } else if (weight != 0) {
                        assertThat(weight).as("weight of a masked row").isZero();
                    }
                }
            }
        }
    }

    private void assertOutput(Attention part, double[][][] received) {
        float[] output = part.output().toFloatArray();
        int at = 0;
        for (int head = part.view().firstHead(); at < output.length; head++) {
            for (int token = 0; token < tokens; token++) {
                assertOutput(output, at, received[head][token], twin.heads.get(head));
                at += shape.headDim();
            }
        }
    }

    private void assertOutput(float[] output, int at, double[] weights, List<Token> held) {
        for (int i = 0; i < shape.headDim(); i++) {
            double expected = 0;
            for (int slot = 0; slot < weights.length; slot++) {
                expected += weights[slot] * held.get(slot).value[i];
            }
            // AssertJ makes decimals of both, which takes longer than all the rest.
            if (!(Math.abs(output[at + i] - expected) <= 1e-4)) {
                assertThat((double) output[at + i]).isCloseTo(expected, within(1e-4));
            }
        }
    }

    /** Random vectors by token, head and dimension. */
    private float[][][] vectors(int numbers) {
        float[][][] vectors = new float[tokens][shape.kvHeads()][numbers];
        for (float[][] token : vectors) {
            for (float[] head : token) {
                for (int i = 0; i < numbers; i++) {
                    float number = (float) random.nextGaussian();
                    // Multiples of 1/256 up to 8 fit into float16, so that both storages hold them exactly.
                    head[i] = shape.storage() == DataType.FLOAT16 ? Math.round(number * 256) / 256f : number;
                }
            }
        }
        return vectors;
    }

    private List<Integer> all() {
        return IntStream.range(0, shape.kvHeads()).boxed().toList();
    }

    /** Vectors of some heads, shape (heads, tokens, numbers). */
    private NDArray tensor(float[][][] vectors, List<Integer> heads) {
        int numbers = vectors[0][0].length;
        float[] flat = new float[heads.size() * tokens * numbers];
        int at = 0;
        for (int head : heads) {
            for (float[][] token : vectors) {
                System.arraycopy(token[head], 0, flat, at, numbers);
                at += numbers;
            }
        }
        return manager.create(flat, new Shape(heads.size(), tokens, numbers));
    }
}
