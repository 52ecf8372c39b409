package dev.sublinear.engine.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.engine.model.LanguageModel;
import dev.sublinear.engine.model.LanguageModel.Slice;
import dev.sublinear.engine.model.SequenceCache;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.HeadLengths;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.kvcache.Protection;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.model.Execution;
import dev.sublinear.model.LoadListener;
import dev.sublinear.testing.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class StubModelTest {
    private static final long SEED = Seed.or(11);
    private static final EvictionPolicy POLICY = new EvictionPolicy(
            new BudgetSchedule.Fixed(40), new RecencyScorer(), new Protection(4, 8, 0, Protection.Span.EMPTY), 8);

    private final KvMemory memory = new KvMemory(1 << 20);
    private final LanguageModel model =
            new StubSource(Double.POSITIVE_INFINITY, 8192, 300).open().load(Execution.exact(1), LoadListener.NONE);

    private SequenceCache open(KvCacheListener listener) {
        return model.newCache(POLICY, memory.reserve(10_000).orElseThrow(), listener);
    }

    private int[] randomTokens(int count) {
        return new Random(SEED).ints(count, 0, 260).toArray();
    }

    /** Reads a prompt in chunks, then decodes; returns what it chose. */
    private List<Integer> answer(SequenceCache cache, int[] prompt, int chunk, int length) {
        List<Integer> answer = new ArrayList<>();
        for (int at = 0; at < prompt.length; at += chunk) {
            int end = Math.min(prompt.length, at + chunk);
            int outputs = end == prompt.length ? 1 : 0;
            float[][] rows = model.forward(List.of(new Slice(cache, Arrays.copyOfRange(prompt, at, end), outputs)));
            assertThat(rows).hasDimensions(outputs, outputs == 0 ? 0 : 300);
            for (float[] row : rows) {
                answer.add(likeliest(row));
            }
        }
        while (answer.size() < length) {
            int[] newest = {answer.get(answer.size() - 1)};
            answer.add(likeliest(model.forward(List.of(new Slice(cache, newest, 1)))[0]));
        }
        return answer;
    }

    private static int likeliest(float[] row) {
        int best = 0;
        for (int id = 1; id < row.length; id++) {
            best = row[id] > row[best] ? id : best;
        }
        return best;
    }

    @Test
    void forward_samePrompt_isTheSameWhateverTheChunks() {
        int[] prompt = randomTokens(100);

        List<Integer> whole = answer(open(KvCacheListener.NONE), prompt, 100, 30);

        assertThat(answer(open(KvCacheListener.NONE), prompt, 7, 30)).isEqualTo(whole);
        assertThat(whole.stream().distinct().count()).isGreaterThan(5);
    }

    @Test
    void forward_oneTokenLostDoubledOrOther_isAnotherAnswer() {
        int[] prompt = randomTokens(50);
        int[] lost = Arrays.copyOf(prompt, 49);
        int[] doubled = Arrays.copyOf(prompt, 51);
        doubled[50] = doubled[49];
        int[] other = prompt.clone();
        other[0]++;
        List<Integer> answer = answer(open(KvCacheListener.NONE), prompt, 50, 20);

        for (int[] changed : List.of(lost, doubled, other)) {
            assertThat(answer(open(KvCacheListener.NONE), changed, 50, 20)).isNotEqualTo(answer);
        }
    }

    @Test
    void fork_goesOn_asItsPastWould() {
        int[] prompt = randomTokens(60);
        List<Integer> whole = answer(open(KvCacheListener.NONE), prompt, 60, 10);
        SequenceCache past = open(KvCacheListener.NONE);
        model.forward(List.of(new Slice(past, Arrays.copyOf(prompt, 45), 0)));

        SequenceCache fork = past.fork(memory.reserve(past.snapshotBytes()).orElseThrow(), KvCacheListener.NONE);

        assertThat(fork.usage()).isEqualTo(past.usage());
        assertThat(answer(fork, Arrays.copyOfRange(prompt, 45, 60), 15, 10)).isEqualTo(whole);
    }

    @Test
    void forward_beyondTheBudget_countsWhatALayerWouldHold() {
        List<Integer> evictions = new ArrayList<>();
        SequenceCache cache = open(new KvCacheListener() {
            @Override
            public void onTrimmed(int layer, int evicted, HeadLengths held) {
                assertThat(held.total()).isEqualTo(40);
                evictions.add(evicted);
            }
        });

        answer(cache, randomTokens(200), 50, 1);

        assertThat(cache.usage().seen()).isEqualTo(200);
        assertThat(cache.usage().retained())
                .isEqualTo(200 - 9 * evictions.size())
                .isBetween(40, 48);
        assertThat(evictions).containsOnly(9);
    }

    @Test
    void close_freesWhatWasReserved() {
        SequenceCache cache = open(KvCacheListener.NONE);
        cache.fork(memory.reserve(100).orElseThrow(), KvCacheListener.NONE).close();
        cache.close();

        assertThat(memory.reserved()).isZero();
    }
}
