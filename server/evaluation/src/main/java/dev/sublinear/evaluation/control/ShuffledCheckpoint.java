package dev.sublinear.evaluation.control;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.Weight;
import dev.sublinear.model.checkpoint.Checkpoint;
import dev.sublinear.model.checkpoint.GenerationDefaults;
import dev.sublinear.model.checkpoint.StoredWeights;
import dev.sublinear.model.checkpoint.TemplateSources;
import dev.sublinear.model.checkpoint.WeightType;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;

/**
 * A checkpoint with random weights of the shapes and distributions of a trained one: the elements of each of its matrices,
 * shuffled. Vectors, which only scale, stay as they are.
 */
record ShuffledCheckpoint(Checkpoint original) implements Checkpoint {
    /** The most elements of a matrix: it is shuffled in memory, as float32. */
    private static final long MOST_ELEMENTS = 64 << 20;

    private static final long MOST_PARAMETERS = 500_000_000;

    /** Tells whether shuffling a model of these sizes takes only seconds and less than 256 MB. */
    static boolean isAffordable(ModelSpec spec) {
        long largest = Arrays.stream(Weight.values())
                .filter(weight -> weight.copies(spec) > 0)
                .mapToLong(weight -> weight.size(spec))
                .max()
                .orElse(0);
        return largest <= MOST_ELEMENTS && spec.parameters() <= MOST_PARAMETERS;
    }

    @Override
    public StoredWeights weights() {
        return new ShuffledWeights(original.weights(), spec());
    }

    private static final class ShuffledWeights implements StoredWeights {
        private record Matrix(Weight weight, int layer, int expert) {
            Random random() {
                return new Random(Objects.hash(weight.name(), layer, expert));
            }
        }

        private final StoredWeights original;
        private final ModelSpec spec;
        private Matrix shuffled = new Matrix(Weight.FINAL_NORM, 0, 0); // nothing yet: a norm is no matrix
        private float[] numbers = {};

        ShuffledWeights(StoredWeights original, ModelSpec spec) {
            this.original = original;
            this.spec = spec;
        }

        @Override
        public void read(Weight weight, int layer, int expert, long fromElement, FloatBuffer into) {
            if (weight.isVector()) {
                original.read(weight, layer, expert, fromElement, into);
                return;
            }
            Matrix matrix = new Matrix(weight, layer, expert);
            if (!matrix.equals(shuffled)) {
                numbers = new float[Math.toIntExact(weight.size(spec))];
                original.read(weight, layer, expert, 0, FloatBuffer.wrap(numbers));
                shuffle(numbers, matrix.random());
                shuffled = matrix;
            }
            into.put(numbers, Math.toIntExact(fromElement), into.remaining());
        }

        private static void shuffle(float[] numbers, Random random) {
            for (int last = numbers.length - 1; last > 0; last--) {
                int other = random.nextInt(last + 1);
                float moved = numbers[last];
                numbers[last] = numbers[other];
                numbers[other] = moved;
            }
        }

        @Override
        public WeightType type() {
            return original.type();
        }

        @Override
        public Layout layout(Weight weight) {
            return original.layout(weight);
        }

        @Override
        public void verifyUnchanged() {
            original.verifyUnchanged();
        }
    }

    @Override
    public String name() {
        return original.name();
    }

    @Override
    public ModelSpec spec() {
        return original.spec();
    }

    @Override
    public ObjectNode tokenizer() {
        return original.tokenizer();
    }

    @Override
    public TemplateSources templates() {
        return original.templates();
    }

    @Override
    public GenerationDefaults generationDefaults() {
        return original.generationDefaults();
    }

    /** Returns a fingerprint of its own: these are other weights. */
    @Override
    public String fingerprint() {
        return "shuffled " + original.fingerprint();
    }

    @Override
    public void close() {
        original.close();
    }
}
