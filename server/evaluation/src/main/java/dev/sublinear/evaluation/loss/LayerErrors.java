package dev.sublinear.evaluation.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.model.ModelSpec;

/**
 * What the output of one layer's attention loses when its key-value heads keep fewer tokens, for the queries that follow.
 *
 * <p>The exponentials of a head's scores are computed once. With the tokens in their {@link KeepingOrder}, what a budget keeps
 * are the first columns; numerator and denominator of the softmax are summed from one budget to the next, so all budgets cost one
 * attention.
 */
final class LayerErrors {
    private static final float HIDDEN = -1e30f; // a score whose exponential is zero

    private final ModelSpec spec;
    private final int layer;
    private final NDManager manager;

    LayerErrors(ModelSpec spec, int layer, NDManager manager) {
        this.spec = spec;
        this.layer = layer;
        this.manager = manager;
    }

    /**
     * One key-value head after the queries have come.
     *
     * @param order positions of the tokens before the queries, as {@link KeepingOrder} has them
     * @param keys of all tokens by position, headDim numbers each, rotated; the last ones are those of the queries' own tokens
     * @param values in the same order
     * @param queries of the newest tokens, oldest first, the query heads of a token next to one another
     */
    @SuppressWarnings("ArrayRecordComponent") // a message for one call
    record Head(int[] order, float[] keys, float[] values, float[] queries) {}

    /**
     * Returns for each head and budget the squared error of its part of the layer's attention output, the sum over the queries that count,
     * relative to the squared length of that output.
     *
     * @param budgets ascending, the last one the number of tokens before the queries
     * @param counted for each of the newest tokens 1 where its queries count, else 0
     */
    double[][] of(Head[] heads, int[] budgets, float[] counted, OutputMatrix out) {
        double[][] errors = new double[heads.length][];
        try (NDScope temporaries = new NDScope()) {
            temporaries.suppressNotUsedWarning();
            NDArray counts = manager.create(counted);
            NDArray output = manager.create(0f);
            for (int head = 0; head < heads.length; head++) {
                NDArray[] outputs = outputs(heads[head], budgets);
                NDArray full = wide(outputs[budgets.length - 1]);
                errors[head] = squared(outputs, full, out.gram(head), counts);
                output = output.add(full.matMul(out.part(head).transpose()));
            }
            double scale = output.square().sum(new int[] {1}).mul(counts).sum().getFloat();
            for (double[] head : errors) {
                for (int i = 0; i < head.length; i++) {
                    head[i] /= scale;
                }
            }
        }
        return errors;
    }

    /** Returns the squared length of what each budget's output loses through the output matrix, the sum over the queries that count. */
    private double[] squared(NDArray[] outputs, NDArray full, NDArray gram, NDArray counts) {
        NDList lost = new NDList();
        for (NDArray output : outputs) {
            lost.add(wide(output).sub(full));
        }
        NDArray all = NDArrays.concat(lost); // (budgets · tokens, group · headDim)
        NDArray lengths = all.matMul(gram).mul(all).sum(new int[] {1});
        float[] sums = lengths.reshape(outputs.length, -1)
                .mul(counts)
                .sum(new int[] {1})
                .toFloatArray();
        double[] errors = new double[sums.length];
        for (int i = 0; i < errors.length - 1; i++) {
            errors[i] = Math.max(0, sums[i]); // below zero is rounding
        }
        return errors; // the last budget keeps everything and loses nothing
    }

    /** The query heads of a token side by side, shape (tokens, group · headDim). */
    private NDArray wide(NDArray output) {
        return output.reshape(-1, (long) spec.group() * spec.headDim());
    }

    /** Returns what the head's queries get of the tokens of each budget and of the tokens since, shape (queries, headDim). */
    private NDArray[] outputs(Head head, int[] budgets) {
        int size = spec.headDim();
        int before = head.order().length;
        int after = head.keys().length / size - before;
        int[] columns = columns(head.order(), after);
        NDArray keys = manager.create(rows(head.keys(), columns), new Shape(columns.length, size));
        NDArray values = manager.create(rows(head.values(), columns), new Shape(columns.length, size));
        NDArray queries = manager.create(head.queries(), new Shape((long) after * spec.group(), size));
        NDArray scores = capped(queries.matMul(keys.transpose())
                        .muli((float) spec.architecture().attentionScale()))
                .addi(hidden(columns, before, after));
        NDArray weights = scores.subi(scores.max(new int[] {1}, true)).exp();
        NDArray[] outputs = new NDArray[budgets.length];
        NDArray numerator = manager.zeros(new Shape((long) after * spec.group(), size));
        NDArray denominator = manager.create(Float.MIN_NORMAL);
        int from = 0;
        for (int i = 0; i < budgets.length; i++) {
            int to = after + budgets[i];
            NDArray block = weights.get(new NDIndex().addAllDim().addSliceDim(from, to));
            numerator = numerator.add(block.matMul(values.get(new NDIndex().addSliceDim(from, to))));
            denominator = denominator.add(block.sum(new int[] {1}, true));
            outputs[i] = numerator.div(denominator);
            from = to;
        }
        return outputs;
    }

    /** The tokens since, which are always kept, then the others in their order. */
    private static int[] columns(int[] order, int after) {
        int[] columns = new int[order.length + after];
        for (int i = 0; i < after; i++) {
            columns[i] = order.length + i;
        }
        System.arraycopy(order, 0, columns, after, order.length);
        return columns;
    }

    private float[] rows(float[] all, int[] rows) {
        int size = spec.headDim();
        float[] picked = new float[rows.length * size];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(all, rows[i] * size, picked, i * size, size);
        }
        return picked;
    }

    private NDArray capped(NDArray scores) {
        float cap = (float) spec.architecture().attentionCap();
        return cap == 0 ? scores : scores.divi(cap).tanh().muli(cap);
    }

    /** What hides later tokens from a query and, in a layer with a window, earlier ones; shape (queries, columns). */
    private NDArray hidden(int[] columns, int before, int after) {
        int window = spec.architecture().windows().get(layer);
        int group = spec.group();
        int width = window == 0 ? after : columns.length; // only the tokens since can come later than a query
        float[] hidden = new float[after * group * width];
        for (int row = 0; row < after * group; row++) {
            int position = before + row / group;
            for (int column = 0; column < width; column++) {
                boolean later = columns[column] > position;
                boolean gone = window > 0 && columns[column] <= position - window;
                hidden[row * width + column] = later || gone ? HIDDEN : 0;
            }
        }
        NDArray part = manager.create(hidden, new Shape((long) after * group, width));
        return width == columns.length
                ? part
                : NDArrays.concat(
                        new NDList(part, manager.zeros(new Shape((long) after * group, columns.length - (long) width))),
                        1);
    }
}
