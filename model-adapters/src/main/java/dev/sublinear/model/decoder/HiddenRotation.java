package dev.sublinear.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import java.util.Random;

/**
 * A rotation R (D, D) of rows of D numbers that spreads each number over all of them: random signs, and then the Hartley
 * transforms of a grid (a, b) of them, D = a·b, which take a + b operations a number where a matrix would take D.
 */
final class HiddenRotation {
    private static final int BLOCK_FLOATS = 1 << 20;

    private final int width;
    private final int rows;
    private final int columns;
    private final float[] signs;

    HiddenRotation(int width) {
        int divisor = (int) Math.sqrt(width);
        while (width % divisor != 0) {
            divisor--;
        }
        this.width = width;
        this.rows = divisor;
        this.columns = width / divisor;
        this.signs = signs(width);
    }

    /** Drawn by a seed of their own: a model has the same weights whenever it is loaded. */
    private static float[] signs(int width) {
        Random random = new Random(width);
        float[] signs = new float[width];
        for (int i = 0; i < width; i++) {
            signs[i] = random.nextBoolean() ? 1 : -1;
        }
        return signs;
    }

    /** Returns the matrix (n, n) of cos(2πij/n) + sin(2πij/n), over √n: symmetric, and its own inverse. */
    private static NDArray hartley(NDManager manager, int n) {
        float[] numbers = new float[n * n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                double angle = 2 * Math.PI * (i * j % n) / n;
                numbers[i * n + j] = (float) ((Math.cos(angle) + Math.sin(angle)) / Math.sqrt(n));
            }
        }
        return manager.create(numbers, new Shape(n, n));
    }

    /** Overwrites a matrix M (N, D), or a vector (D), with M·R, and returns it. */
    NDArray rotateRows(NDArray matrix) {
        long count = matrix.size() / width;
        long most = Math.max(1, BLOCK_FLOATS / width);
        NDManager manager = matrix.getManager();
        try (NDScope factors = new NDScope()) {
            factors.suppressNotUsedWarning();
            NDArray sign = manager.create(signs);
            NDArray left = hartley(manager, rows);
            NDArray right = hartley(manager, columns);
            NDArray table = matrix.reshape(count, width);
            for (long row = 0; row < count; row += most) {
                try (NDScope block = new NDScope()) {
                    block.suppressNotUsedWarning();
                    NDIndex some = new NDIndex().addSliceDim(row, Math.min(count, row + most));
                    NDArray grids = table.get(some).mul(sign).reshape(-1, rows, columns);
                    table.set(some, left.matMul(grids.matMul(right)).reshape(-1, width));
                }
            }
        }
        return matrix;
    }

    /** Overwrites a matrix M (D, N) with transposed R·M, and returns it. */
    NDArray rotateColumns(NDArray matrix) {
        NDManager manager = matrix.getManager();
        try (NDScope temporaries = new NDScope()) {
            temporaries.suppressNotUsedWarning();
            NDArray signed = matrix.mul(manager.create(signs, new Shape(width, 1)));
            NDArray once = hartley(manager, columns).matMul(signed.reshape(rows, columns, -1));
            NDArray twice = hartley(manager, rows).matMul(once.reshape(rows, -1));
            matrix.set(new NDIndex(":"), twice.reshape(matrix.getShape()));
        }
        return matrix;
    }
}
