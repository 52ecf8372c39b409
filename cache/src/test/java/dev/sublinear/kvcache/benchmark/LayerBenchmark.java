package dev.sublinear.kvcache.benchmark;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import dev.sublinear.kvcache.AttentionStep;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.kvcache.LayerCache;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.scorer.Scorers;
import dev.sublinear.kvcache.storage.KvStorage;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What the verbs of one layer cost, 3 key-value heads of 64 numbers: {@code claim}, {@code write} and {@code settle} of one decoded token,
 * {@code trim} of the 65 tokens that have come since the last one.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 200, timeUnit = TimeUnit.MILLISECONDS)
public class LayerBenchmark {
    private static final int GROUP = 3;
    private static final KvShape SHAPE = new KvShape(1, 3, GROUP, 64, KvStorage.FLOAT32, List.of(0));

    /** A layer that has been read up to its budget. */
    @State(Scope.Thread)
    public static class Held {
        @Param({"512", "2048", "8192", "32768"})
        int held;

        @Param({
            "heavy-hitter",
            "heavy-hitter-sum",
            "decay",
            "last-query",
            "last-queries",
            "r-kv",
            "value-aware-heavy-hitter",
            "expected-attention",
            "snap",
            "snap+key-diff",
            "snap-or-key-diff",
            "recency",
            "key-norm",
            "key-diff",
            "random"
        })
        String scorer = "";

        private NDManager manager;
        private KvCache cache;
        private LayerCache layer;
        private Vectors vectors;
        private NDArray token;

        @Setup
        public void fill() {
            EvictionPolicy policy = EvictionPolicy.of(new BudgetSchedule.Fixed(held), Scorers.named(scorer));
            long bytes = SHAPE.peakBytes(policy, Integer.MAX_VALUE);
            manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
            cache = new KvCache(
                    manager, SHAPE, policy, new KvMemory(bytes).reserve(bytes).orElseThrow(), KvCacheListener.NONE);
            layer = cache.layer(0);
            vectors = new Vectors(manager, SHAPE);
            token = vectors.tokens(1);
            layer.expect(held + policy.slack());
            read(held);
        }

        private void read(int tokens) {
            for (int left = tokens; left > 0; ) {
                try (NDScope temporaries = new NDScope()) {
                    temporaries.suppressNotUsedWarning();
                    int piece = layer.nextChunk(left);
                    NDArray some = vectors.tokens(piece);
                    layer.claim(piece);
                    layer.write(some, some);
                    layer.settle(vectors.step(layer, piece));
                    left -= piece;
                }
            }
        }

        private void append() {
            layer.claim(1);
            layer.write(token, token);
        }

        /** Reads as many tokens as the layer may run over its budget, and one. */
        private void outgrow() {
            read(held + EvictionPolicy.DEFAULT_SLACK + 1 - layer.longest());
        }

        private boolean isOutgrown() {
            return layer.longest() > held + EvictionPolicy.DEFAULT_SLACK;
        }

        @TearDown
        public void close() {
            cache.close();
            manager.close();
        }
    }

    /** A layer that can take a token. */
    @State(Scope.Thread)
    public static class Roomy {
        private Held held;

        @Setup(Level.Invocation)
        public void makeRoom(Held ready) {
            held = ready;
            if (held.isOutgrown()) {
                held.cache.truncate(held.held);
            }
        }
    }

    /** A layer whose newest token has not been observed. */
    @State(Scope.Thread)
    public static class Appended {
        private Held held;
        private NDScope scope;
        private AttentionStep step;

        @Setup(Level.Invocation)
        public void append(Held ready) {
            held = ready;
            scope = new NDScope();
            if (held.isOutgrown()) {
                held.layer.trim();
            }
            held.append();
            step = held.vectors.step(held.layer, 1);
        }

        @TearDown(Level.Invocation)
        public void free() {
            scope.close();
        }
    }

    /** A layer that is due to be trimmed. */
    @State(Scope.Thread)
    public static class Outgrown {
        private Held held;

        @Setup(Level.Invocation)
        public void outgrow(Held ready) {
            held = ready;
            held.outgrow();
        }
    }

    @Benchmark
    public int append(Roomy ready) {
        Held held = ready.held; // JMH would hand over another one as an argument of its own
        held.append();
        return held.layer.longest();
    }

    @Benchmark
    public int settle(Appended ready) {
        ready.held.layer.settle(ready.step);
        return ready.held.layer.longest();
    }

    @Benchmark
    public int trim(Outgrown ready) {
        return ready.held.layer.trim();
    }
}
