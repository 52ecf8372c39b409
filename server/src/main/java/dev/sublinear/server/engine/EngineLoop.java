package dev.sublinear.server.engine;

import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.model.Step;
import dev.sublinear.server.engine.EngineListener.StepReport;
import dev.sublinear.server.engine.Scheduler.Work;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the engine does in each of its turns: admit, read, choose, end. Owned by the engine thread. */
final class EngineLoop {
    private static final Logger LOG = LoggerFactory.getLogger(EngineLoop.class);

    private final LanguageModel model;
    private final KvMemory memory;
    private final Scheduler scheduler;
    private final AtomicInteger queued;
    private final EngineListener listener;

    /** @param queued counts those that wait; this counts down as they cease to */
    EngineLoop(
            LanguageModel model, KvMemory memory, Scheduler scheduler, AtomicInteger queued, EngineListener listener) {
        this.model = model;
        this.memory = memory;
        this.scheduler = scheduler;
        this.queued = queued;
        this.listener = listener;
    }

    void enqueue(Sequence sequence) {
        scheduler.enqueue(sequence);
    }

    /** Returns whether there was anything to do. */
    boolean turn() {
        admit();
        List<Work> work = scheduler.next();
        if (work.isEmpty()) {
            return false;
        }
        step(work);
        return true;
    }

    private void admit() {
        long now = System.nanoTime();
        for (Optional<Sequence> next = scheduler.admit(now); next.isPresent(); next = scheduler.admit(now)) {
            Sequence sequence = next.get();
            queued.decrementAndGet();
            listener.onAdmitted(sequence.request(), now - sequence.request().arrivedNanos());
            open(sequence);
        }
    }

    private void open(Sequence sequence) {
        try {
            sequence.open(model.newCache(
                    sequence.request().policy(),
                    sequence.reservation().orElseThrow(),
                    listener.cacheListener(sequence.request().policy())));
        } catch (RuntimeException e) {
            fail(sequence, e);
        }
    }

    private void step(List<Work> work) {
        try {
            Step step = compose(work);
            int newest = (int) work.stream()
                    .filter(part -> part.sequence().generated() > 0)
                    .count();
            int all = work.stream().mapToInt(Work::tokens).sum();
            long begun = System.nanoTime();
            float[][] logits = model.forward(step);
            long read = System.nanoTime();
            choose(work, logits, read);
            listener.onStep(
                    new StepReport(newest, work.size() - newest, all - newest, read - begun, System.nanoTime() - read));
        } catch (RuntimeException e) {
            work.forEach(part -> fail(part.sequence(), e));
        }
    }

    private static Step compose(List<Work> work) {
        List<Step.Slice> slices = new ArrayList<>();
        for (Work part : work) {
            Sequence sequence = part.sequence();
            slices.add(new Step.Slice(sequence.cache().orElseThrow(), sequence.read(part.tokens()), part.outputs()));
        }
        return new Step(slices);
    }

    private void choose(List<Work> work, float[][] logits, long now) {
        int row = 0;
        for (Work part : work) {
            for (int output = 0; output < part.outputs(); output++) {
                choose(part.sequence(), logits[row++], now);
            }
        }
    }

    private void choose(Sequence sequence, float[] logits, long now) {
        try {
            long before = sequence.lastTokenNanos();
            Optional<FinishReason> finish = sequence.choose(logits, now);
            if (sequence.generated() == 1) {
                listener.onFirstToken(now - sequence.request().arrivedNanos());
            } else {
                listener.onNextToken(now - before);
            }
            finish.ifPresent(reason -> finish(sequence, reason));
        } catch (RuntimeException e) {
            fail(sequence, e);
        }
    }

    void cancel(Sequence sequence) {
        if (!sequence.ended()) {
            finish(sequence, FinishReason.CANCELLED);
        }
    }

    private void finish(Sequence sequence, FinishReason reason) {
        Completion completion = new Completion(
                sequence.request().prompt().length,
                0,
                List.of(new Completion.Choice(reason, sequence.generated(), usage(sequence))),
                sequence.timing(System.nanoTime()));
        end(sequence);
        listener.onFinished(completion);
        tell(() -> {
            sequence.listener()
                    .onChoiceFinished(0, reason == FinishReason.CANCELLED ? "" : sequence.heldBack(), reason);
            sequence.listener().onFinished(completion);
        });
    }

    private CacheUsage usage(Sequence sequence) {
        Optional<KvCache> cache = sequence.cache();
        if (cache.isEmpty()) {
            return CacheUsage.NONE;
        }
        long counted = sequence.reservation().orElseThrow().used();
        return CacheUsage.of(
                cache.get(), model.kvShape().layers(), sequence.request().policy(), counted);
    }

    private void fail(Sequence sequence, RuntimeException cause) {
        if (!sequence.ended()) {
            LOG.error("A sequence failed after {} tokens", sequence.computed(), cause);
            fail(sequence, GenerationException.failed(cause));
        }
    }

    private void fail(Sequence sequence, GenerationException failure) {
        end(sequence);
        listener.onFailed(failure);
        tell(() -> sequence.listener().onFailed(failure));
    }

    /** Whoever listens to one sequence must not be able to end the others. */
    private static void tell(Runnable end) {
        try {
            end.run();
        } catch (RuntimeException e) {
            LOG.error("A listener failed", e);
        }
    }

    private void end(Sequence sequence) {
        if (sequence.reservation().isEmpty()) {
            queued.decrementAndGet();
        }
        scheduler.retire(sequence);
        sequence.end();
    }

    /** Fails all sequences: the engine ends. */
    void close() {
        scheduler.all().forEach(sequence -> fail(sequence, GenerationException.stopping()));
    }

    EngineStatus status() {
        return new EngineStatus(scheduler.running(), scheduler.waiting(), memory.used(), memory.reserved());
    }
}
