package dev.sublinear.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.engine.generation.Completion;
import dev.sublinear.engine.generation.Drafts;
import dev.sublinear.engine.generation.EngineListener.StepReport;
import dev.sublinear.engine.generation.FinishReason;
import dev.sublinear.engine.generation.GenerationRequest;
import dev.sublinear.engine.generation.ScriptedModel;
import dev.sublinear.engine.model.CacheUsage;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.HeadLengths;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.Protection;
import dev.sublinear.kvcache.Scorer;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.scorer.Scorers;
import dev.sublinear.kvcache.scorer.ValueAwareScorer;
import dev.sublinear.server.http.reply.RequestListener.Endpoint;
import dev.sublinear.server.http.reply.RequestListener.Outcome;
import dev.sublinear.testing.Seed;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What a client sends never becomes a series: neither a name, nor an id, nor a budget. */
final class SeriesTest {
    private static final int REQUESTS = 100_000;
    private static final long SEED = Seed.or(20261124);

    private final Random random = new Random(SEED);
    private final Metrics metrics = new Metrics();
    private final EngineMeters engine = new EngineMeters(metrics);
    private final RequestMeters requests = new RequestMeters(metrics, "tiny");

    @Test
    void series_afterManyRandomRequests_areThoseOfTheStart() {
        try (ScriptedModel model = ScriptedModel.repeating("word ")) {
            engine.onLoaded(model.spec(), model.kvShape());
        }
        Set<String> before = series();

        for (int i = 0; i < REQUESTS; i++) {
            request();
        }

        assertThat(series()).as("with seed %s", SEED).isEqualTo(before);
        assertThat(metrics.scrape()).contains("sublinear_request_duration_seconds_count " + REQUESTS);
    }

    private void request() {
        EvictionPolicy policy = new EvictionPolicy(
                new BudgetSchedule.PowerLaw(1 + random.nextDouble() * 64, 0.3 + random.nextDouble() * 0.6, 64),
                scorer(),
                new Protection(4, 8, 0, Protection.Span.EMPTY),
                random.nextInt(64));
        int seen = 1 + random.nextInt(1 << (1 + random.nextInt(20)));
        engine.onAdmitted(1, GenerationRequest.of(new int[1 + random.nextInt(9)], 7, policy), 0, nanos());
        KvCacheListener cache = engine.cacheListener(policy);
        for (int layer = 0; layer < 2; layer++) {
            HeadLengths held =
                    HeadLengths.of(seen, Math.min(seen, policy.budget().budget(seen)));
            cache.onAppended(layer, held);
            cache.onTrimming(layer);
            cache.onTrimmed(layer, random.nextInt(100), held);
            cache.onLost(layer, random.nextDouble());
            cache.onRaised(layer, random.nextInt(100));
        }
        engine.onFirstToken(nanos());
        engine.onNextToken(nanos());
        engine.onStep(
                new StepReport(random.nextInt(3), random.nextInt(2), random.nextInt(300), drafts(), nanos(), nanos()));
        engine.onFinished(
                1,
                new Completion(
                        random.nextInt(1000),
                        0,
                        List.of(new Completion.Choice(
                                any(FinishReason.values()), random.nextInt(100), drafts(), usage())),
                        new Completion.Timing(nanos(), nanos(), nanos())));
        cache.onClosed();
        engine.onSnapshotTaken(random.nextInt(1000), nanos());
        engine.onSnapshotEvicted(nanos());
        engine.onPreempted(random.nextLong());
        engine.onEngineFailed(new IllegalStateException());
        requests.onEnded(any(Endpoint.values()), any(Outcome.values()));
    }

    private Drafts drafts() {
        return new Drafts(random.nextInt(9), random.nextInt(9));
    }

    private static CacheUsage usage() {
        return new CacheUsage(List.of(), 0);
    }

    private Scorer scorer() {
        Scorer scorer = any(Scorers.all().toArray(Scorer[]::new));
        for (int wraps = random.nextInt(3); wraps > 0 && !scorer.needs().isEmpty(); wraps--) {
            try {
                scorer = new ValueAwareScorer(scorer);
            } catch (IllegalArgumentException e) {
                return scorer; // one that reads no weights
            }
        }
        return scorer;
    }

    private long nanos() {
        return (long) Math.pow(10, random.nextDouble() * 12);
    }

    private <T> T any(T[] values) {
        return values[random.nextInt(values.length)];
    }

    private Set<String> series() {
        return metrics.scrape()
                .lines()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.substring(0, line.lastIndexOf(' ')))
                .filter(line -> line.startsWith("sublinear_"))
                .collect(Collectors.toSet());
    }
}
