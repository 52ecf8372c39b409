package dev.sublinear.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
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
import dev.sublinear.kvcache.budget.BudgetSchedule.PowerLaw;
import dev.sublinear.kvcache.budget.HeadLaws;
import dev.sublinear.kvcache.scorer.ExpectedAttentionScorer;
import dev.sublinear.kvcache.scorer.HeavyHitterScorer;
import dev.sublinear.kvcache.scorer.LastQueryScorer;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.kvcache.storage.KvStorage;
import dev.sublinear.model.DecoderArchitecture;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.attention.AttentionBackend;
import dev.sublinear.model.attention.AttentionTensors;
import dev.sublinear.model.attention.Chunk;
import dev.sublinear.model.attention.LayerStep;
import dev.sublinear.model.attention.StepRotations;
import dev.sublinear.model.family.KnownShape;
import dev.sublinear.model.precision.Precision;
import dev.sublinear.model.precision.Precisions;
import dev.sublinear.model.rotary.Rotation;
import dev.sublinear.testing.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What every backend does with every chunk that it takes, beside {@link AttentionTwin}. */
@Tag("model")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class AttentionBackendContract {
    static final long SEED = Seed.or(20261130);
    private static final int BEFORE = 3; // tokens of the step before the chunk, another backend's
    private static final int AFTER = 2;
    private static final int WINDOW = 40;
    private static final float UNTOUCHED = 12345;

    /** Two layers: one attends to everything, one within a window. */
    static final ModelSpec SPEC = spec();

    private static final BudgetSchedule UNIFORM = BudgetSchedule.parse("fixed:100");

    /** After 128 tokens the heads keep 64, 128 and all of them. */
    private static final BudgetSchedule BY_HEAD = HeadLaws.of(Collections.nCopies(
            2, List.of(new PowerLaw(1, 0.1, 64), new PowerLaw(8, 0.5, 64), new PowerLaw(1, 1, 64))));

    private final Random random = new Random(SEED);
    private final KvMemory memory = new KvMemory(1L << 30);
    private final Closer owned = new Closer();
    private PtNDManager manager;
    private AttentionBackend backend;

    /** Makes the backend. What must be closed is to be given to {@code owned}. */
    abstract AttentionBackend open(TorchScript script, LayerList layers, Closer owned);

    /** Of the model's matrices: in float32 attention in libtorch is exact. */
    Precision precision() {
        return Precisions.BF16;
    }

    /** How far a number may be from the twin's, where values are of the size of 1. */
    abstract double tolerance(Chunk chunk);

    private static ModelSpec spec() {
        ModelSpec known = KnownShape.SMOLLM2_135M.spec();
        DecoderArchitecture of = known.architecture();
        DecoderArchitecture windowed = new DecoderArchitecture(
                of.weights(),
                of.norm(),
                of.normEpsilon(),
                of.normOffset(),
                of.wideHeadNorm(),
                of.activation(),
                of.parallel(),
                of.attentionScale(),
                of.attentionCap(),
                of.logitCap(),
                of.embeddingScale(),
                List.of(0, WINDOW),
                of.rotary(),
                List.of(0, 0),
                of.experts());
        return new ModelSpec(
                known.family(),
                known.vocabSize(),
                known.hiddenSize(),
                known.intermediateSize(),
                2,
                known.heads(),
                known.kvHeads(),
                known.headDim(),
                known.maxPositions(),
                windowed,
                known.tiedHead(),
                known.stopIds(),
                known.bosId());
    }

    @BeforeAll
    void openBackend() {
        manager = (PtNDManager) NDManager.newBaseManager(Device.cpu(), "PyTorch");
        owned.add(manager);
        TorchScript script = owned.add(new TorchScript(manager, ScriptSource.text()));
        Packing packing = owned.add(new Packing(script));
        LayerBuilder builder = new LayerBuilder(
                packing, new LayerKernels(script), SPEC, precision(), new RandomWeights(SPEC, manager, SEED));
        LayerList layers = owned.add(new LayerList(IntStream.range(0, SPEC.layers())
                .mapToObj(layer -> owned.add(builder.layer(layer)))
                .toList()));
        backend = open(script, layers, owned);
    }

    @AfterAll
    void close() {
        owned.close();
    }

    /** Every kind of chunk: tokens, tokens held before, scorer, layer, storage and budget. */
    static Stream<Arguments> chunks() {
        return Stream.of(1, 5)
                .flatMap(tokens -> Stream.of(0, 150)
                        .flatMap(held -> Stream.of(
                                        new RecencyScorer(),
                                        new HeavyHitterScorer(),
                                        new LastQueryScorer(),
                                        new ExpectedAttentionScorer(0.9),
                                        new QueryKeeper(23))
                                .flatMap(scorer -> Stream.of(0, 1)
                                        .flatMap(layer -> Arrays.stream(KvStorage.values())
                                                .flatMap(storage -> Stream.of(UNIFORM, BY_HEAD)
                                                        .map(budget -> Arguments.of(
                                                                tokens, held, scorer, layer, storage, budget)))))));
    }

    @ParameterizedTest
    @MethodSource("chunks")
    void takes_anyChunk_saysTheSameBeforeAndAfterTheClaimAndAttendsIt(
            int tokens, int seen, Scorer scorer, int layer, KvStorage storage, BudgetSchedule budget) {
        try (NDScope temporaries = new NDScope();
                KvCache cache = cache(scorer, storage, budget)) {
            temporaries.suppressNotUsedWarning();
            fill(cache.layer(layer), seen);
            Chunk chunk = Chunk.next(
                    cache.layer(layer),
                    BEFORE,
                    BEFORE + tokens,
                    SPEC.architecture().windows().get(layer));
            boolean taken = backend.takes(chunk);
            chunk.claim();
            assertThat(backend.takes(chunk)).as("once claimed").isEqualTo(taken);
            if (taken) {
                assertAttended(layer, List.of(chunk));
            }
        }
    }

    @Test
    void attend_chunksOfSeveralSequences_doesNotMixThem() {
        try (NDScope temporaries = new NDScope();
                KvCache one = cache(new HeavyHitterScorer(), KvStorage.FLOAT32, UNIFORM);
                KvCache other = cache(new QueryKeeper(23), KvStorage.FLOAT32, BY_HEAD);
                KvCache third = cache(new HeavyHitterScorer(), KvStorage.FLOAT32, BY_HEAD)) {
            temporaries.suppressNotUsedWarning();
            List<Chunk> chunks = new ArrayList<>();
            for (KvCache cache : List.of(one, other, third)) {
                fill(cache.layer(0), 20 + random.nextInt(300));
                int first = BEFORE + chunks.size();
                Chunk chunk = Chunk.next(cache.layer(0), first, first + 1, 0);
                assertThat(backend.takes(chunk)).isTrue();
                chunk.claim();
                chunks.add(chunk);
            }
            assertAttended(0, chunks);
        }
    }

    private void assertAttended(int layer, List<Chunk> chunks) {
        int tokens = chunks.get(chunks.size() - 1).end() + AFTER;
        int[] places = new int[tokens];
        chunks.forEach(chunk -> IntStream.range(0, chunk.tokens())
                .forEach(token -> places[chunk.first() + token] = chunk.position() + token));
        Rotation rotation = SPEC.architecture().rotary().get(0).at(places);
        AttentionTensors tensors = new AttentionTensors(
                manager,
                tokens,
                SPEC,
                new StepRotations(
                        manager, List.of(rotation), SPEC.architecture().rotaryOf()));
        float[] projected = numbers(tokens * (SPEC.heads() + 2 * SPEC.kvHeads()) * SPEC.headDim());
        tensors.projected().set(projected);
        float[] untouched = new float[tokens * SPEC.heads() * SPEC.headDim()];
        Arrays.fill(untouched, UNTOUCHED);
        tensors.attended().set(untouched);
        List<double[]> states = chunks.stream().map(AttendedChunk::state).toList();

        List<NDArray> signals = backend.attend(new LayerStep(layer, chunks, tensors));

        float[] attended = tensors.attended().toFloatArray();
        Iterator<NDArray> next = signals.iterator();
        for (int i = 0; i < chunks.size(); i++) {
            Chunk chunk = chunks.get(i);
            AttendedChunk found =
                    new AttendedChunk(chunk, new AttentionTwin(SPEC, chunk, rotation, projected), tolerance(chunk));
            found.assertWritten();
            found.assertFound(attended);
            found.assertState(states.get(i));
            found.assertQueriesKept();
            found.assertSignals(next);
        }
        assertThat(next.hasNext()).as("signals that no chunk wants").isFalse();
        assertSettles(chunks, signals.iterator());
        int width = SPEC.heads() * SPEC.headDim();
        assertThat(Arrays.copyOf(attended, BEFORE * width))
                .as("tokens of other backends")
                .containsOnly(UNTOUCHED);
        assertThat(Arrays.copyOfRange(attended, (tokens - AFTER) * width, attended.length))
                .as("tokens of other backends")
                .containsOnly(UNTOUCHED);
    }

    private static void assertSettles(List<Chunk> chunks, Iterator<NDArray> signals) {
        chunks.forEach(chunk -> chunk.settle(signals));
        assertThat(signals.hasNext()).as("signals left over").isFalse();
    }

    private KvCache cache(Scorer scorer, KvStorage storage, BudgetSchedule budget) {
        KvShape shape = new KvShape(
                SPEC.layers(),
                SPEC.kvHeads(),
                SPEC.group(),
                SPEC.headDim(),
                storage,
                SPEC.architecture().windows());
        EvictionPolicy policy = new EvictionPolicy(budget, scorer, Protection.DEFAULT, 16);
        long bytes = shape.peakBytes(policy, 400);
        return new KvCache(manager, shape, policy, memory.reserve(bytes).orElseThrow(), KvCacheListener.NONE);
    }

    /** Lets a layer see random tokens. */
    private void fill(LayerCache layer, int tokens) {
        for (int left = tokens; left > 0; ) {
            int count = layer.nextChunk(left);
            layer.claim(count);
            layer.write(random(count, SPEC.headDim()), random(count, SPEC.headDim()));
            layer.settle(
                    layer.views().stream().map(view -> signals(view, count)).toList());
            layer.trim();
            left -= count;
        }
    }

    private AttentionStep signals(LayerView view, int tokens) {
        int heads = (int) view.keys().getShape().get(0);
        Map<Signal, NDArray> signals = new EnumMap<>(Signal.class);
        signals.put(
                Signal.ATTENTION_WEIGHTS,
                random(heads, tokens, KvShape.wholeBlocks(view.length())).softmax(2));
        signals.put(Signal.QUERIES, random(heads, tokens * SPEC.group(), SPEC.headDim()));
        return new AttentionStep(signals);
    }

    private NDArray random(int tokens, int width) {
        return random(SPEC.kvHeads(), tokens, width);
    }

    private NDArray random(int heads, int tokens, int width) {
        return manager.create(numbers(heads * tokens * width), new Shape(heads, tokens, width));
    }

    private float[] numbers(int count) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = (float) random.nextGaussian();
        }
        return numbers;
    }
}
