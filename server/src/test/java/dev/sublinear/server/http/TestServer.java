package dev.sublinear.server.http;

import dev.sublinear.kvcache.BudgetSchedule;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.Protection;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.server.ServerConfig;
import dev.sublinear.server.engine.Engine;
import dev.sublinear.server.engine.EngineStatus;
import dev.sublinear.server.engine.ScriptedModel;
import dev.sublinear.server.http.openai.CompletionRequest.Offer;
import dev.sublinear.server.metrics.EngineMeters;
import dev.sublinear.server.metrics.Metrics;
import dev.sublinear.server.metrics.RequestMeters;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** A server on a free port whose model says what the test wants. */
final class TestServer implements AutoCloseable {
    static final String MODEL = "org/scripted";
    static final int MAX_BODY = 20_000;
    static final int QUEUE_LIMIT = 2;

    private static final EvictionPolicy POLICY = new EvictionPolicy(
            new BudgetSchedule.Unlimited(), new RecencyScorer(), new Protection(4, 8, 0, Protection.Span.EMPTY), 8);
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final Metrics metrics = new Metrics();
    private final Engine engine;
    private final HttpServer http;

    private TestServer(ScriptedModel model, ServerConfig.Http config) {
        EngineMeters meters = new EngineMeters(metrics);
        engine = Engine.start(() -> model, ScriptedModel.TOKENIZER, 100_000_000, QUEUE_LIMIT, meters);
        meters.observe(engine, POLICY, MODEL);
        Served served = new Served(engine, ScriptedModel.TOKENIZER, new Offer(MODEL, POLICY, true));
        http = HttpServer.start(config, served, metrics::scrape, new RequestMeters(metrics));
    }

    static TestServer start(ScriptedModel model) {
        return new TestServer(model, config(Duration.ofSeconds(30)));
    }

    /** With a deadline for the arrival of requests, and for idling. */
    static TestServer impatient(ScriptedModel model, Duration deadline) {
        return new TestServer(model, config(deadline));
    }

    private static ServerConfig.Http config(Duration deadline) {
        return new ServerConfig.Http("127.0.0.1", 0, MAX_BODY, deadline, deadline, deadline, Duration.ofSeconds(30));
    }

    int port() {
        return http.port();
    }

    EngineStatus status() {
        return engine.status();
    }

    Engine engine() {
        return engine;
    }

    HttpResponse<String> complete(String json) {
        return send(HttpRequest.newBuilder(uri("/v1/completions"))
                .header("content-type", "application/json")
                .POST(BodyPublishers.ofString(json)));
    }

    HttpResponse<String> complete(byte[] body) {
        return send(HttpRequest.newBuilder(uri("/v1/completions")).POST(BodyPublishers.ofByteArray(body)));
    }

    HttpResponse<String> get(String path) {
        return send(HttpRequest.newBuilder(uri(path)).GET());
    }

    HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return CLIENT.send(request.build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port() + path);
    }

    Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port());
        socket.setSoTimeout(30_000);
        return socket;
    }

    /** Sends bytes as they are and returns all that comes until the server closes. */
    String exchange(String raw) throws IOException {
        try (Socket socket = connect()) {
            socket.getOutputStream().write(raw.getBytes(StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Override
    public void close() {
        engine.close();
        http.close();
        metrics.close();
    }
}
