package dev.sublinear.model.hub;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** A storage and a hub that answer otherwise than they should, once or a few times. */
abstract class HubFaultCase extends HubTestCase {
    static final String SHA256 = StubHub.hash("SHA-256", WEIGHTS);
    static final int HALF = WEIGHTS.length / 2;

    static boolean isStored(HttpExchange exchange) {
        return exchange.getRequestURI().getPath().equals("/" + SHA256);
    }

    /** Gives this answer a number of times when the storage is asked. */
    void storage(int times, StubHub.Fault fault) {
        AtomicInteger left = new AtomicInteger(times);
        stub.fault(exchange -> isStored(exchange) && left.getAndDecrement() > 0 && fault.answers(exchange));
    }

    static boolean cut(HttpExchange exchange, int status, byte[] content, int sent) throws IOException {
        exchange.sendResponseHeaders(status, content.length);
        exchange.getResponseBody().write(content, 0, sent);
        exchange.getResponseBody().flush();
        exchange.close();
        return true;
    }

    static boolean isHead(HttpExchange exchange) {
        return exchange.getRequestMethod().equals("HEAD");
    }

    static boolean await(CountDownLatch latch) {
        try {
            return latch.await(1, TimeUnit.MINUTES);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    List<String> blobs() throws IOException {
        try (Stream<Path> blobs = Files.list(repository().resolve("blobs"))) {
            return blobs.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }
}
