package dev.sublinear.kvcache.benchmark;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.index.NDIndex;
import dev.sublinear.kvcache.AttentionStep;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.kvcache.LayerCache;
import dev.sublinear.kvcache.Scorer;
import dev.sublinear.kvcache.Signal;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.scorer.Scorers;
import dev.sublinear.kvcache.storage.KvStorage;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * The share of decoding that observing and trimming take, in the shape of a model of 135 million parameters: 30 layers, 9
 * query heads on 3 key-value heads of 64 numbers. The rest of a step is attention alone, so a real step has a smaller share.
 *
 * <p>Arguments: tokens held, then names of scorers, all of them if none is given.
 */
public final class DecodeShare {
    private static final int GROUP = 3;
    private static final KvShape SHAPE = new KvShape(30, 3, GROUP, 64, KvStorage.FLOAT32, Collections.nCopies(30, 0));
    private static final int CYCLE = EvictionPolicy.DEFAULT_SLACK + 1; // from trim to trim
    private static final List<NDIndex> QUERY_HEADS = IntStream.range(0, GROUP)
            .mapToObj(head -> new NDIndex().addAllDim().addSliceDim(head, head + 1))
            .toList();
    private static final int WARM_UP = 3;
    private static final int MEASURED = 4;

    private final Scorer scorer;
    private final int held;
    private final NDManager manager;
    private long append;
    private long attend;
    private long observe;
    private long trim;

    private DecodeShare(Scorer scorer, int held, NDManager manager) {
        this.scorer = scorer;
        this.held = held;
        this.manager = manager;
    }

    public static void main(String[] arguments) {
        int held = Integer.parseInt(arguments[0]);
        List<Scorer> scorers = arguments.length == 1
                ? Scorers.all()
                : List.of(arguments).subList(1, arguments.length).stream()
                        .map(Scorers::named)
                        .toList();
        System.out.printf("%d tokens held, %s, trimmed every %d tokens%n%n", held, SHAPE, CYCLE);
        System.out.println("| scorer | append ms | attend ms | observe ms | trim ms | observe and trim |");
        System.out.println("|---|---|---|---|---|---|");
        for (Scorer scorer : scorers) {
            try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
                new DecodeShare(scorer, held, manager).run();
            }
        }
    }

    private void run() {
        EvictionPolicy policy = EvictionPolicy.of(new BudgetSchedule.Fixed(held), scorer);
        long bytes = SHAPE.peakBytes(policy, Integer.MAX_VALUE);
        KvMemory.Reservation room = new KvMemory(bytes).reserve(bytes).orElseThrow();
        Vectors vectors = new Vectors(manager, SHAPE);
        try (KvCache cache = new KvCache(manager, SHAPE, policy, room, KvCacheListener.NONE)) {
            fill(cache, vectors);
            decode(cache, vectors, WARM_UP * CYCLE);
            append = attend = observe = trim = 0;
            decode(cache, vectors, MEASURED * CYCLE);
        }
        double steps = 1e6 * MEASURED * CYCLE;
        System.out.printf(
                Locale.ROOT,
                "| %s | %.2f | %.2f | %.2f | %.2f | %.1f %% |%n",
                scorer.text(),
                append / steps,
                attend / steps,
                observe / steps,
                trim / steps,
                100.0 * (observe + trim) / (append + attend + observe + trim));
    }

    private void fill(KvCache cache, Vectors vectors) {
        for (int index = 0; index < SHAPE.layers(); index++) {
            LayerCache layer = cache.layer(index);
            layer.expect(held + CYCLE);
            while (layer.seen() < held) {
                try (NDScope step = new NDScope()) {
                    step.suppressNotUsedWarning();
                    int piece = layer.nextChunk(held - layer.seen());
                    layer.claim(piece);
                    layer.write(vectors.tokens(piece), vectors.tokens(piece));
                    layer.settle(vectors.step(layer, piece));
                }
            }
        }
    }

    private void decode(KvCache cache, Vectors vectors, int tokens) {
        for (int token = 0; token < tokens; token++) {
            for (int index = 0; index < SHAPE.layers(); index++) {
                try (NDScope step = new NDScope()) {
                    step.suppressNotUsedWarning();
                    decode(cache.layer(index), vectors.tokens(1), vectors.tokens(1), vectors.queries(1));
                }
            }
        }
    }

    /** The mean of the query heads, as the decoder computes it. */
    private static NDArray mean(NDArray weights) {
        NDArray received = weights.get(QUERY_HEADS.get(0)).duplicate();
        for (int head = 1; head < GROUP; head++) {
            received.addi(weights.get(QUERY_HEADS.get(head)));
        }
        return received.divi(GROUP);
    }

    private void decode(LayerCache layer, NDArray key, NDArray value, NDArray query) {
        long start = System.nanoTime();
        layer.claim(1);
        layer.write(key, value);
        long appended = System.nanoTime();
        NDArray scores = query.matMul(layer.view().keys().transpose(0, 2, 1)).mul(0.125);
        NDArray weights = scores.softmax(-1);
        weights.matMul(layer.view().values());
        long attended = System.nanoTime();
        NDArray received = layer.wants(Signal.ATTENTION_WEIGHTS) ? mean(weights) : weights;
        layer.settle(new AttentionStep(received).with(Signal.QUERIES, query));
        long observed = System.nanoTime();
        layer.trim();
        append += appended - start;
        attend += attended - appended;
        observe += observed - attended;
        trim += System.nanoTime() - observed;
    }
}
