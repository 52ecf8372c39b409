package dev.sublinear.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.sublinear.server.config.MetricsPush;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

final class MetricsPushTest {

    @Test
    void close_collectorIsNamed_sendsItWhatPrometheusSees() throws Exception {
        List<String> received = new CopyOnWriteArrayList<>();
        HttpServer collector = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        collector.createContext("/v1/metrics", exchange -> {
            String type = exchange.getRequestHeaders().getFirst("content-type");
            received.add(type + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.ISO_8859_1));
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        collector.start();
        try {
            URI url = URI.create("http://127.0.0.1:" + collector.getAddress().getPort() + "/v1/metrics");
            Metrics metrics = new Metrics(new MetricsPush.Otlp(url, Duration.ofHours(1)));
            new EngineMeters(metrics).onFirstToken(1_000_000);
            assertThat(metrics.scrape()).contains("sublinear_generation_tokens_total 1.0");

            metrics.close(); // sends what has not been sent
        } finally {
            collector.stop(0);
        }

        assertThat(received).isNotEmpty();
        assertThat(received.get(0))
                .startsWith("application/x-protobuf")
                .contains(
                        "sublinear.generation.tokens",
                        "sublinear.time.to.first.token",
                        "jvm.memory.used",
                        "service.name");
    }
}
