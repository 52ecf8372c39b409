package dev.sublinear.server.evaluation;

import dev.sublinear.model.CausalLm;
import dev.sublinear.model.ModelDirectory;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/** A checkpoint on disk, of which each worker loads a copy that computes on one thread. */
public record Checkpoint(Path directory) implements Supplier<Models> {
    private static final int THREADS = 1; // the workers are the other

    @Override
    public Models get() {
        ModelDirectory open = ModelDirectory.open(directory);
        return new Loaded(open);
    }

    private static final class Loaded implements Models {
        private final ModelDirectory directory;
        private final Map<String, CausalLm> models = new LinkedHashMap<>();

        Loaded(ModelDirectory directory) {
            this.directory = directory;
        }

        @Override
        public CausalLm in(String precision) {
            return models.computeIfAbsent(precision, name -> CausalLm.load(directory, THREADS));
        }

        @Override
        public void close() {
            models.values().forEach(CausalLm::close);
            directory.close();
        }
    }
}
