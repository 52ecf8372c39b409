package dev.sublinear.server.evaluation;

import dev.sublinear.kvcache.KvShape;
import dev.sublinear.model.CausalLm;
import dev.sublinear.model.Execution;
import dev.sublinear.model.ModelDirectory;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.Precision;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * A checkpoint on disk, of which each worker loads a copy that computes on one thread.
 *
 * @param usual how it runs when it serves; the device counts
 */
public record Checkpoint(Path directory, Execution usual) implements Supplier<Models> {
    private static final int THREADS = 1; // the workers are the other

    @Override
    public Models get() {
        ModelDirectory open = ModelDirectory.open(directory);
        return new Loaded(open, usual);
    }

    /** The sizes of its cache. */
    KvShape shape() {
        try (ModelDirectory open = ModelDirectory.open(directory)) {
            ModelSpec spec = open.spec();
            return spec.kvShape();
        }
    }

    private static final class Loaded implements Models {
        private final ModelDirectory directory;
        private final Execution usual;
        private final Map<String, CausalLm> models = new LinkedHashMap<>();

        Loaded(ModelDirectory directory, Execution usual) {
            this.directory = directory;
            this.usual = usual;
        }

        @Override
        public CausalLm in(String precision) {
            return models.computeIfAbsent(
                    precision,
                    name -> CausalLm.load(directory, new Execution(Precision.named(name), usual.device(), THREADS)));
        }

        @Override
        public void close() {
            models.values().forEach(CausalLm::close);
            directory.close();
        }
    }
}
