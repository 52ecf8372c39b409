package dev.sublinear.server.cli;

import dev.sublinear.model.LoadListener;
import dev.sublinear.model.ModelDirectory;
import dev.sublinear.model.text.ChatTemplate;
import dev.sublinear.model.text.Tokenizer;
import dev.sublinear.server.MemoryPlan;
import dev.sublinear.server.ServerConfig;
import dev.sublinear.server.engine.Engine;
import dev.sublinear.server.engine.EngineListener;
import java.io.PrintWriter;
import java.nio.charset.Charset;

/** A checkpoint's tokenizer and chat template, and the engine that runs its decoder. */
record RunningModel(Tokenizer tokenizer, ChatTemplate chat, Engine engine, MemoryPlan plan) implements AutoCloseable {
    private static final long UNNOTICED_NANOS = 1_000_000_000;

    /** Loads the model, or says why not: nothing stays open then. */
    static RunningModel start(ServerConfig config, ModelLoader loader, EngineListener listener) {
        try (ModelDirectory directory = ModelDirectory.open(config.model().directory())) {
            MemoryPlan plan = MemoryPlan.of(config, directory.spec());
            plan.requireFits();
            Tokenizer tokenizer = Tokenizer.open(directory);
            try {
                ChatTemplate chat = ChatTemplate.of(directory, tokenizer);
                Engine engine = Engine.start(
                        () -> loader.load(directory, config.model().execution(directory.spec()), progress()),
                        tokenizer,
                        config.engine(),
                        plan.cache(),
                        listener);
                return new RunningModel(tokenizer, chat, engine, plan);
            } catch (RuntimeException e) {
                tokenizer.close();
                throw e;
            }
        }
    }

    /** A bar on the terminal, for a model that takes longer than a moment. */
    private static LoadListener progress() {
        long start = System.nanoTime();
        ProgressBar bar = ProgressBar.on(new PrintWriter(System.err, true, Charset.defaultCharset()));
        return (done, layers) -> {
            if (System.nanoTime() - start > UNNOTICED_NANOS) {
                bar.at(done, layers, "layer " + done);
            }
        };
    }

    @Override
    public void close() {
        engine.close();
        tokenizer.close();
    }
}
