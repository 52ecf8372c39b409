package dev.sublinear.evaluation.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import dev.sublinear.evaluation.corpus.Corpus;
import dev.sublinear.evaluation.corpus.Document;
import dev.sublinear.evaluation.loss.HeadErrors.AtLength;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.kvcache.LayerView;
import dev.sublinear.kvcache.Protection;
import dev.sublinear.kvcache.Scorer;
import dev.sublinear.kvcache.analysis.LayerSnapshot;
import dev.sublinear.kvcache.analysis.QueryRecorder;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.scorer.Scorers;
import dev.sublinear.model.Execution;
import dev.sublinear.model.FixtureModel;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.Step;
import dev.sublinear.model.checkpoint.Checkpoint;
import dev.sublinear.model.decoder.DecoderLm;
import dev.sublinear.model.huggingface.HuggingFaceCheckpoint;
import dev.sublinear.model.text.Tokenizer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("model")
final class ErrorReaderTest {
    private static final long CAPACITY = 200_000_000;
    private static final Protection PROTECTION = new Protection(2, 16, 0.25, Protection.Span.EMPTY);
    private static final ErrorGrid GRID = new ErrorGrid(272, 32);

    /** Two queries of three. */
    private static final BitSet COUNTED = IntStream.range(0, GRID.length())
            .filter(position -> position % 3 > 0)
            .collect(BitSet::new, BitSet::set, BitSet::or);

    private static Checkpoint checkpoint;
    private static DecoderLm model;
    private static Document document;

    @BeforeAll
    static void load() {
        checkpoint = HuggingFaceCheckpoint.open(FixtureModel.directory());
        model = DecoderLm.load(checkpoint, Execution.exact(1));
        try (Tokenizer tokenizer = Tokenizer.open(checkpoint)) {
            document = Corpus.bundled(tokenizer).documents(1, GRID.length()).get(0);
        }
    }

    @AfterAll
    static void close() {
        model.close();
        checkpoint.close();
    }

    /** A scorer without a state, one that remembers of each token, and one that remembers of each head. */
    @ParameterizedTest
    @ValueSource(strings = {"key-diff", "heavy-hitter", "expected-attention"})
    void read_eachHeadAndBudget_losesWhatItsOutputWouldLackThroughTheOutputMatrix(String name) {
        Scorer scorer = Scorers.named(name);
        int live = model.liveTensors();

        HeadErrors errors = new ErrorReader(model, checkpoint, scorer, PROTECTION, GRID, CAPACITY)
                .read(new FittingDocument(document, COUNTED));

        assertThat(model.liveTensors()).isEqualTo(live);
        assertThat(errors.lengths()).extracting(AtLength::seen).containsExactly(119, 238);
        AtLength last = errors.lengths().get(1);
        assertThat(last.budgets()).startsWith(32, 38, 45, 54, 64).endsWith(181, 215, 238);
        for (int layer : new int[] {0, model.spec().layers() - 1}) {
            double[][] expected = expected(scorer, layer, last.seen(), last.budgets());
            for (int head = 0; head < expected.length; head++) {
                for (int i = 0; i < expected[head].length; i++) {
                    assertThat(last.errors()[layer][head][i])
                            .as("layer %s, head %s, %s tokens", layer, head, last.budgets()[i])
                            .isCloseTo(expected[head][i], within(1e-5 * expected[head][i] + 1e-9));
                }
                assertThat(expected[head][0]).isPositive();
            }
        }
    }

    /** The slow obvious twin: an attention in float64 for every query, head and budget. */
    private static double[][] expected(Scorer scorer, int layer, int n, int[] budgets) {
        ModelSpec spec = model.spec();
        int tokens = GRID.queries();
        QueryRecorder recorder = new QueryRecorder(tokens, spec.group());
        LayerSnapshot all = read(recorder.policy(), n + tokens, cache -> LayerSnapshot.of(cache.layer(layer)));
        EvictionPolicy watching = EvictionPolicy.of(new BudgetSchedule.Fixed(100_000), scorer);
        double[][] scores =
                read(watching, n, cache -> scores(scorer, cache.layer(layer).view()));
        double[][] out = matrix(layer);
        double[][] errors = new double[spec.kvHeads()][budgets.length];
        double scale = 0;
        for (int position = n; position < n + tokens; position++) {
            if (!COUNTED.get(position)) {
                continue;
            }
            double[] whole = new double[spec.hiddenSize()];
            for (int head = 0; head < spec.kvHeads(); head++) {
                double[] full = output(all, recorder, head, position, everything(n), out);
                add(whole, full, 1);
                for (int i = 0; i < budgets.length; i++) {
                    int[] order = KeepingOrder.of(scores[head], PROTECTION, new int[] {budgets[i], n});
                    double[] lost = output(all, recorder, head, position, Arrays.copyOf(order, budgets[i]), out);
                    add(lost, full, -1);
                    errors[head][i] += square(lost);
                }
            }
            scale += square(whole);
        }
        for (double[] head : errors) {
            for (int i = 0; i < head.length; i++) {
                head[i] /= scale;
            }
        }
        return errors;
    }

    private static double[][] scores(Scorer scorer, LayerView view) {
        double[] all = scorer.score(view).toType(DataType.FLOAT64, false).toDoubleArray();
        return IntStream.range(0, model.spec().kvHeads())
                .mapToObj(head -> Arrays.copyOfRange(all, head * view.length(), (head + 1) * view.length()))
                .toArray(double[][]::new);
    }

    private static int[] everything(int n) {
        return IntStream.range(0, n).toArray();
    }

    private static <T> T read(EvictionPolicy policy, int tokens, Function<KvCache, T> then) {
        KvMemory memory = new KvMemory(CAPACITY);
        try (KvCache cache = model.newCache(policy, memory.reserve(CAPACITY).orElseThrow(), KvCacheListener.NONE);
                NDScope temporaries = new NDScope()) {
            temporaries.suppressNotUsedWarning();
            model.forward(Step.of(new Step.Slice(cache, Arrays.copyOf(document.tokens(), tokens), 0)));
            return then.apply(cache);
        }
    }

    private static double[][] matrix(int layer) {
        try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
            float[] numbers =
                    OutputMatrix.read(checkpoint, layer, manager).matrix().toFloatArray();
            int width = model.spec().heads() * model.spec().headDim();
            double[][] matrix = new double[model.spec().hiddenSize()][width];
            for (int i = 0; i < numbers.length; i++) {
                matrix[i / width][i % width] = numbers[i];
            }
            return matrix;
        }
    }

    /** What the query heads of one key-value head add to the attention output of a token that sees these tokens and those since. */
    private static double[] output(
            LayerSnapshot all, QueryRecorder recorder, int head, int position, int[] kept, double[][] out) {
        int size = all.headDim();
        float[] keys = all.keys(head);
        float[] values = all.values(head);
        int n = all.seen() - recorder.tokens();
        int[] seen = IntStream.concat(Arrays.stream(kept), IntStream.rangeClosed(n, position))
                .toArray();
        double[] result = new double[out.length];
        for (int member = 0; member < recorder.group(); member++) {
            double[] query = all.query(recorder, head, member, position);
            double[] sum = new double[size];
            double weights = 0;
            for (int token : seen) {
                double product = 0;
                for (int i = 0; i < size; i++) {
                    product += query[i] * keys[token * size + i];
                }
                double weight = Math.exp(product * model.spec().architecture().attentionScale());
                weights += weight;
                for (int i = 0; i < size; i++) {
                    sum[i] += weight * values[token * size + i];
                }
            }
            int column = (head * recorder.group() + member) * size;
            for (int row = 0; row < out.length; row++) {
                for (int i = 0; i < size; i++) {
                    result[row] += out[row][column + i] * sum[i] / weights;
                }
            }
        }
        return result;
    }

    private static void add(double[] to, double[] other, double factor) {
        for (int i = 0; i < to.length; i++) {
            to[i] += factor * other[i];
        }
    }

    private static double square(double[] vector) {
        return Arrays.stream(vector).map(x -> x * x).sum();
    }
}
