package dev.sublinear.engine.generation;

import dev.sublinear.engine.generation.RejectedException.Reason;
import dev.sublinear.engine.model.HeldTokens;
import dev.sublinear.engine.model.LanguageModel;
import dev.sublinear.engine.settings.SchedulerSettings;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.model.Invariance;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.text.Tokenizer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that owns the model, its sequences and their caches: every tensor is made, used and closed on it.
 *
 * <p>Others hand it messages; {@link #submit} and {@link Generation#cancel} are the only ways in, listeners the way out.
 */
public final class Engine implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Engine.class);
    private static final int RETRY_SECONDS = 1;
    /** The engine ends after this many consecutive loops that failed before their first step. */
    private static final int MOST_RESTARTS = 3;

    private final Supplier<Tokenizer> tokenizer;
    private final EngineListener listener;
    private final SchedulerSettings settings;
    private final long capacity;
    private final Backlog backlog;
    private final Thread thread;
    private final CompletableFuture<Loaded> loaded = new CompletableFuture<>();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();

    private final LinkedBlockingQueue<Consumer<EngineLoop>> inbox = new LinkedBlockingQueue<>();
    private final AtomicLong ids = new AtomicLong();
    private final Heartbeat heartbeat = new Heartbeat();
    private volatile EngineStatus status = EngineStatus.IDLE;
    private volatile boolean stopping;

    /** What other threads may know of the model. */
    private record Loaded(RequestLimits limits, Invariance invariance, IntSupplier liveTensors) {}

    /** Starts the engine of a model whose tokenizer there is already. */
    public static Engine start(
            Supplier<LanguageModel> loading,
            Tokenizer tokenizer,
            SchedulerSettings settings,
            long capacity,
            EngineListener listener) {
        return start(loading, () -> tokenizer, settings, capacity, listener);
    }

    /**
     * Starts the engine and waits until its model is loaded.
     *
     * @param loading makes the model, on the engine's thread
     * @param tokenizer of that model; asked for with each request
     * @param settings how requests become sequences
     * @param capacity bytes for the caches of all sequences
     * @throws RuntimeException what {@code loading} throws
     */
    public static Engine start(
            Supplier<LanguageModel> loading,
            Supplier<Tokenizer> tokenizer,
            SchedulerSettings settings,
            long capacity,
            EngineListener listener) {
        Engine engine = new Engine(loading, tokenizer, settings, capacity, listener);
        engine.thread.start();
        try {
            engine.loaded.join();
            return engine;
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw e;
        }
    }

    private Engine(
            Supplier<LanguageModel> loading,
            Supplier<Tokenizer> tokenizer,
            SchedulerSettings settings,
            long capacity,
            EngineListener listener) {
        this.tokenizer = tokenizer;
        this.listener = listener;
        this.settings = settings;
        this.capacity = capacity;
        this.backlog = new Backlog(settings.queueLimit(), settings.queueTokens());
        this.thread = new Thread(() -> run(loading), "engine");
        this.thread.setDaemon(false); // who forgets to close it shall notice
    }

    public ModelSpec spec() {
        return loaded.join().limits().spec();
    }

    /** The sizes of a sequence's cache. */
    public KvShape kvShape() {
        return loaded.join().limits().shape();
    }

    /** Whether the logits of a request depend, in their last bits, on the requests beside it. */
    public Invariance invariance() {
        return loaded.join().invariance();
    }

    /** Bytes for the caches of all sequences. */
    public long capacity() {
        return capacity;
    }

    /** How many tensors are alive: those of caches, and of a step while one runs. Weights are no tensors of Java. */
    public int liveTensors() {
        return loaded.join().liveTensors().getAsInt();
    }

    public EngineStatus status() {
        return status;
    }

    /** How many requests may wait. */
    public int queueLimit() {
        return settings.queueLimit();
    }

    /** How many requests wait, as of this moment. */
    public int queued() {
        return backlog.requests();
    }

    /** What the requests that wait may cost, in tokens. */
    public long queuedTokens() {
        return backlog.tokens();
    }

    /** Completes when the engine ends: exceptionally, if it has failed too often to start again. */
    public CompletableFuture<Void> ended() {
        return ended;
    }

    /** Whether the thread runs and takes its turns. */
    public boolean isAlive() {
        return thread.isAlive() && heartbeat.isFresh(System.nanoTime());
    }

    /** Whether requests are taken. */
    public boolean isReady() {
        return isAlive() && !stopping;
    }

    /**
     * Hands in a request.
     *
     * @param sink hears what becomes of it, on the engine's thread
     * @throws RejectedException if it can never run, or not now
     */
    public Generation submit(GenerationRequest asked, GenerationListener sink) {
        GenerationRequest request = settings.lazy() ? asked.reserving(settings.overcommit()) : asked;
        loaded.join().limits().require(request);
        SequenceGroup group = new SequenceGroup(
                ids.incrementAndGet(),
                request,
                sink,
                spec().stopIds(),
                () -> Detokenizer.of(tokenizer.get().streamingDecoder(request.told())));
        backlog.enter(request.tenant(), group.cost());
        Consumer<EngineLoop> arrival = loop -> loop.enqueue(group);
        inbox.add(arrival);
        if (stopping && inbox.remove(arrival)) { // else the thread took it, and will end it
            backlog.leave(request.tenant(), group.cost());
            throw stoppingNow();
        }
        return new Generation() {
            @Override
            public long id() {
                return group.id();
            }

            @Override
            public void cancel() {
                inbox.add(loop -> loop.cancel(group));
            }
        };
    }

    private static RejectedException stoppingNow() {
        return new RejectedException(Reason.STOPPING, RETRY_SECONDS, "the server is stopping");
    }

    /** Asks what is in flight; the answer comes between two steps. */
    public CompletableFuture<List<SequenceReport>> inFlight() {
        return ask(EngineLoop::report);
    }

    /** The same with the last few sequences that ended, as they were then; recorded while calls come every few seconds. */
    public CompletableFuture<List<SequenceReport>> watch() {
        return ask(EngineLoop::watch);
    }

    /** Asks what a choice of a request holds; empty if it has not begun or has ended some time ago. */
    public CompletableFuture<Optional<HeldTokens>> held(long id, int choice) {
        return ask(loop -> loop.held(id, choice));
    }

    /** Returns what the thread says, or a {@link RejectedException} if it ends before. */
    private <T> CompletableFuture<T> ask(Function<EngineLoop, T> question) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        Consumer<EngineLoop> message = loop -> {
            try {
                answer.complete(question.apply(loop));
            } catch (RuntimeException e) {
                answer.completeExceptionally(e);
            }
        };
        inbox.add(message);
        if (stopping && inbox.remove(message)) {
            answer.completeExceptionally(stoppingNow());
        }
        return answer;
    }

    private void run(Supplier<LanguageModel> loading) {
        try (LanguageModel model = loading.get()) {
            EngineLoop loop = newLoop(model);
            listener.onLoaded(model.spec(), model.kvShape());
            loaded.complete(new Loaded(
                    new RequestLimits(model.spec(), model.kvShape(), settings, capacity),
                    model.invariance(),
                    model::liveTensors));
            run(model, loop);
            ended.complete(null);
        } catch (Throwable e) {
            stopping = true;
            if (!loaded.completeExceptionally(e)) {
                LOG.error("The engine ends", e);
            }
            ended.completeExceptionally(e);
        }
    }

    private EngineLoop newLoop(LanguageModel model) {
        return new EngineLoop(model, capacity, settings, backlog, listener, System::nanoTime);
    }

    /** Runs until it is told to stop; a loop that fails ends what is in flight, and another takes over. */
    private void run(LanguageModel model, EngineLoop first) throws InterruptedException {
        EngineLoop loop = first;
        int restarts = 0;
        GenerationException why = GenerationException.stopping();
        try {
            while (!stopping) {
                try {
                    takeTurns(loop);
                } catch (RuntimeException e) {
                    LOG.error("The engine failed, and with it all requests in flight", e);
                    loop.close(GenerationException.engineFailed(e));
                    listener.onEngineFailed(e);
                    restarts = loop.hasWorked() ? 1 : restarts + 1;
                    if (restarts > MOST_RESTARTS) {
                        throw e;
                    }
                    loop = newLoop(model);
                }
            }
        } catch (RuntimeException | Error e) {
            why = GenerationException.engineFailed(e);
            throw e;
        } finally {
            stopping = true;
            receive(loop);
            loop.close(why);
            status = loop.status();
        }
    }

    private void takeTurns(EngineLoop loop) throws InterruptedException {
        while (!stopping) {
            receive(loop);
            long pause = loop.turn();
            status = loop.status();
            heartbeat.beat();
            awaitMessage(loop, pause);
        }
    }

    private void receive(EngineLoop loop) {
        for (Consumer<EngineLoop> next = inbox.poll(); next != null; next = inbox.poll()) {
            next.accept(loop);
        }
    }

    private void awaitMessage(EngineLoop loop, long nanos) throws InterruptedException {
        if (nanos > 0) {
            Consumer<EngineLoop> message = inbox.poll(nanos, TimeUnit.NANOSECONDS);
            if (message != null) {
                message.accept(loop);
            }
        }
    }

    /**
     * Refuses to wait for the engine on its own thread, where it would wait for ever.
     *
     * @throws IllegalStateException if this is that thread
     */
    public void requireOtherThread(String what) {
        if (Thread.currentThread() == thread) {
            throw new IllegalStateException(
                    what + " waits for the engine, and must not be called on its thread, where listeners are");
        }
    }

    /**
     * Fails what is in flight, closes the model and waits for both.
     *
     * @throws IllegalStateException on the engine's own thread
     */
    @Override
    public void close() {
        requireOtherThread("close");
        stopping = true;
        inbox.add(loop -> {}); // wakes the thread
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
