package dev.sublinear.engine.generation;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.engine.model.LanguageModel;
import dev.sublinear.engine.model.SequenceCache;
import dev.sublinear.engine.model.TensorCache;
import dev.sublinear.kvcache.AttentionStep;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.kvcache.LayerCache;
import dev.sublinear.model.FixtureModel;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.family.LlamaArchitecture;
import dev.sublinear.model.huggingface.HuggingFaceCheckpoint;
import dev.sublinear.model.text.ChatTemplate;
import dev.sublinear.model.text.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.IntUnaryOperator;
import java.util.stream.Stream;

/**
 * A model that says what a test wants, as fast or as slowly as it wants. Its caches are real, with keys and values of
 * zeros, and so is their memory.
 */
public final class ScriptedModel implements LanguageModel {
    public static final int END_OF_TEXT = 0;
    public static final int CONTEXT = 8192;

    /** The tokenizer of the fixture, whose vocabulary this model has. */
    public static final Tokenizer TOKENIZER = tokenizer();

    /** Its chat template. */
    public static final ChatTemplate CHAT = chat();

    private static final KvShape SHAPE = new KvShape(2, 1, 4);

    private final IntUnaryOperator script;
    private final NDManager manager = NDManager.newBaseManager();
    private final Semaphore permits = new Semaphore(Integer.MAX_VALUE / 2);
    private final List<List<Integer>> chunks = new CopyOnWriteArrayList<>();
    private Consumer<int[]> reader = tokens -> {};
    private Runnable prompted = () -> {};
    private volatile boolean closed;
    private volatile int left;

    /** The row that a model computes when something has gone wrong. */
    public static final int NOT_A_NUMBER = -1;

    /**
     * Makes a model.
     *
     * @param script maps the number of tokens seen to the next token or {@link #NOT_A_NUMBER}, or throws
     */
    public ScriptedModel(IntUnaryOperator script) {
        this.script = script;
    }

    private static ChatTemplate chat() {
        try (HuggingFaceCheckpoint directory = HuggingFaceCheckpoint.open(FixtureModel.directory())) {
            return ChatTemplate.of(directory, TOKENIZER);
        }
    }

    private static Tokenizer tokenizer() {
        try (HuggingFaceCheckpoint directory = HuggingFaceCheckpoint.open(FixtureModel.directory())) {
            return Tokenizer.open(directory);
        }
    }

    /** A model that repeats a text. */
    public static ScriptedModel repeating(String text) {
        int[] ids = TOKENIZER.encode(text);
        return new ScriptedModel(seen -> ids[seen % ids.length]);
    }

    /** A model that continues a prompt of a given length with a text, then ends. */
    public static ScriptedModel continuing(int prompt, String text) {
        int[] ids = TOKENIZER.encode(text);
        return new ScriptedModel(
                seen -> seen >= prompt && seen - prompt < ids.length ? ids[seen - prompt] : END_OF_TEXT);
    }

    /**
     * A model that answers with these texts, then ends, to prompts of any length but one token, one after another; with the last of
     * them to all that come after.
     */
    public static ScriptedModel answering(String... texts) {
        List<int[]> answers = Stream.of(texts).map(TOKENIZER::encode).toList();
        AtomicBoolean asked = new AtomicBoolean();
        AtomicInteger prompt = new AtomicInteger();
        AtomicInteger next = new AtomicInteger(-1);
        ScriptedModel model = new ScriptedModel(seen -> {
            if (asked.getAndSet(false)) {
                prompt.set(seen);
                next.incrementAndGet();
            }
            int[] ids = answers.get(Math.min(next.get(), answers.size() - 1));
            int said = seen - prompt.get();
            return said < ids.length ? ids[said] : END_OF_TEXT;
        });
        model.prompted = () -> asked.set(true);
        return model;
    }

    /** From now on takes only the steps that {@link #allow} allows. */
    public ScriptedModel hold() {
        permits.drainPermits();
        return this;
    }

    /** From now on tells the ids that it reads. */
    public ScriptedModel readingTo(Consumer<int[]> other) {
        reader = other;
        return this;
    }

    public void allow(int steps) {
        permits.release(steps);
    }

    /** How many tokens each step read, of each of its sequences. */
    public List<List<Integer>> chunks() {
        return chunks;
    }

    /** How many tensors were alive when it was closed. */
    public int leftTensors() {
        return left;
    }

    public boolean isClosed() {
        return closed;
    }

    @Override
    public ModelSpec spec() {
        return new ModelSpec(
                "Scripted",
                TOKENIZER.vocabSize(),
                4,
                4,
                SHAPE.layers(),
                1,
                SHAPE.kvHeads(),
                SHAPE.headDim(),
                CONTEXT,
                LlamaArchitecture.of(SHAPE.layers(), SHAPE.headDim(), 1e-5, 10_000),
                true,
                Set.of(END_OF_TEXT),
                OptionalInt.empty());
    }

    @Override
    public KvShape kvShape() {
        return SHAPE;
    }

    @Override
    public SequenceCache newCache(EvictionPolicy policy, KvMemory.Reservation reservation, KvCacheListener listener) {
        return new TensorCache(new KvCache(manager, SHAPE, policy, reservation, listener), reservation);
    }

    @Override
    public float[][] forward(List<Slice> step) {
        awaitPermit();
        chunks.add(step.stream().map(slice -> slice.tokens().length).toList());
        List<float[]> rows = new ArrayList<>();
        for (Slice slice : step) {
            reader.accept(slice.tokens());
            if (slice.tokens().length > Math.max(1, slice.outputs())) { // several, and no draft
                prompted.run();
            }
            read(slice);
            for (int output = 0; output < slice.outputs(); output++) {
                int seen = slice.cache().seen() - slice.outputs() + 1 + output;
                rows.add(row(script.applyAsInt(seen)));
            }
        }
        return rows.toArray(new float[0][]);
    }

    private void awaitPermit() {
        try {
            if (!permits.tryAcquire(1, TimeUnit.MINUTES)) {
                throw new IllegalStateException("held, and nobody allowed a step for a minute");
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void read(Slice slice) {
        for (int index = 0; index < SHAPE.layers(); index++) {
            LayerCache layer = ((TensorCache) slice.cache()).cache().layer(index);
            for (int left = slice.tokens().length; left > 0; ) {
                int chunk = layer.nextChunk(left);
                try (NDManager temporaries = manager.newSubManager()) {
                    Shape shape = new Shape(SHAPE.kvHeads(), chunk, SHAPE.headDim());
                    layer.claim(chunk);
                    layer.write(temporaries.zeros(shape), temporaries.zeros(shape));
                    Shape weights =
                            new Shape(SHAPE.kvHeads(), chunk, layer.view().length());
                    layer.settle(new AttentionStep(temporaries.zeros(weights)));
                }
                layer.trim();
                left -= chunk;
            }
        }
    }

    private static float[] row(int token) {
        float[] row = new float[TOKENIZER.vocabSize()];
        if (token == NOT_A_NUMBER) {
            row[7] = Float.NaN;
        } else {
            row[token] = 100;
        }
        return row;
    }

    @Override
    public int liveTensors() {
        return manager.getManagedArrays().size();
    }

    /** The bytes of all tensors of its caches, as they are. */
    public long tensorBytes() {
        return manager.getManagedArrays().stream()
                .mapToLong(array -> array.size() * array.getDataType().getNumOfBytes())
                .sum();
    }

    @Override
    public void close() {
        closed = true;
        left = liveTensors();
        manager.close();
    }
}
