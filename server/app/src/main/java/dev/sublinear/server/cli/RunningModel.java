package dev.sublinear.server.cli;

import dev.sublinear.engine.generation.Engine;
import dev.sublinear.engine.generation.EngineListener;
import dev.sublinear.engine.settings.MemoryPlan;
import dev.sublinear.engine.source.OpenModel;
import dev.sublinear.model.Execution;
import dev.sublinear.model.LoadListener;
import dev.sublinear.model.checkpoint.GenerationDefaults;
import dev.sublinear.model.checkpoint.WeightType;
import dev.sublinear.model.text.ChatTemplate;
import dev.sublinear.model.text.Tokenizer;
import dev.sublinear.server.config.ServerConfig;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * A model's tokenizer and chat template, and the engine that runs it.
 *
 * @param storedAs in what its weights are stored
 * @param defaults how requests are sampled that do not say it
 */
record RunningModel(
        Tokenizer tokenizer,
        ChatTemplate chat,
        Engine engine,
        WeightType storedAs,
        GenerationDefaults defaults,
        MemoryPlan plan)
        implements AutoCloseable {
    private static final long UNNOTICED_NANOS = 1_000_000_000;

    /** Loads the model, or says why not: nothing stays open then. */
    static RunningModel start(ServerConfig config, ModelLoader loader, EngineListener listener) {
        try (OpenModel model = config.model().source().open()) {
            Execution execution = config.engine().execution(model.spec(), model.storedAs());
            MemoryPlan plan = MemoryPlan.of(config.engine(), model.spec(), execution.precision());
            plan.requireFits();
            // On a thread of its own: it takes as long as a third of the weights.
            CompletableFuture<Texts> texts = CompletableFuture.supplyAsync(() -> Texts.of(model));
            Engine engine;
            try {
                engine = Engine.start(
                        () -> loader.load(model, execution, progress()),
                        () -> texts.join().tokenizer(),
                        config.engine().scheduler(),
                        plan.cache(),
                        listener);
            } catch (RuntimeException e) {
                closeOnceOpen(texts);
                throw e;
            }
            try {
                Texts read = texts.join();
                GenerationDefaults defaults = config.engine().sampling().of(model.generationDefaults());
                return new RunningModel(read.tokenizer(), read.chat(), engine, model.storedAs(), defaults, plan);
            } catch (CompletionException e) {
                engine.close();
                throw e.getCause() instanceof RuntimeException failure ? failure : e;
            }
        }
    }

    /** What turns text into tokens. */
    private record Texts(Tokenizer tokenizer, ChatTemplate chat) {
        static Texts of(OpenModel model) {
            Tokenizer tokenizer = model.tokenizer();
            try {
                return new Texts(tokenizer, model.chat(tokenizer));
            } catch (RuntimeException e) {
                tokenizer.close();
                throw e;
            }
        }
    }

    /** Waits: the model that it is read from must not close meanwhile. */
    private static void closeOnceOpen(CompletableFuture<Texts> texts) {
        texts.handle((read, failure) -> {
                    if (read != null) {
                        read.tokenizer().close();
                    }
                    return failure;
                })
                .join();
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
