package dev.sublinear.evaluation.fidelity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sublinear.evaluation.attention.FullAttention;
import dev.sublinear.evaluation.attention.OracleLoss;
import dev.sublinear.evaluation.corpus.Corpus;
import dev.sublinear.evaluation.corpus.Document;
import dev.sublinear.evaluation.setting.Setting;
import dev.sublinear.evaluation.worker.ModelCopies;
import dev.sublinear.evaluation.worker.ModelsByPrecision;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.kvcache.analysis.LayerSnapshot;
import dev.sublinear.kvcache.analysis.QueryRecorder;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.budget.HeadLaws;
import dev.sublinear.kvcache.scorer.KeyDiffScorer;
import dev.sublinear.kvcache.scorer.Scorers;
import dev.sublinear.model.CausalLm;
import dev.sublinear.model.Execution;
import dev.sublinear.model.FixtureModel;
import dev.sublinear.model.Step;
import dev.sublinear.model.huggingface.HuggingFaceCheckpoint;
import dev.sublinear.model.text.Tokenizer;
import dev.sublinear.testing.Seed;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** On the fixture and its own text: attention that is real. */
@Tag("slow")
@Tag("model")
final class FidelityTest {
    private static final long CAPACITY = 200_000_000;

    private static HuggingFaceCheckpoint directory;
    private static ModelsByPrecision models;
    private static Corpus corpus;

    @BeforeAll
    static void load() {
        directory = HuggingFaceCheckpoint.open(FixtureModel.directory());
        models = new ModelCopies(() -> HuggingFaceCheckpoint.open(FixtureModel.directory()), Execution.exact(1)).get();
        try (Tokenizer tokenizer = Tokenizer.open(directory)) {
            corpus = Corpus.bundled(tokenizer);
        }
    }

    @AfterAll
    static void close() {
        models.close();
        directory.close();
    }

    private static Setting setting(String budget, String scorer) {
        return new Setting("f32", budget, scorer, 4, 16, 0.25, 16);
    }

    private static DocumentReading read(int length, Setting... settings) {
        Document document = corpus.documents(1, length).get(0);
        return new Fidelity(models, CAPACITY).read(document, List.of(settings));
    }

    @Test
    void read_unlimited_hasNoDivergenceAtAll() {
        DocumentReading reading = read(400, setting("unlimited", "recency"));

        assertThat(reading.settings().get(0).divergences()).allSatisfy(bucket -> {
            assertThat(bucket.kl()).isZero();
            assertThat(bucket.klP99()).isZero();
            assertThat(bucket.nll()).isEqualTo(bucket.nllFull());
            assertThat(bucket.agreement()).isEqualTo(1);
        });
        assertThat(reading.settings().get(0).coverages()).allSatisfy(held -> {
            assertThat(held.mass()).isCloseTo(1, within(1e-12));
            assertThat(held.error()).isZero();
            assertThat(held.retained()).isEqualTo(held.seen());
            assertThat(held.footprint()).isEqualTo(held.seen() * (held.seen() + 1.0) / 2);
        });
    }

    /** Nothing is evicted: what diverges is what 8 bits round. */
    @Test
    void read_unlimitedInACacheOf8Bits_divergesALittle() {
        DocumentReading reading = read(
                400, new Setting("f32/int8", "unlimited", "recency", 4, 16, 0.25, 16), setting("fixed:96", "recency"));

        List<DocumentReading.UnderSetting> all = reading.settings();
        assertThat(all.get(0).divergences().get(1).kl())
                .isPositive()
                .isLessThan(all.get(1).divergences().get(1).kl() / 10);
    }

    @Test
    void read_everyScorer_isNeverAheadOfTheOraclesAndCostsSomething() {
        Setting[] settings = Scorers.all().stream()
                .map(scorer -> setting("fixed:96", scorer.name()))
                .toArray(Setting[]::new);

        List<DocumentReading.UnderSetting> all = read(512, settings).settings();

        assertThat(all).hasSameSizeAs(settings);
        assertThat(all).allSatisfy(under -> {
            CacheCoverage held = under.coverages().get(2);
            assertThat(held.seen()).isEqualTo(512);
            assertThat(held.retained()).isBetween(96.0, 112.0);
            assertThat(held.mass()).isBetween(0.0, held.oneSetMass());
            assertThat(held.oneSetMass()).isLessThanOrEqualTo(held.perQueryMass());
            assertThat(held.perQueryMass()).isLessThan(1);
            assertThat(held.error()).isPositive();
            assertThat(under.divergences().get(2).kl()).isPositive();
            assertThat(under.divergences().get(2).klP99())
                    .isGreaterThan(under.divergences().get(2).kl());
        });
    }

    @Test
    void read_twice_givesTheSameNumbers() {
        Setting[] settings = {setting("fixed:96", "heavy-hitter"), setting("logarithmic:scale=16", "random")};
        assertThat(read(300, settings)).isEqualTo(read(300, settings));
    }

    @Test
    void read_oneSettingAtATime_givesTheSameNumbersAsSideBySide() {
        Setting first = setting("fixed:96", "heavy-hitter");
        Setting second = setting("fixed:80", "recency");
        Document document = corpus.documents(1, 300).get(0);

        DocumentReading together = read(300, first, second);
        long tight = 2_700_000; // the full cache and one other
        assertThat(new Fidelity(models, tight).read(document, List.of(first, second)))
                .isEqualTo(together);
    }

    /** The slow obvious twin: one cache from the start, token by token compared. */
    @Test
    void read_budgetThatBitesLate_isAsIfTheSettingHadReadAlone() {
        Setting setting = setting("fixed:150", "key-diff");
        int[] tokens = corpus.documents(1, 400).get(0).tokens();
        CausalLm model = models.in("f32");
        double sum = 0;
        double bytes;
        long held = 0;
        try (KvCache full = cache(setting("unlimited", "recency").policy());
                KvCache own = cache(setting.policy())) {
            for (int at = 0; at + 1 < tokens.length; at++) {
                Step.Slice[] slices = {slice(full, tokens, at), slice(own, tokens, at)};
                float[] expected = model.forward(Step.of(slices[0]))[0];
                float[] found = model.forward(Step.of(slices[1]))[0];
                held += at + 1 <= 256 ? own.layer(0).length(0) : 0;
                sum += at >= 128 && at < 256
                        ? new ReferenceLogits(expected).compare(found).kl()
                        : 0;
            }
            bytes = own.bytes();
        }

        DocumentReading.UnderSetting under = read(400, setting).settings().get(0);

        assertThat(under.divergences().get(1).to()).isEqualTo(256);
        assertThat(under.divergences().get(1).kl()).isPositive().isCloseTo(sum / 128, within(1e-5));
        assertThat(under.divergences().get(0).kl()).isZero();
        assertThat(under.coverages().get(2).bytes()).isEqualTo((long) bytes);
        assertThat(under.coverages().get(1).footprint()).isBetween(held * 1.0, held + 256.0 * 17);
    }

    @Test
    void read_lawsByHead_holdsWhatEachHeadMayKeep() {
        KvShape shape = models.in("f32").kvShape();
        List<BudgetSchedule.PowerLaw> heads = IntStream.range(0, shape.kvHeads())
                .mapToObj(head -> new BudgetSchedule.PowerLaw(1 + head, 0.8, 64))
                .toList();
        HeadLaws laws = HeadLaws.of(Collections.nCopies(shape.layers(), heads));
        EvictionPolicy policy = EvictionPolicy.of(laws, new KeyDiffScorer());

        DocumentReading.UnderSetting under = read(512, Setting.of("f32", laws, "key-diff", policy))
                .settings()
                .get(0);

        CacheCoverage held = under.coverages().get(2);
        double kept = IntStream.range(0, shape.kvHeads())
                .map(head -> shape.policy(policy, 0).keep(head, 512))
                .average()
                .orElseThrow();
        assertThat(kept).isBetween(128.0, 500.0);
        assertThat(held.seen()).isEqualTo(512);
        assertThat(held.retained()).isEqualTo(kept);
        assertThat(under.divergences().get(2).kl()).isPositive();
    }

    /** The full cache grows ahead of need: what shares its rows must not come to pay for that. */
    @Test
    void read_severalSettingsThatForkTheFullCacheAtOnce_eachHasRoomOfItsOwn() {
        DocumentReading reading = read(900, setting("fixed:520", "recency"), setting("fixed:520", "key-diff"));

        assertThat(reading.settings())
                .allSatisfy(under -> assertThat(under.divergences().get(3).kl()).isPositive());
    }

    private static KvCache cache(EvictionPolicy policy) {
        KvMemory memory = new KvMemory(CAPACITY);
        CausalLm model = models.in("f32");
        return model.newCache(
                policy, memory.reserve(model.kvShape().peakBytes(policy, 400)).orElseThrow(), KvCacheListener.NONE);
    }

    private static Step.Slice slice(KvCache cache, int[] tokens, int at) {
        return new Step.Slice(cache, new int[] {tokens[at]}, 1);
    }

    @Test
    void loss_onRealAttention_isMassTimesTheDistanceOfTheMeans() {
        CausalLm model = models.in("f32");
        QueryRecorder recorder = new QueryRecorder(8, model.spec().group());
        EvictionPolicy policy = recorder.policy();
        KvMemory memory = new KvMemory(CAPACITY);
        Random random = new Random(Seed.or(4));
        double lost = 0;
        try (KvCache cache = model.newCache(policy, memory.reserve(20_000_000).orElseThrow(), KvCacheListener.NONE)) {
            model.forward(Step.of(new Step.Slice(cache, corpus.excerpt(0, 300), 0)));
            for (int layer = 0; layer < model.spec().layers(); layer++) {
                FullAttention attention = FullAttention.of(LayerSnapshot.of(cache.layer(layer)), recorder, 1);
                for (int row = 0; row < attention.rows(); row++) {
                    boolean[] kept = new boolean[300];
                    for (int i = 0; i < kept.length; i++) {
                        kept[i] = random.nextInt(3) > 0;
                    }
                    FullAttention.Loss loss = attention.loss(row, kept);
                    assertThat(loss.mass()).isBetween(0.0, 1.0);
                    lost += loss.mass();
                    assertThat(loss.error()).isCloseTo(loss.mass() * loss.distance(), within(1e-12));
                    assertThat(1 - loss.mass()).isCloseTo(attention.retained(row, kept), within(1e-12));
                }
            }
        }
        assertThat(lost).as("something was lost").isGreaterThan(10);
    }

    @Test
    void read_needs_areOfEveryHeadAtEveryLength() {
        DocumentReading reading = read(320);

        assertThat(reading.attention().keysNeeded()).hasSize(3 * 6 * 8);
        assertThat(reading.attention().keysNeeded()).allSatisfy(need -> {
            assertThat(need.keys90()).isBetween(1.0, need.keys95());
            assertThat(need.keys95()).isLessThanOrEqualTo(need.keys99());
            assertThat(need.keys99()).isLessThanOrEqualTo(need.seen());
            assertThat(need.perplexity()).isBetween(1.0, (double) need.seen());
        });
        assertThat(reading.attention().oracleLosses()).hasSize(3 * OracleLoss.RULES.size());
        assertThat(reading.attention().oracleLosses().stream()
                        .filter(loss -> loss.seen() == 128)
                        .map(OracleLoss::k))
                .containsOnly(16);
    }
}
