package dev.sublinear.engine;

import dev.sublinear.engine.chat.AnswerReader;
import dev.sublinear.engine.generation.Engine;
import dev.sublinear.engine.generation.Generation;
import dev.sublinear.engine.generation.GenerationOptions;
import dev.sublinear.engine.generation.GenerationRequest;
import dev.sublinear.engine.generation.GenerationRequest.LogprobsWanted;
import dev.sublinear.engine.generation.GenerationRequest.Stops;
import dev.sublinear.engine.sampling.SamplingParams;
import dev.sublinear.kvcache.EvictionPolicy;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;

/**
 * A call for one answer: what is left unsaid is as the model's makers and its {@link
 * dev.sublinear.engine.settings.EngineSettings} have it. Begun once, by one of {@link #await}, {@link #stream} and {@link
 * #start}; for one thread.
 *
 * @param <C> the kind of call
 */
public abstract sealed class AnswerCall<C extends AnswerCall<C>> permits CompletionCall, ChatCall {
    /** The most alternatives that {@link #logprobs} tells of. */
    public static final int MOST_ALTERNATIVES = 20;

    private final Engine engine;
    private GenerationOptions options;
    private String tenant = GenerationRequest.ANONYMOUS;
    private Duration timeout = GenerationRequest.NO_TIMEOUT;

    AnswerCall(Engine engine, GenerationOptions options) {
        this.engine = engine;
        this.options = options;
    }

    abstract C self();

    /** What the engine is asked for, and what reads its answer. */
    abstract Planned planned(GenerationOptions all);

    /** A request, and a reader of its answer if that may have thoughts and calls. */
    record Planned(GenerationRequest request, Optional<AnswerReader> reader) {}

    /** How tokens are chosen. */
    public final C sampling(SamplingParams params) {
        options = options.with(Objects.requireNonNull(params, "params"));
        return self();
    }

    /** Texts that end the answer, which has none of them. */
    public final C stopAt(String... texts) {
        options = options.with(
                new Stops(List.of(texts), options.stops().ids(), options.stops().ignoresModel()));
        return self();
    }

    /** What the cache keeps of this prompt and answer. */
    public final C policy(EvictionPolicy policy) {
        options = options.with(Objects.requireNonNull(policy, "policy"));
        return self();
    }

    /** Has each token told with its probability, and with those of the likeliest others at its place. */
    public final C logprobs(int alternatives) {
        if (alternatives < 0 || alternatives > MOST_ALTERNATIVES) {
            throw new IllegalArgumentException(
                    "alternatives must be from 0 to " + MOST_ALTERNATIVES + ", was " + alternatives);
        }
        options = options.with(new LogprobsWanted(LogprobsWanted.Scope.ANSWER, alternatives));
        return self();
    }

    /**
     * Up to how many tokens a step reads ahead, of what followed the last time that the text read as it does now: what copies or
     * edits comes faster, and the same. 0 for none.
     */
    public final C promptLookup(int most) {
        options = options.withPromptLookup(most);
        return self();
    }

    /** Whose call it is: tenants take turns, and share no cached prompts. */
    public final C tenant(String name) {
        tenant = Objects.requireNonNull(name, "name");
        return self();
    }

    /** After what time, from its beginning, the answer fails if it has not ended. */
    public final C timeout(Duration time) {
        if (time.isNegative() || time.isZero()) {
            throw new IllegalArgumentException("timeout must be positive, was " + time);
        }
        timeout = time;
        return self();
    }

    /**
     * Begins the answer.
     *
     * @throws dev.sublinear.engine.generation.RejectedException if the engine does not take it: it is too long, or too many
     *     wait
     * @throws dev.sublinear.engine.chat.ChatException if it is a chat that cannot be answered so
     */
    public final OngoingAnswer start() {
        return start(token -> {});
    }

    /**
     * The same, hearing of each token on the engine's thread: {@code heard} must return at once; what it throws fails this
     * answer alone.
     */
    public final OngoingAnswer start(Consumer<Token> heard) {
        Objects.requireNonNull(heard, "heard");
        Planned planned = planned(options);
        AnswerCollector collector = new AnswerCollector(planned.reader(), heard);
        Generation generation =
                engine.submit(planned.request().withTenant(tenant).withTimes(System.nanoTime(), timeout), collector);
        return new OngoingAnswer(engine, generation, collector.answer());
    }

    /**
     * Waits for the answer.
     *
     * @throws AnswerException if it could not be completed; and what {@link #start()} throws
     */
    public final Answer await() {
        return start().await();
    }

    /**
     * Waits for the answer, hearing of each token on this thread: {@code heard} may take its time; what it throws cancels the
     * answer and is thrown on. A thread that is interrupted cancels the answer, whose last tokens are not heard then.
     *
     * @throws AnswerException if it could not be completed; and what {@link #start()} throws
     */
    public final Answer stream(Consumer<Token> heard) {
        engine.requireOtherThread("stream");
        LinkedBlockingQueue<Optional<Token>> told = new LinkedBlockingQueue<>();
        OngoingAnswer answer = start(token -> told.add(Optional.of(token)));
        var unused = answer.future().whenComplete((all, failure) -> told.add(Optional.empty()));
        try {
            for (Optional<Token> next = told.take(); next.isPresent(); next = told.take()) {
                heard.accept(next.get());
            }
        } catch (InterruptedException e) {
            answer.cancel();
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error e) {
            answer.cancel();
            throw e;
        }
        return answer.await();
    }
}
