package dev.sublinear.evaluation;

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
 * A checkpoint of which each worker loads a copy that computes on one thread.
 *
 * @param checkpoint opens it
 * @param usual how it runs when it serves; the device counts
 */
public record ModelCopies(Supplier<Checkpoint> checkpoint, Execution usual) implements Supplier<Models> {
    private static final int THREADS = 1; // the workers are the other

    @Override
    public Models get() {
        return new Loaded(checkpoint.get(), usual);
    }

    /** The same of another checkpoint, made of this one. */
    ModelCopies of(UnaryOperator<Checkpoint> other) {
        return new ModelCopies(() -> other.apply(checkpoint.get()), usual);
    }

    ModelSpec spec() {
        try (Checkpoint open = checkpoint.get()) {
            return open.spec();
        }
    }

    private static final class Loaded implements Models {
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
