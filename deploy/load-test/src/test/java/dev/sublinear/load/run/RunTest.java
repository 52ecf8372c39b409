package dev.sublinear.load.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.load.client.FakeServer;
import dev.sublinear.load.client.LoadClient;
import dev.sublinear.load.client.Outcome.Slo;
import dev.sublinear.load.workload.Asked;
import dev.sublinear.load.workload.Golden;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class RunTest {
    private static final Slo SLO = new Slo(Duration.ofMinutes(1), Duration.ofMinutes(1));
    private static final Asked ASKED =
            new Asked("/v1/completions", "{}".getBytes(StandardCharsets.UTF_8), new Golden("ab", 1, 2, "length"));
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private static Stage stage(Load load, long requests) {
        return new Stage("", "", "", List.of(ASKED), load, new Extent.Requests(requests), SLO, 1);
    }

    @Test
    void openLoop_serverThatDoesNotAnswer_stillGetsAllRequests() {
        CountDownLatch all = new CountDownLatch(20);
        FakeServer server = new FakeServer(number -> {
            all.countDown();
            try {
                all.await(); // none is answered before all have come
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return FakeServer.stream(2, "a", "b");
        });
        try (server;
                LoadClient client = new LoadClient(server.uri(), 100)) {
            Tally.Counts counts = Run.of(client, stage(new Load.Open(new Arrivals.Poisson(1_000)), 20), PATIENCE);

            assertThat(counts.completed()).isEqualTo(20);
            assertThat(counts.isClean()).isTrue();
            assertThat(counts.ttft().count()).isEqualTo(20);
            assertThat(counts.interToken().count()).isEqualTo(20);
        }
    }

    @Test
    void openLoop_noConnectionLeft_dropsAndSaysSo() {
        CountDownLatch end = new CountDownLatch(1);
        FakeServer server = new FakeServer(number -> {
            try {
                end.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return FakeServer.stream(2, "a", "b");
        });
        try (server;
                LoadClient client = new LoadClient(server.uri(), 3)) {
            Future<?> unused = client.loop().schedule(end::countDown, 500, TimeUnit.MILLISECONDS);
            Tally.Counts counts = Run.of(client, stage(new Load.Open(new Arrivals.Constant(10_000)), 10), PATIENCE);

            assertThat(counts.due()).isEqualTo(10);
            assertThat(counts.dropped() + counts.completed()).isEqualTo(10);
            assertThat(counts.completed()).isGreaterThanOrEqualTo(3);
        }
    }

    @Test
    void closedLoop_neverHasMoreThanItsStreams() {
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        FakeServer server = new FakeServer(number -> {
            most.accumulateAndGet(inside.incrementAndGet(), Math::max);
            inside.decrementAndGet();
            return FakeServer.stream(2, "a", "b");
        });
        try (server;
                LoadClient client = new LoadClient(server.uri(), 100)) {
            Tally.Counts counts = Run.of(client, stage(new Load.Closed(4), 200), PATIENCE);

            assertThat(counts.completed()).isEqualTo(200);
            assertThat(most.get()).isBetween(1, 4);
            assertThat(server.connections()).isLessThanOrEqualTo(5);
        }
    }

    @Test
    void run_everyThirdStreamIsOther_countsAndQuotesThem() {
        try (FakeServer server = new FakeServer(
                        number -> number % 3 == 0 ? FakeServer.stream(2, "a", "a") : FakeServer.stream(2, "a", "b"));
                LoadClient client = new LoadClient(server.uri(), 100)) {
            Tally.Counts counts = Run.of(client, stage(new Load.Closed(1), 30), PATIENCE);

            assertThat(counts.differing()).isEqualTo(10);
            assertThat(counts.completed()).isEqualTo(20);
            assertThat(counts.isClean()).isFalse();
            assertThat(counts.problems()).hasSize(10).allMatch(problem -> problem.contains("after 1 of 2 characters"));
        }
    }

    @Test
    void run_requestsWithoutEnd_areFailures() {
        CountDownLatch never = new CountDownLatch(1);
        FakeServer server = new FakeServer(number -> {
            try {
                never.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return "";
        });
        try (server;
                LoadClient client = new LoadClient(server.uri(), 100)) {
            Tally.Counts counts =
                    Run.of(client, stage(new Load.Open(new Arrivals.Constant(1_000)), 5), Duration.ofMillis(100));

            assertThat(counts.failed()).isEqualTo(5);
            assertThat(counts.problems()).containsExactly("failed: 5 requests had no end long after the last was sent");
        } finally {
            never.countDown();
        }
    }
}
