package dev.sublinear.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.sun.management.ThreadMXBean;
import dev.sublinear.testing.Seed;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SamplerTest {

    @Test
    void sample_temperatureZero_takesHighest() {
        assertThat(new Sampler(SamplingParams.GREEDY).sample(new float[] {1, 3, 2}, 0))
                .isEqualTo(1);
    }

    @Test
    void sample_temperatureZeroAndTies_takesLowestId() {
        assertThat(new Sampler(SamplingParams.GREEDY).sample(new float[] {-1, 7, 7, 7}, 0))
                .isEqualTo(1);
        assertThat(new Sampler(SamplingParams.GREEDY).sample(new float[] {-0f, 0f}, 0))
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void sample_logitThatIsNoNumber_saysWhich(float logit) {
        for (double temperature : new double[] {0, 1}) {
            Sampler sampler = new Sampler(new SamplingParams(temperature, 1, 0, 0, 1));
            assertThatThrownBy(() -> sampler.sample(new float[] {1, 2, logit}, 0))
                    .isInstanceOf(NonFiniteLogitsException.class)
                    .hasMessage("the logit of token 2 is " + logit);
        }
    }

    @Test
    void sample_manyDraws_followsSoftmaxOfScaledLogits() {
        float[] logits = {0, 1, 2};
        Sampler sampler = new Sampler(new SamplingParams(2, 1, 0, 0, 42));
        int draws = 40_000;
        int[] counts = new int[3];
        for (int position = 0; position < draws; position++) {
            counts[sampler.sample(logits, position)]++;
        }
        double total = 1 + Math.exp(0.5) + Math.exp(1);
        for (int id = 0; id < 3; id++) {
            assertThat((double) counts[id] / draws).isCloseTo(Math.exp(id / 2.0) / total, within(0.01));
        }
    }

    @Test
    void sample_extremeLogits_staysFinite() {
        Sampler sampler = new Sampler(new SamplingParams(0.01, 0.9, 0, 0.1, 1));
        assertThat(sampler.sample(new float[] {Float.MAX_VALUE, -Float.MAX_VALUE, 0}, 3))
                .isZero();
    }

    @Test
    void sample_sameSeedAndPosition_drawsTheSame() {
        float[] logits = new float[50]; // so that streams which differ agree one time in 50
        SamplingParams params = new SamplingParams(1, 1, 0, 0, 7);
        int[] forwards = IntStream.range(0, 100)
                .map(position -> new Sampler(params).sample(logits, position))
                .toArray();
        Sampler reused = new Sampler(params);
        for (int position = 99; position >= 0; position--) {
            assertThat(reused.sample(logits, position)).isEqualTo(forwards[position]);
        }
        assertThat(IntStream.of(forwards).distinct().count()).isGreaterThan(10);
    }

    @ParameterizedTest
    @CsvSource({"0.9,0,0", "0.5,0,0", "1,5,0", "1,0,0.2", "0.8,7,0.1", "0.0001,0,0", "1,1,0", "1,1000,0"})
    void sample_anyRestriction_drawsExactlyFromWhatASlowTwinAllows(double topP, int topK, double minP) {
        long seed = Seed.or(11);
        Random random = new Random(seed);
        for (int round = 0; round < 20; round++) {
            float[] logits = random(random, 40);
            Set<Integer> allowed = allowed(logits, topP, topK, minP);
            Sampler sampler = new Sampler(new SamplingParams(1, topP, topK, minP, round));
            Set<Integer> drawn = new HashSet<>();
            for (int position = 0; position < 3_000; position++) {
                drawn.add(sampler.sample(logits, position));
            }
            assertThat(allowed).as("seed %s, round %s", seed, round).containsAll(drawn);
            double least = allowed.stream().mapToDouble(id -> logits[id]).min().orElseThrow();
            double mass = IntStream.range(0, 40)
                    .mapToDouble(id -> Math.exp(logits[id]))
                    .sum();
            if (Math.exp(least) / mass > 0.005) {
                assertThat(drawn).as("seed %s, round %s", seed, round).containsAll(allowed);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 40, 1024, 1025, 1999})
    void sample_topKOfManyTiedLogits_keepsTheLowestIds(int topK) {
        float[] logits = new float[2_000];
        Sampler sampler = new Sampler(new SamplingParams(1, 1, topK, 0, 9));
        Set<Integer> drawn = new HashSet<>();
        for (int position = 0; position < 20 * topK; position++) {
            drawn.add(sampler.sample(logits, position));
        }
        assertThat(drawn).allSatisfy(id -> assertThat(id).isLessThan(topK));
        assertThat(drawn).hasSizeGreaterThan(topK * 9 / 10);
    }

    private static Set<Integer> allowed(float[] logits, double topP, int topK, double minP) {
        List<Integer> ranked =
                new ArrayList<>(IntStream.range(0, logits.length).boxed().toList());
        ranked.sort(Comparator.comparing((Integer id) -> -logits[id]).thenComparing(id -> id));
        if (topK > 0) {
            ranked = ranked.subList(0, Math.min(topK, ranked.size()));
        }
        double total = ranked.stream().mapToDouble(id -> Math.exp(logits[id])).sum();
        Set<Integer> allowed = new HashSet<>();
        double mass = 0;
        for (int id : ranked) {
            double share = Math.exp(logits[id] - logits[ranked.get(0)]);
            if (mass < topP * total && share >= minP) {
                allowed.add(id);
            }
            mass += Math.exp(logits[id]);
        }
        return allowed;
    }

    private static float[] random(Random random, int size) {
        float[] logits = new float[size];
        for (int i = 0; i < size; i++) {
            logits[i] = (float) random.nextGaussian() * 2;
        }
        return logits;
    }

    @ParameterizedTest
    @CsvSource({
        "NaN,1,0,0,temperature",
        "-0.1,1,0,0,temperature",
        "2.1,1,0,0,temperature",
        "1,0,0,0,top_p",
        "1,1.01,0,0,top_p",
        "1,NaN,0,0,top_p",
        "1,1,-1,0,top_k",
        "1,1,0,1.5,min_p",
        "1,1,0,NaN,min_p"
    })
    void params_outOfRange_saysWhich(double temperature, double topP, int topK, double minP, String parameter) {
        assertThatThrownBy(() -> new SamplingParams(temperature, topP, topK, minP, 0))
                .isInstanceOf(InvalidParameterException.class)
                .hasMessageStartingWith(parameter + " must be ")
                .extracting(e -> ((InvalidParameterException) e).parameter())
                .isEqualTo(parameter);
    }

    @Test
    void sample_biased_addsToTheLogit() {
        SamplingParams params = SamplingParams.GREEDY.withLogitBias(Map.of(2, 1.5, 0, -100.0));
        assertThat(new Sampler(params).sample(new float[] {9, 1, 0}, 0)).isEqualTo(2);
    }

    @Test
    void sample_presenceAndFrequency_countTheAnswerAlone() {
        float[] logits = {3, 2.5f, 0};
        Sampler present = new Sampler(SamplingParams.GREEDY.with(new Penalties(1, 1, 0)), 1, 1);
        assertThat(IntStream.range(0, 4).map(i -> present.sample(logits, i))).containsExactly(0, 1, 0, 0);
        Sampler frequent = new Sampler(SamplingParams.GREEDY.with(new Penalties(1, 0, 1)), 1, 1);
        assertThat(IntStream.range(0, 6).map(i -> frequent.sample(logits, i))).containsExactly(0, 1, 0, 1, 0, 1);
    }

    @Test
    void sample_repetition_countsThePromptToo() {
        Sampler sampler = new Sampler(SamplingParams.GREEDY.with(new Penalties(2, 0, 0)), 0);
        assertThat(IntStream.range(0, 3).map(i -> sampler.sample(new float[] {3, 2, -1}, i)))
                .containsExactly(1, 0, 0);
    }

    @Test
    void sample_masked_drawsFromWhatIsAllowedInItsProportions() {
        float[] logits = {5, 1, 2, 3};
        BitSet allowed = BitSet.valueOf(new long[] {0b1010});
        for (SamplingParams params : new SamplingParams[] {
            new SamplingParams(1, 1, 0, 0, 3),
            new SamplingParams(1, 0.999999, 0, 0, 3),
            new SamplingParams(1, 1, 2, 0, 3)
        }) {
            Sampler sampler = new Sampler(params);
            int[] counts = new int[4];
            for (int position = 0; position < 20_000; position++) {
                counts[sampler.sample(logits, position, TokenMask.of(allowed))]++;
            }
            assertThat(counts[0] + counts[2]).isZero();
            assertThat(counts[1] / 20_000.0).isCloseTo(1 / (1 + Math.exp(2)), within(0.01));
        }
        assertThat(new Sampler(SamplingParams.GREEDY).sample(logits, 0, TokenMask.of(allowed)))
                .isEqualTo(3);
    }

    @Test
    void sample_biasedAndRepeated_penalisesTheBiasedLogit() {
        // 1 + 3 = 4, then 4 / 2 = 2. The other way round it would be 1 / 2 + 3 = 3.5 and win over 3.
        SamplingParams params =
                SamplingParams.GREEDY.with(new Penalties(2, 0, 0)).withLogitBias(Map.of(0, 3.0));
        assertThat(new Sampler(params, 0).sample(new float[] {1, 3}, 0)).isEqualTo(1);
    }

    @Test
    void sample_nonFiniteLogitThatIsMasked_stillFails() {
        BitSet allowed = BitSet.valueOf(new long[] {1});
        assertThatThrownBy(() ->
                        new Sampler(SamplingParams.GREEDY).sample(new float[] {1, Float.NaN}, 0, TokenMask.of(allowed)))
                .isInstanceOf(NonFiniteLogitsException.class);
    }

    @Test
    void sample_anyParameters_allocatesNothingOfTheVocabularysSize() {
        int size = 65_536;
        float[] logits = random(new Random(Seed.or(1)), size);
        BitSet allowed = new BitSet();
        allowed.set(100, 60_000);
        ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (SamplingParams params : new SamplingParams[] {
            SamplingParams.GREEDY,
            new SamplingParams(1, 1, 0, 0, 3),
            new SamplingParams(0.7, 0.9, 40, 0.05, 3)
                    .with(new Penalties(1.2, 0.1, 0.1))
                    .withLogitBias(Map.of(7, 2.0)),
        }) {
            Sampler sampler = new Sampler(params, 1, 2, 3);
            for (int position = 0; position < 10; position++) {
                sampler.sample(logits, position, TokenMask.of(allowed));
            }
            long before = thread.getCurrentThreadAllocatedBytes();
            for (int position = 10; position < 30; position++) {
                TokenMask mask = TokenMask.of(allowed).with(Set.of(5)).without(Set.of(200));
                sampler.sample(logits, position, mask);
            }
            long each = (thread.getCurrentThreadAllocatedBytes() - before) / 20;
            assertThat(each).as("bytes a token, %s", params).isLessThan(size / 8);
        }
    }

    @Test
    void sample_manySamplersTakingTurns_chooseAsEachAlone() {
        Random random = new Random(Seed.or(5));
        float[][] rows = new float[20][];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = random(random, i % 2 == 0 ? 50 : 80);
        }
        SamplingParams params = new SamplingParams(1, 0.95, 30, 0.01, 9).with(new Penalties(1.5, 0.2, 0.2));
        Sampler one = new Sampler(params);
        Sampler other = new Sampler(params);
        List<Integer> turns = new ArrayList<>();
        for (int i = 0; i < rows.length; i++) {
            turns.add((i % 2 == 0 ? one : other).sample(rows[i], i));
        }
        for (int parity = 0; parity < 2; parity++) {
            Sampler alone = new Sampler(params);
            for (int i = parity; i < rows.length; i += 2) {
                assertThat(alone.sample(rows[i], i)).isEqualTo(turns.get(i));
            }
        }
    }
}
