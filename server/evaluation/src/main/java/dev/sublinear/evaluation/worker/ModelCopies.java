package dev.sublinear.evaluation.worker;

import dev.sublinear.model.ComputeDevice;
import dev.sublinear.model.Execution;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.checkpoint.Checkpoint;
import dev.sublinear.model.decoder.DecoderLm;
import dev.sublinear.model.precision.Precision;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Loads a copy of a checkpoint for each worker.
 *
 * @param checkpoint opens the checkpoint
 * @param usual execution when serving, of which only the device is used
 * @param threads of each copy
 */
public record ModelCopies(Supplier<Checkpoint> checkpoint, Execution usual, int threads)
        implements Supplier<ModelsByPrecision> {

    /** Copies that compute on one thread each: the workers fill the other cores. */
    public ModelCopies(Supplier<Checkpoint> checkpoint, Execution usual) {
        this(checkpoint, usual, 1);
    }

    @Override
    public ModelsByPrecision get() {
        return new Loaded(checkpoint.get(), usual.device(), threads);
    }

    /** Returns copies of another checkpoint that is made from this one. */
    public ModelCopies of(UnaryOperator<Checkpoint> other) {
        return new ModelCopies(() -> other.apply(checkpoint.get()), usual, threads);
    }

    /** Opens the checkpoint for its sizes alone. */
    public ModelSpec spec() {
        try (Checkpoint open = checkpoint.get()) {
            return open.spec();
        }
    }

    private static final class Loaded implements ModelsByPrecision {
        private final Checkpoint checkpoint;
        private final ComputeDevice device;
        private final int threads;
        private final Map<Precision, DecoderLm> models = new LinkedHashMap<>();

        Loaded(Checkpoint checkpoint, ComputeDevice device, int threads) {
            this.checkpoint = checkpoint;
            this.device = device;
            this.threads = threads;
        }

        @Override
        public DecoderLm in(Precision precision) {
            return models.computeIfAbsent(
                    precision, each -> DecoderLm.load(checkpoint, new Execution(each, device, threads)));
        }

        @Override
        public void close() {
            models.values().forEach(DecoderLm::close);
            checkpoint.close();
        }
    }
}
