package dev.sublinear.kvcache.simulation;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.kvcache.AttentionStep;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.kvcache.LayerCache;
import dev.sublinear.kvcache.LayerView;
import dev.sublinear.kvcache.Protection;
import dev.sublinear.kvcache.Scorer;
import dev.sublinear.kvcache.Signal;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.scorer.Scorers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Replays a trace through a cache, token by token and without a look ahead, and says how much of the uncut model's attention
 * lay on tokens that were still held.
 *
 * <p>Its {@code main} prints a table of all scorers and budgets, for synthetic traces or the recorded ones that its
 * arguments name.
 */
final class Simulation {
    private static final int TOKENS = 384;
    private static final int SLACK = 8;
    private static final Protection PROTECTION = new Protection(2, 8, 0.25, Protection.Span.EMPTY);

    /** From the reference that evicts nothing down to a few tokens. */
    static final List<String> BUDGETS = List.of(
            "unlimited",
            "fraction:0.5,floor=32",
            "power-law:alpha=8,exponent=0.5,floor=32",
            "power-law:alpha=4,exponent=0.5,floor=32",
            "logarithmic:scale=8,floor=32",
            "fixed:32");

    private final Trace trace;
    private final NDManager manager;

    Simulation(Trace trace, NDManager manager) {
        this.trace = trace;
        this.manager = manager;
    }

    /** A policy of the table. */
    static EvictionPolicy policy(String budget, Scorer scorer) {
        return new EvictionPolicy(BudgetSchedule.parse(budget), scorer, PROTECTION, SLACK);
    }

    /** The online scorers, and between them and {@code unlimited} the one that sees the future. */
    List<Scorer> scorers() {
        List<Scorer> scorers = new ArrayList<>(Scorers.all());
        scorers.add(new Oracle(trace));
        return scorers;
    }

    /** Returns the retained share of the attention of the queries from {@code first} on, the mean of queries and heads. */
    double retained(EvictionPolicy policy, int first) {
        KvShape shape = new KvShape(1, trace.heads(), trace.headDim());
        long bytes = shape.peakBytes(policy, trace.tokens());
        KvMemory.Reservation room = new KvMemory(bytes).reserve(bytes).orElseThrow();
        double retained = 0;
        try (KvCache cache = new KvCache(manager, shape, policy, room, KvCacheListener.NONE)) {
            LayerCache layer = cache.layer(0);
            while (layer.seen() < trace.tokens()) {
                try (NDScope step = new NDScope()) {
                    step.suppressNotUsedWarning();
                    retained += step(layer, layer.nextChunk(trace.tokens() - layer.seen()), first);
                }
            }
        }
        return retained / trace.heads() / (trace.tokens() - first);
    }

    private double step(LayerCache layer, int piece, int first) {
        int from = layer.seen();
        layer.claim(piece);
        layer.write(trace.keys(manager, from, from + piece), trace.values(manager, from, from + piece));
        int length = layer.length(0);
        int[] positions = layer.view().positions().toIntArray();
        float[] weights = new float[trace.heads() * piece * length];
        double retained = 0;
        for (int head = 0; head < trace.heads(); head++) {
            for (int query = 0; query < piece; query++) {
                double[] row = trace.attention(head, from + query);
                double held = 0;
                for (int slot = 0; slot < length; slot++) {
                    int position = positions[head * length + slot];
                    held += position < row.length ? row[position] : 0;
                }
                // A pruned model knows no others: what it sees is the softmax over the tokens held.
                for (int slot = 0; slot < length; slot++) {
                    int position = positions[head * length + slot];
                    double weight = position < row.length ? row[position] / held : 0;
                    weights[(head * piece + query) * length + slot] = (float) weight;
                }
                retained += from + query >= first ? held : 0;
            }
        }
        NDArray attention = manager.create(weights, new Shape(trace.heads(), piece, length));
        layer.settle(new AttentionStep(attention).with(Signal.QUERIES, trace.queries(manager, from, from + piece)));
        layer.trim();
        return retained;
    }

    /** Keeps the tokens that later queries will attend to most in all: of all that keep one set, the best. */
    record Oracle(Trace trace) implements Scorer {
        @Override
        public String name() {
            return "oracle";
        }

        @Override
        public NDArray score(LayerView layer) {
            int[] positions = layer.positions().toIntArray();
            double[] future = new double[positions.length];
            for (int i = 0; i < positions.length; i++) {
                for (int query = layer.seen(); query < trace.tokens(); query++) {
                    future[i] += trace.attention(i / layer.length(), query)[positions[i]];
                }
            }
            return layer.positions()
                    .getManager()
                    .create(future, layer.positions().getShape());
        }
    }

    /** Returns a table of the retained share of attention, in percent. */
    String table() {
        StringBuilder table = new StringBuilder(String.format("%-26s", trace.name()));
        for (String budget : BUDGETS) {
            table.append(String.format(" | %s", budget));
        }
        table.append(String.format("%n"));
        for (Scorer scorer : scorers()) {
            table.append(String.format("%-26s", scorer.name()));
            for (String budget : BUDGETS) {
                table.append(String.format(
                        Locale.ROOT, " | %" + budget.length() + ".1f", 100 * retained(policy(budget, scorer), 0)));
            }
            table.append(String.format("%n"));
        }
        return table.toString();
    }

    public static void main(String[] files) throws IOException {
        try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
            List<Trace> traces = new ArrayList<>();
            for (String file : files) {
                traces.add(Trace.read(Path.of(file), manager));
            }
            if (traces.isEmpty()) {
                traces.add(Trace.heavyHitters(TOKENS, 1));
                traces.add(Trace.local(TOKENS, 1));
                traces.add(Trace.noise(TOKENS, 1));
            }
            for (Trace trace : traces) {
                System.out.println(new Simulation(trace, manager).table());
            }
        }
    }
}
