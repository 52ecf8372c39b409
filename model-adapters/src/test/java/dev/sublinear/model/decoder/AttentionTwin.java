package dev.sublinear.model.decoder;

import dev.sublinear.kvcache.analysis.LayerSnapshot;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.attention.Chunk;
import dev.sublinear.model.rotary.Rotation;
import java.util.Arrays;

/**
 * Attention of a chunk as one would write it, in float64, over what its cache holds after the chunk has been attended. Its sizes
 * are those of {@code attention.py}.
 */
final class AttentionTwin {
    private final ModelSpec spec;
    private final Chunk chunk;
    private final float[] rotated;
    private final LayerSnapshot held;
    private final int[] slots; // which row of each head the chunk's first token has

    /** @param projected queries, keys and values of all tokens of the step, not rotated yet, (T, H * G + 2 * H, S) */
    AttentionTwin(ModelSpec spec, Chunk chunk, Rotation rotation, float[] projected) {
        this.spec = spec;
        this.chunk = chunk;
        int heads = spec.heads() + 2 * spec.kvHeads();
        this.rotated = Arrays.copyOfRange(
                projected, chunk.first() * heads * spec.headDim(), chunk.end() * heads * spec.headDim());
        for (int token = 0; token < chunk.tokens(); token++) {
            rotation.rotate(
                    chunk.first() + token,
                    rotated,
                    token * heads * spec.headDim(),
                    spec.heads() + spec.kvHeads(),
                    spec.headDim());
        }
        this.held = LayerSnapshot.of(chunk.cache());
        this.slots = new int[spec.kvHeads()];
        Arrays.setAll(slots, head -> chunk.cache().row(head, chunk.position()));
    }

    /** A number of one of the H * G + 2 * H heads of a token of the chunk, rotated. */
    float projected(int token, int head, int number) {
        return rotated[(token * (spec.heads() + 2 * spec.kvHeads()) + head) * spec.headDim() + number];
    }

    /** The number that the cache holds of a key of the chunk. */
    float key(int token, int kvHead, int number) {
        return held.keys(kvHead)[(slots[kvHead] + token) * spec.headDim() + number];
    }

    float value(int token, int kvHead, int number) {
        return held.values(kvHead)[(slots[kvHead] + token) * spec.headDim() + number];
    }

    /** How much a token of the chunk attends to each row held. */
    double[] weights(int token, int head) {
        int kvHead = head / spec.group();
        int length = held.length(kvHead);
        float[] keys = held.keys(kvHead);
        int[] positions = held.positions(kvHead);
        double[] weights = new double[length];
        double sum = 0;
        for (int row = 0; row < length; row++) {
            boolean later = row > slots[kvHead] + token;
            boolean outside = chunk.window() > 0 && positions[row] <= chunk.position() + token - chunk.window();
            double score = 0;
            for (int number = 0; number < spec.headDim(); number++) {
                score += (double) projected(token, head, number) * keys[row * spec.headDim() + number];
            }
            weights[row] =
                    later || outside ? 0 : Math.exp(score * spec.architecture().attentionScale());
            sum += weights[row];
        }
        for (int row = 0; row < length; row++) {
            weights[row] /= sum;
        }
        return weights;
    }

    /** The same, the mean of the query heads that share a key-value head. */
    double[] meanWeights(int token, int kvHead) {
        double[] mean = new double[held.length(kvHead)];
        for (int head = kvHead * spec.group(); head < (kvHead + 1) * spec.group(); head++) {
            double[] weights = weights(token, head);
            for (int row = 0; row < mean.length; row++) {
                mean[row] += weights[row] / spec.group();
            }
        }
        return mean;
    }

    /** What a token of the chunk finds, (S). */
    double[] found(int token, int head) {
        int kvHead = head / spec.group();
        double[] weights = weights(token, head);
        float[] values = held.values(kvHead);
        double[] found = new double[spec.headDim()];
        for (int row = 0; row < weights.length; row++) {
            for (int number = 0; number < found.length; number++) {
                found[number] += weights[row] * values[row * spec.headDim() + number];
            }
        }
        return found;
    }
}
