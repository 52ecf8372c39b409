package dev.sublinear.server.engine;

import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.text.Tokenizer;
import dev.sublinear.server.engine.RejectedException.Reason;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
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
    private static final int MAX_RUNNING = 1;
    private static final long IDLE_SECONDS = 1;
    private static final int RETRY_SECONDS = 1;

    private final Tokenizer tokenizer;
    private final EngineListener listener;
    private final long capacity;
    private final int queueLimit;
    private final Thread thread;
    private final CompletableFuture<Loaded> loaded = new CompletableFuture<>();

    private final LinkedBlockingQueue<Consumer<EngineLoop>> inbox = new LinkedBlockingQueue<>();
    private final AtomicInteger queued = new AtomicInteger();
    private final Heartbeat heartbeat = new Heartbeat();
    private volatile EngineStatus status = EngineStatus.IDLE;
    private volatile boolean stopping;

    /** What other threads may know of the model. */
    private record Loaded(ModelSpec spec, KvShape shape, IntSupplier liveTensors) {}

    /**
     * Starts the engine and waits until its model is loaded.
     *
     * @param loading makes the model, on the engine's thread
     * @param tokenizer of that model
     * @param capacity bytes for the caches of all sequences
     * @param queueLimit how many requests may wait
     * @throws RuntimeException what {@code loading} throws
     */
    public static Engine start(
            Supplier<LanguageModel> loading,
            Tokenizer tokenizer,
            long capacity,
            int queueLimit,
            EngineListener listener) {
        Engine engine = new Engine(loading, tokenizer, capacity, queueLimit, listener);
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
            Tokenizer tokenizer,
            long capacity,
            int queueLimit,
            EngineListener listener) {
        this.tokenizer = tokenizer;
        this.listener = listener;
        this.capacity = capacity;
        this.queueLimit = queueLimit;
        this.thread = new Thread(() -> run(loading), "engine");
    }

    public ModelSpec spec() {
        return loaded.join().spec();
    }

    /** Bytes for the caches of all sequences. */
    public long capacity() {
        return capacity;
    }

    /** How many tensors the model has, its weights and caches among them. */
    public int liveTensors() {
        return loaded.join().liveTensors().getAsInt();
    }

    public EngineStatus status() {
        return status;
    }

    /** How many requests wait, as of this moment. */
    public int queued() {
        return queued.get();
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
    public Generation submit(GenerationRequest request, GenerationListener sink) {
        requirePossible(request);
        if (queued.incrementAndGet() > queueLimit) {
            queued.decrementAndGet();
            throw new RejectedException(
                    Reason.QUEUE_FULL, RETRY_SECONDS, "%s requests are waiting already", queueLimit);
        }
        Sequence sequence = new Sequence(request, sink, tokenizer.streamingDecoder(), spec().stopIds());
        Consumer<EngineLoop> arrival = loop -> loop.enqueue(sequence);
        inbox.add(arrival);
        if (stopping && inbox.remove(arrival)) { // else the thread took it, and will end it
            queued.decrementAndGet();
            throw new RejectedException(Reason.STOPPING, RETRY_SECONDS, "the server is stopping");
        }
        return () -> inbox.add(loop -> loop.cancel(sequence));
    }

    private void requirePossible(GenerationRequest request) {
        int length = request.prompt().length;
        require(length > 0, Reason.INVALID, "the prompt must have at least 1 token");
        int most = request.length().max();
        require(most > 0, Reason.INVALID, "max_tokens must be at least 1, was %s", most);
        require(
                request.length().min() >= 0 && request.length().min() <= most,
                Reason.INVALID,
                "min_tokens must be from 0 to max_tokens, %s, was %s",
                most,
                request.length().min());
        require(request.choices() == 1, Reason.INVALID, "n must be 1, was %s", request.choices());
        for (int id : request.prompt()) {
            require(
                    id >= 0 && id < spec().vocabSize(),
                    Reason.INVALID,
                    "token ids must be from 0 to %s, was %s",
                    spec().vocabSize() - 1,
                    id);
        }
        for (int id : request.sampling().logitBias().keySet()) {
            require(
                    id < spec().vocabSize(),
                    Reason.INVALID_BIAS,
                    "logit_bias must have ids from 0 to %s, was %s",
                    spec().vocabSize() - 1,
                    id);
        }
        require(
                request.positions() <= spec().maxPositions(),
                Reason.CONTEXT_LENGTH,
                "the model's context is %s tokens; the prompt has %s and max_tokens is %s, %s together",
                spec().maxPositions(),
                length,
                most,
                request.positions());
        long bytes = loaded.join().shape().peakBytes(request.policy(), (int) request.positions());
        require(
                bytes <= capacity,
                Reason.CACHE_CAPACITY,
                "a cache for %s tokens needs up to %s bytes, and the capacity is %s",
                request.positions(),
                bytes,
                capacity);
    }

    private static void require(boolean holds, Reason reason, String message, Object... values) {
        if (!holds) {
            throw new RejectedException(reason, message, values);
        }
    }

    private void run(Supplier<LanguageModel> loading) {
        try (LanguageModel model = loading.get()) {
            KvMemory memory = new KvMemory(capacity);
            Scheduler scheduler = new Scheduler(memory, model.kvShape(), MAX_RUNNING);
            EngineLoop loop = new EngineLoop(model, memory, scheduler, queued, listener);
            listener.onLoaded(model.spec(), model.kvShape());
            loaded.complete(new Loaded(model.spec(), model.kvShape(), model::liveTensors));
            try {
                takeTurns(loop);
            } finally {
                stopping = true;
                receive(loop);
                loop.close();
                status = loop.status();
            }
        } catch (Throwable e) {
            if (!loaded.completeExceptionally(e)) {
                LOG.error("The engine ends", e);
            }
        }
    }

    private void takeTurns(EngineLoop loop) throws InterruptedException {
        while (!stopping) {
            receive(loop);
            boolean worked = loop.turn();
            status = loop.status();
            heartbeat.beat();
            if (!worked) {
                awaitMessage(loop);
            }
        }
    }

    private void receive(EngineLoop loop) {
        for (Consumer<EngineLoop> next = inbox.poll(); next != null; next = inbox.poll()) {
            next.accept(loop);
        }
    }

    private void awaitMessage(EngineLoop loop) throws InterruptedException {
        Consumer<EngineLoop> message = inbox.poll(IDLE_SECONDS, TimeUnit.SECONDS);
        if (message != null) {
            message.accept(loop);
        }
    }

    /** Fails what is in flight, closes the model and waits for both. */
    @Override
    public void close() {
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
