package dev.sublinear.server.cli;

import dev.sublinear.model.ModelDirectory;
import dev.sublinear.model.text.Tokenizer;
import dev.sublinear.server.MemoryPlan;
import dev.sublinear.server.ServerConfig;
import dev.sublinear.server.engine.DecoderModel;
import dev.sublinear.server.engine.Engine;
import dev.sublinear.server.engine.EngineListener;

/** A checkpoint's tokenizer, and the engine that runs its decoder. */
record RunningModel(Tokenizer tokenizer, Engine engine, MemoryPlan plan) implements AutoCloseable {

    /** Loads the model, or says why not: nothing stays open then. */
    static RunningModel start(ServerConfig config, EngineListener listener) {
        try (ModelDirectory directory = ModelDirectory.open(config.model().directory())) {
            MemoryPlan plan = MemoryPlan.of(config, directory.spec());
            plan.requireFits();
            Tokenizer tokenizer = Tokenizer.open(directory);
            try {
                Engine engine = Engine.start(
                        () -> DecoderModel.load(directory, config.model().execution(directory.spec())),
                        tokenizer,
                        config.engine(),
                        plan.cache(),
                        listener);
                return new RunningModel(tokenizer, engine, plan);
            } catch (RuntimeException e) {
                tokenizer.close();
                throw e;
            }
        }
    }

    @Override
    public void close() {
        engine.close();
        tokenizer.close();
    }
}
