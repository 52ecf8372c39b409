package dev.sublinear.model.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Two that fetch the same model at once, or one after the other has been killed. */
final class HubTogetherTest extends HubTestCase {
    private static final String SHA256 = StubHub.hash("SHA-256", WEIGHTS);
    private static final int HALF = WEIGHTS.length / 2;

    private final CountDownLatch half = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);

    /** The storage answers the first request with half of the weights, then waits. */
    private void holdTheFirst() {
        AtomicInteger left = new AtomicInteger(1);
        stub.fault(exchange -> {
            if (!exchange.getRequestURI().getPath().equals("/" + SHA256) || left.getAndDecrement() <= 0) {
                return false;
            }
            exchange.sendResponseHeaders(200, WEIGHTS.length);
            exchange.getResponseBody().write(WEIGHTS, 0, HALF);
            exchange.getResponseBody().flush();
            half.countDown();
            await(goOn);
            exchange.getResponseBody().write(WEIGHTS, HALF, WEIGHTS.length - HALF);
            return true;
        });
        more.put("HF_HUB_DOWNLOAD_TIMEOUT", "60");
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(1, TimeUnit.MINUTES)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private Process process() throws IOException {
        java.util.Map<String, String> environment = stub.environment(cache());
        environment.putAll(more);
        return FetchProcess.start(MODEL, environment);
    }

    private static String output(Process process) throws IOException {
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    /** Waits until somebody has asked for what a number of requests are about. */
    private void awaitRequests(int count) throws InterruptedException {
        for (int i = 0; stub.seen().size() < count; i++) {
            assertThat(i).as("hundredths of a second").isLessThan(6000);
            Thread.sleep(10);
        }
    }

    @Test
    void fetch_twoThreadsAtOnce_downloadOnce() throws Exception {
        holdTheFirst();
        CompletableFuture<?> first = CompletableFuture.runAsync(() -> hub().fetch(HubName.parse(MODEL), at -> {}));
        await(half);
        CompletableFuture<?> second = CompletableFuture.runAsync(() -> hub().fetch(HubName.parse(MODEL), at -> {}));
        awaitRequests(11); // nine of the first, two of the second: then it waits
        goOn.countDown();
        CompletableFuture.allOf(first, second).get(1, TimeUnit.MINUTES);

        assertThat(ranges()).containsExactly("null");
        fetched();
    }

    @Test
    void fetch_twoProcessesAtOnce_downloadOnce() throws Exception {
        holdTheFirst();
        Process first = process();
        await(half);
        Process second = process();
        awaitRequests(11);
        goOn.countDown();

        assertThat(output(first).lines().toList()).last().asString().endsWith("/snapshots/" + COMMIT);
        assertThat(output(second).lines().toList()).last().asString().endsWith("/snapshots/" + COMMIT);
        assertThat(ranges()).containsExactly("null");
        fetched();
    }

    @Test
    void fetch_processKilledHalfWay_anotherGoesOnWhereItStopped() throws Exception {
        holdTheFirst();
        Process killed = process();
        await(half);
        for (int i = 0; !Files.exists(partial()) || Files.size(partial()) == 0; i++) {
            assertThat(i).as("hundredths of a second").isLessThan(6000);
            Thread.sleep(10);
        }
        killed.destroyForcibly().waitFor();
        long kept = Files.size(partial());
        goOn.countDown();

        assertThat(hub().find(HubName.parse(MODEL))).as("half of it").isEmpty();
        assertThat(output(process()).lines().toList()).last().asString().endsWith("/snapshots/" + COMMIT);
        assertThat(ranges()).containsExactly("null", "bytes=" + kept + "-");
        fetched();
    }
}
