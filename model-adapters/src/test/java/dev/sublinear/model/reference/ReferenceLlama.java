package dev.sublinear.model.reference;

import java.nio.file.Path;
import java.util.Map;

/**
 * A Llama in plain loops and double arithmetic, slow and obvious: the twin that the fast one is compared with.
 *
 * <p>Touvron et al., <a href="https://arxiv.org/abs/2302.13971">LLaMA: Open and Efficient Foundation Language
 * Models</a>, 2023. It reads one token after another, so that what a pruned cache keeps cannot depend on chunks.
 */
public final class ReferenceLlama {
    private final LlamaSizes sizes;
    private final Map<String, float[]> weights;
    private final float[] head;

    /** Makes a model of weights in row-major order under the names of Hugging Face. */
    public ReferenceLlama(LlamaSizes sizes, Map<String, float[]> weights) {
        this.sizes = sizes;
        this.weights = weights;
        this.head = weight(sizes.tiedHead() ? "model.embed_tokens.weight" : "lm_head.weight");
    }

    /** Reads config.json and *.safetensors of a checkpoint directory. */
    public static ReferenceLlama read(Path directory) {
        return new ReferenceLlama(LlamaSizes.read(directory), PlainSafetensors.readDirectory(directory));
    }

    /** The sizes it was made with. */
    public LlamaSizes sizes() {
        return sizes;
    }

    /** Returns the logits after each token of a sequence of which nothing is evicted. */
    public double[][] logits(int... ids) {
        return start(ReferencePolicy.unlimited()).appendAll(ids);
    }

    /** Starts an empty sequence whose cache is pruned by {@code policy}. */
    public ReferenceSequence start(ReferencePolicy policy) {
        return new ReferenceSequence(this, policy);
    }

    /** Returns the logits after the token {@code id} at {@code position}; {@code cache} is indexed by layer and head. */
    double[] forward(int id, int position, ReferenceHead[][] cache) {
        double[] x = embedding(id);
        for (int layer = 0; layer < sizes.layers(); layer++) {
            String prefix = "model.layers." + layer + ".";
            double[] normed = rmsNorm(x, weight(prefix + "input_layernorm.weight"));
            addTo(x, attention(prefix + "self_attn.", normed, position, cache[layer]));
            normed = rmsNorm(x, weight(prefix + "post_attention_layernorm.weight"));
            addTo(x, feedForward(prefix + "mlp.", normed));
        }
        return linear(head, rmsNorm(x, weight("model.norm.weight")));
    }

    private double[] embedding(int id) {
        float[] table = weight("model.embed_tokens.weight");
        double[] row = new double[sizes.hidden()];
        for (int i = 0; i < row.length; i++) {
            row[i] = table[id * row.length + i];
        }
        return row;
    }

    private double[] rmsNorm(double[] x, float[] gain) {
        double squares = 0;
        for (double value : x) {
            squares += value * value;
        }
        double scale = 1 / Math.sqrt(squares / x.length + sizes.normEpsilon());
        double[] normed = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            normed[i] = gain[i] * (x[i] * scale);
        }
        return normed;
    }

    private double[] attention(String prefix, double[] x, int position, ReferenceHead[] heads) {
        double[][] queries = heads(linear(weight(prefix + "q_proj.weight"), x));
        double[][] keys = heads(linear(weight(prefix + "k_proj.weight"), x));
        double[][] values = heads(linear(weight(prefix + "v_proj.weight"), x));
        double[] joined = new double[sizes.queryHeads() * sizes.headDim()];
        for (int h = 0; h < sizes.kvHeads(); h++) {
            heads[h].append(new ReferenceToken(position, rotate(keys[h], position), values[h]));
            // Query heads h·group to (h + 1)·group - 1 share key-value head h.
            double[][] group = new double[sizes.group()][];
            for (int g = 0; g < group.length; g++) {
                group[g] = rotate(queries[h * group.length + g], position);
            }
            double[][] outputs = heads[h].attend(group);
            for (int g = 0; g < group.length; g++) {
                System.arraycopy(outputs[g], 0, joined, (h * group.length + g) * sizes.headDim(), sizes.headDim());
            }
            heads[h].trim(position + 1);
        }
        return linear(weight(prefix + "o_proj.weight"), joined);
    }

    /** Splits the concatenated heads. */
    private double[][] heads(double[] joined) {
        double[][] heads = new double[joined.length / sizes.headDim()][sizes.headDim()];
        for (int i = 0; i < joined.length; i++) {
            heads[i / sizes.headDim()][i % sizes.headDim()] = joined[i];
        }
        return heads;
    }

    /**
     * Turns each pair of a head by position·θ^(-2i/d).
     *
     * <p>Hugging Face pairs element i with i + d/2, where the RoFormer paper pairs 2i with 2i + 1.
     */
    private double[] rotate(double[] head, int position) {
        int half = head.length / 2;
        double[] rotated = new double[head.length];
        for (int i = 0; i < half; i++) {
            // In float32 as everywhere: at a position of some thousands, a more exact angle would be another model.
            float frequency = 1 / (float) Math.pow(sizes.ropeTheta(), 2.0 * i / head.length);
            float angle = position * frequency;
            rotated[i] = head[i] * Math.cos(angle) - head[i + half] * Math.sin(angle);
            rotated[i + half] = head[i + half] * Math.cos(angle) + head[i] * Math.sin(angle);
        }
        return rotated;
    }

    /** SwiGLU: down(silu(gate(x)) · up(x)). */
    private double[] feedForward(String prefix, double[] x) {
        double[] gate = linear(weight(prefix + "gate_proj.weight"), x);
        double[] up = linear(weight(prefix + "up_proj.weight"), x);
        double[] product = new double[gate.length];
        for (int i = 0; i < product.length; i++) {
            product[i] = gate[i] / (1 + Math.exp(-gate[i])) * up[i];
        }
        return linear(weight(prefix + "down_proj.weight"), product);
    }

    /** Returns matrix·x, the matrix of shape (outputs, x.length). */
    private static double[] linear(float[] matrix, double[] x) {
        double[] product = new double[matrix.length / x.length];
        for (int row = 0; row < product.length; row++) {
            double sum = 0;
            for (int column = 0; column < x.length; column++) {
                sum += matrix[row * x.length + column] * x[column];
            }
            product[row] = sum;
        }
        return product;
    }

    private static void addTo(double[] x, double[] y) {
        for (int i = 0; i < x.length; i++) {
            x[i] += y[i];
        }
    }

    private float[] weight(String name) {
        float[] weight = weights.get(name);
        if (weight == null) {
            throw new IllegalArgumentException("The checkpoint has no tensor " + name);
        }
        return weight;
    }
}
