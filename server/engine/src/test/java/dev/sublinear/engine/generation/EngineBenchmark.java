package dev.sublinear.engine.generation;

import dev.sublinear.engine.generation.GenerationRequest.Stops;
import dev.sublinear.engine.model.DecoderModel;
import dev.sublinear.engine.model.LanguageModel;
import dev.sublinear.engine.model.SequenceCache;
import dev.sublinear.engine.model.TensorCache;
import dev.sublinear.engine.settings.SchedulerSettings;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.scorer.KeyDiffScorer;
import dev.sublinear.model.Execution;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.decoder.DecoderLm;
import dev.sublinear.model.family.KnownShape;
import dev.sublinear.model.precision.Precisions;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Measures what the engine is for, with a random decoder of 135M parameters: how many long contexts fit, what many
 * sequences gain together, and what a conversation pays for its next turn. Recorded in deploy/benchmarks.
 */
public final class EngineBenchmark {
    private static final EvictionPolicy UNLIMITED =
            EvictionPolicy.of(new BudgetSchedule.Unlimited(), new KeyDiffScorer());
    private static final EvictionPolicy DEFAULT =
            EvictionPolicy.of(BudgetSchedule.PowerLaw.DEFAULT, new KeyDiffScorer());
    private static final Stops NEVER = new Stops(List.of(), Set.of(), true);
    private static final int THREADS = 2;

    private final PartlyRead model;
    private long lastId;

    private EngineBenchmark(PartlyRead model) {
        this.model = model;
    }

    /**
     * Answers one question.
     *
     * @param args {@code concurrency}, {@code batching} or {@code reuse}, and a precision
     */
    public static void main(String[] args) {
        ModelSpec spec = KnownShape.SMOLLM2_135M.spec();
        Execution execution =
                new Execution(Precisions.named(args[1]), Execution.exact(1).device(), THREADS);
        try (PartlyRead model = new PartlyRead(DecoderLm.random(spec, execution, 1))) {
            EngineBenchmark benchmark = new EngineBenchmark(model);
            say("%s, 135M shape in %s, %d threads", args[0], args[1], THREADS);
            switch (args[0]) {
                case "concurrency" -> benchmark.concurrency();
                case "batching" -> benchmark.batching();
                case "reuse" -> benchmark.reuse();
                default -> throw new IllegalArgumentException("no such question: " + args[0]);
            }
        }
    }

    /** A decoder whose new caches start with a number of seen tokens: random ones, in place of minutes of reading. */
    private static final class PartlyRead implements LanguageModel {
        private final DecoderLm decoder;
        private final DecoderModel model;
        private int read;
        private @Nullable TensorCache filled;

        PartlyRead(DecoderLm decoder) {
            this.decoder = decoder;
            this.model = new DecoderModel(decoder);
        }

        @Override
        public ModelSpec spec() {
            return model.spec();
        }

        @Override
        public KvShape kvShape() {
            return model.kvShape();
        }

        @Override
        public SequenceCache newCache(EvictionPolicy policy, KvMemory.Reservation memory, KvCacheListener listener) {
            if (read > 0 && filled != null && filled.seen() == read) {
                return filled.fork(memory, listener); // until its first token
            }
            TensorCache cache = (TensorCache) model.newCache(policy, memory, listener);
            if (read > 0) {
                decoder.parts().fill(cache.cache(), read);
                filled = cache;
            }
            return cache;
        }

        @Override
        public float[][] forward(List<Slice> step) {
            return model.forward(step);
        }

        @Override
        public int liveTensors() {
            return model.liveTensors();
        }

        @Override
        public void close() {
            model.close();
        }
    }

    /** An engine without a thread, and what its steps took. */
    private final class Run implements EngineListener {
        private final Backlog backlog = new Backlog(1000, Long.MAX_VALUE);
        private final EngineLoop loop;
        private long tokens;
        private long nanos;

        Run(int maxRunning, long capacity, double prefixShare) {
            SchedulerSettings settings =
                    new SchedulerSettings(1000, Long.MAX_VALUE, maxRunning, 512, 256, prefixShare, 1, false, 0);
            loop = new EngineLoop(model, capacity, settings, backlog, this, System::nanoTime);
        }

        Recorder submit(GenerationRequest request) {
            Recorder recorder = new Recorder();
            SequenceGroup group = new SequenceGroup(++lastId, request, recorder, Set.of(), EngineBenchmark::noText);
            backlog.enter(group.request().tenant(), group.cost());
            loop.enqueue(group);
            return recorder;
        }

        @Override
        public void onStep(StepReport step) {
            tokens += step.decodes();
            nanos += step.forwardNanos() + step.chooseNanos();
        }

        /** Decoded tokens a second, measured over {@code steps} steps. */
        double rate(int warmUp, int steps) {
            turns(warmUp);
            tokens = 0;
            nanos = 0;
            turns(steps);
            return tokens * 1e9 / nanos;
        }

        void turns(int count) {
            for (int i = 0; i < count; i++) {
                loop.turn();
            }
        }

        void finish() {
            while (loop.status().running() + loop.status().waiting() > 0) {
                loop.turn();
            }
        }

        void close() {
            loop.close(GenerationException.stopping());
        }
    }

    private static Detokenizer noText() {
        return new Detokenizer() {
            @Override
            public String accept(int id) {
                return "";
            }

            @Override
            public String finish() {
                return "";
            }
        };
    }

    private int[] random(int length, long seed) {
        return new Random(seed).ints(length, 0, model.spec().vocabSize()).toArray();
    }

    private void concurrency() {
        int context = 16_384;
        long capacity = 4L << 30;
        say("contexts of %d tokens in %d bytes; caches filled with random tokens, all decode", context, capacity);
        model.read = context - 1;
        double base = 0;
        for (EvictionPolicy policy : List.of(UNLIMITED, DEFAULT)) {
            model.filled = null;
            Run run = new Run(64, capacity, 0);
            for (int i = 0; i < 64; i++) {
                run.submit(GenerationRequest.of(random(context, i), 512, policy).with(NEVER));
            }
            double rate = run.rate(4, 24);
            int admitted = run.loop.status().running();
            say(
                    "%-36s %3d sequences, %6.1f tokens/s, ratio %.2f",
                    policy.budget(), admitted, rate, base == 0 ? 1 : rate / base);
            base = rate;
            run.close();
        }
    }

    private void batching() {
        say("prompts of 16 tokens");
        double base = 0;
        for (int sequences : new int[] {1, 2, 4, 8, 16, 32, 1, 16}) {
            Run run = new Run(64, 4L << 30, 0);
            for (int i = 0; i < sequences; i++) {
                run.submit(GenerationRequest.of(random(16, i), 512, DEFAULT).with(NEVER));
            }
            double rate = run.rate(16, 100);
            base = sequences == 1 ? rate : base;
            say("%3d sequences: %7.1f tokens/s, ratio %.2f", sequences, rate, rate / base);
            run.close();
        }
    }

    private void reuse() {
        int[] conversation = random(4000, 1);
        for (double share : new double[] {0, 0.5}) {
            Run run = new Run(4, 4L << 30, share);
            int[] first = Arrays.copyOf(conversation, 3900);
            Recorder recorder =
                    run.submit(GenerationRequest.of(first, 50, DEFAULT).with(NEVER));
            run.finish();
            int[] next = conversation.clone();
            for (int i = 0; i < 50; i++) {
                next[3900 + i] = recorder.ids().get(i);
            }
            Recorder turn = run.submit(GenerationRequest.of(next, 1, DEFAULT).with(NEVER));
            run.finish();
            Completion.Timing before = recorder.await().timing();
            Completion.Timing after = turn.await().timing();
            say(
                    "prefix-share %.1f: first turn %.2f s for 3,900 tokens; next %.2f s, of 4,000 tokens %d had been read",
                    share,
                    (before.queued() + before.prefill()) / 1e9,
                    (after.queued() + after.prefill()) / 1e9,
                    turn.await().cachedTokens());
            run.close();
        }
    }

    private static void say(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
    }
}
