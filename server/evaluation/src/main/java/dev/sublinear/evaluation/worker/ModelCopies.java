package dev.sublinear.evaluation.worker;

import dev.sublinear.model.Execution;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.checkpoint.Checkpoint;
import dev.sublinear.model.decoder.DecoderLm;
import dev.sublinear.model.precision.Precisions;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Loads a copy of a checkpoint for each worker, which computes on one thread.
 *
 * @param checkpoint opens the checkpoint
 * @param usual execution when serving, of which only the device is used
 */
public record ModelCopies(Supplier<Checkpoint> checkpoint, Execution usual) implements Supplier<ModelsByPrecision> {
    private static final int THREADS = 1; // of each copy: the workers fill the other cores

    @Override
    public ModelsByPrecision get() {
        return new Loaded(checkpoint.get(), usual);
    }

    /** Returns copies of another checkpoint that is made from this one. */
    public ModelCopies of(UnaryOperator<Checkpoint> other) {
        return new ModelCopies(() -> other.apply(checkpoint.get()), usual);
    }

    /** Opens the checkpoint for its sizes alone. */
    public ModelSpec spec() {
        try (Checkpoint open = checkpoint.get()) {
            return open.spec();
        }
    }

    private static final class Loaded implements ModelsByPrecision {
        private final Checkpoint checkpoint;
        private final Execution usual;
        private final Map<String, DecoderLm> models = new LinkedHashMap<>();

        Loaded(Checkpoint checkpoint, Execution usual) {
            this.checkpoint = checkpoint;
            this.usual = usual;
        }

        @Override
        public DecoderLm in(String precision) {
            return models.computeIfAbsent(
                    precision,
                    name -> DecoderLm.load(checkpoint, new Execution(Precisions.named(name), usual.device(), THREADS)));
        }

        @Override
        public void close() {
            models.values().forEach(DecoderLm::close);
            checkpoint.close();
        }
    }
}
