package dev.sublinear.engine;

import dev.sublinear.engine.chat.ChatTurn;
import dev.sublinear.engine.chat.Chats;
import dev.sublinear.engine.generation.Engine;
import dev.sublinear.engine.generation.EngineListener;
import dev.sublinear.engine.generation.GenerationOptions;
import dev.sublinear.engine.sampling.SamplingParams;
import dev.sublinear.engine.settings.EngineSettings;
import dev.sublinear.engine.settings.MemoryPlan;
import dev.sublinear.engine.source.ModelSource;
import dev.sublinear.engine.source.OpenModel;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.model.Execution;
import dev.sublinear.model.LoadListener;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.checkpoint.GenerationDefaults;
import dev.sublinear.model.checkpoint.WeightType;
import dev.sublinear.model.text.Chat;
import dev.sublinear.model.text.Message;
import dev.sublinear.model.text.Tokenizer;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A language model that runs in this process, on a thread of its own. Safe for use by several threads, whose calls it batches;
 * who opened it closes it.
 */
public final class LocalModel implements AutoCloseable {
    private final Engine engine;
    private final ModelTexts texts;
    private @Nullable Chats chats; // guarded by this
    private final ExecutorService masking;
    private final EngineSettings settings;
    private final WeightType storedAs;
    private final GenerationDefaults defaults;
    private final MemoryPlan plan;
    private volatile boolean closed;

    private LocalModel(
            Engine engine,
            ModelTexts texts,
            EngineSettings settings,
            WeightType storedAs,
            GenerationDefaults defaults,
            MemoryPlan plan) {
        this.engine = engine;
        this.texts = texts;
        this.masking = Executors.newSingleThreadExecutor(LocalModel::maskingThread);
        this.settings = settings;
        this.storedAs = storedAs;
        this.defaults = defaults;
        this.plan = plan;
    }

    private static Thread maskingThread(Runnable work) {
        Thread thread = new Thread(work, "mask");
        thread.setDaemon(true);
        return thread;
    }

    /**
     * Opens a model: fetches it if it is on the hub and not here yet, loads its weights and waits for them.
     *
     * @throws dev.sublinear.engine.settings.ConfigException if it does not fit into memory
     * @throws dev.sublinear.model.checkpoint.CheckpointException if it cannot be fetched or read
     */
    public static LocalModel open(ModelSource source, EngineSettings settings) {
        return open(source.open(), settings, EngineListener.NONE, LoadListener.NONE);
    }

    /**
     * The same for a model that is open up to its weights, which it closes.
     *
     * @param listener hears what the engine does
     * @param progress hears of each layer that is loaded
     */
    public static LocalModel open(
            OpenModel opened, EngineSettings settings, EngineListener listener, LoadListener progress) {
        OfflineLibraries.require();
        try (opened;
                ModelTexts.Loading texts = ModelTexts.load(opened)) {
            Execution execution = settings.execution(opened.spec(), opened.storedAs());
            MemoryPlan plan = MemoryPlan.of(settings, opened.spec(), execution.precision());
            plan.requireFits();
            Engine engine = Engine.start(
                    () -> opened.load(execution, progress),
                    () -> texts.await().tokenizer(),
                    settings.scheduler(),
                    plan.cache(),
                    listener);
            try {
                return new LocalModel(
                        engine,
                        texts.take(),
                        settings,
                        opened.storedAs(),
                        settings.sampling().of(opened.generationDefaults()),
                        plan);
            } catch (RuntimeException e) {
                engine.close();
                throw e;
            }
        }
    }

    /** Goes on with a text. */
    public CompletionCall complete(String prompt) {
        requireOpen();
        return complete(texts.tokenizer().encodePrompt(prompt));
    }

    /**
     * Goes on with tokens.
     *
     * @param prompt ids; not to be changed any more
     */
    public CompletionCall complete(int[] prompt) {
        requireOpen();
        return new CompletionCall(engine, prompt, options());
    }

    /**
     * Goes on with many texts, as many at once as the settings have sequences run.
     *
     * @return an answer to each, in order
     * @throws AnswerException if one could not be completed; the others are cancelled then
     * @throws java.util.concurrent.CancellationException if this thread is interrupted, which stays so; all are cancelled then
     */
    public List<Answer> completeAll(List<String> prompts, SamplingParams sampling) {
        return completeAll(prompts, call -> call.sampling(sampling));
    }

    /** The same, with at most this many tokens of each answer. */
    public List<Answer> completeAll(List<String> prompts, SamplingParams sampling, int maxTokens) {
        return completeAll(prompts, call -> call.sampling(sampling).maxTokens(maxTokens));
    }

    private List<Answer> completeAll(List<String> prompts, UnaryOperator<CompletionCall> said) {
        return new Batch(settings.scheduler()).answers(prompts, prompt -> said.apply(complete(prompt)));
    }

    /** Answers the last of these messages. */
    public ChatCall chat(List<Message> messages) {
        return chat(Chat.of(messages));
    }

    /** Answers a chat that says more than its messages. */
    public ChatCall chat(Chat chat) {
        if (chat.messages().isEmpty()) {
            throw new IllegalArgumentException("a chat must have at least one message");
        }
        requireOpen();
        return new ChatCall(engine, chats(), ChatTurn.of(chat, options()));
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the model is closed");
        }
    }

    private GenerationOptions options() {
        return GenerationOptions.of(
                        SamplingParams.of(defaults, ThreadLocalRandom.current().nextLong()), policy())
                .withPromptLookup(settings.scheduler().promptLookup());
    }

    /** What the cache keeps for calls that say nothing else. */
    public EvictionPolicy policy() {
        return settings.cache().policy();
    }

    public ModelSpec spec() {
        return engine.spec();
    }

    public EngineSettings settings() {
        return settings;
    }

    /** In what most numbers of its weights are stored. */
    public WeightType storedAs() {
        return storedAs;
    }

    /** How calls are sampled that do not say it. */
    public GenerationDefaults defaults() {
        return defaults;
    }

    /** What the process may come to use. */
    public MemoryPlan plan() {
        return plan;
    }

    public Tokenizer tokenizer() {
        return texts.tokenizer();
    }

    /** How chats become requests: found out when first asked, as a program that only completes texts needs none of it. */
    public synchronized Chats chats() {
        if (chats == null) {
            chats = new Chats(texts.template(), texts.tokenizer(), spec().maxPositions(), masking);
        }
        return chats;
    }

    /** What runs it, for who submits requests without this class's help. */
    public Engine engine() {
        return engine;
    }

    /**
     * Ends it at once: what is in flight fails. May be called twice.
     *
     * @throws IllegalStateException on the engine's thread, where listeners are
     */
    @Override
    public void close() {
        engine.close();
        closed = true;
        masking.shutdown(); // the engine has ended: nobody waits for a mask
        texts.tokenizer().close();
    }
}
