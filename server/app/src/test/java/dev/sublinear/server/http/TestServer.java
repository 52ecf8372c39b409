package dev.sublinear.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sublinear.engine.chat.Chats;
import dev.sublinear.engine.generation.Engine;
import dev.sublinear.engine.generation.EngineStatus;
import dev.sublinear.engine.generation.ScriptedModel;
import dev.sublinear.engine.settings.SchedulerSettings;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.Protection;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.model.FixtureModel;
import dev.sublinear.model.checkpoint.GenerationDefaults;
import dev.sublinear.model.huggingface.HuggingFaceCheckpoint;
import dev.sublinear.model.text.ChatTemplate;
import dev.sublinear.server.config.HttpConfig;
import dev.sublinear.server.http.connection.InFlight;
import dev.sublinear.server.http.openai.Offer;
import dev.sublinear.server.http.reply.RequestListener;
import dev.sublinear.server.metrics.EngineMeters;
import dev.sublinear.server.metrics.Metrics;
import dev.sublinear.server.metrics.RequestMeters;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** A server on a free port whose model says what the test wants. */
public final class TestServer implements AutoCloseable {
    static final String MODEL = "org/scripted";
    public static final int MAX_BODY = 20_000;
    static final int QUEUE_LIMIT = 2;

    /** Sequences that run at once on a {@link #patient} one. */
    public static final int RUNNING = 32;

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration LONG = Duration.ofMinutes(5);

    public static final HttpConfig CONFIG = HttpConfig.DEFAULT
            .withPort(0)
            .with(new HttpConfig.Limits(MAX_BODY, 1_000, 1_000))
            .with(new HttpConfig.Timeouts(LONG, LONG, LONG, LONG, LONG))
            .with(new HttpConfig.AccessLog.Off());

    static {
        Awaitility.setDefaultTimeout(LONG); // a busy machine is no failure
    }

    private static final EvictionPolicy POLICY = new EvictionPolicy(
            new BudgetSchedule.Unlimited(), new RecencyScorer(), new Protection(4, 8, 0, Protection.Span.EMPTY), 8);
    private static final Executor MASKING = ForkJoinPool.commonPool();
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final Metrics metrics = new Metrics();
    private final ScriptedModel model;
    private final Engine engine;
    private final Served served;
    private final HttpServer http;

    private TestServer(ScriptedModel model, ChatTemplate chat, HttpConfig config, int queueLimit, int running) {
        this(model, chat, config, queueLimit, running, Optional.empty());
    }

    private TestServer(
            ScriptedModel model,
            ChatTemplate chat,
            HttpConfig config,
            int queueLimit,
            int running,
            Optional<RequestListener> listener) {
        this.model = model;
        EngineMeters meters = new EngineMeters(metrics);
        SchedulerSettings settings = SchedulerSettings.of(queueLimit, running).withPrefixShare(0);
        engine = Engine.start(() -> model, ScriptedModel.TOKENIZER, settings, 100_000_000, meters);
        meters.observe(engine, POLICY, MODEL);
        served = new Served(
                engine,
                ScriptedModel.TOKENIZER,
                new Chats(chat, ScriptedModel.TOKENIZER, ScriptedModel.CONTEXT, MASKING),
                new Offer(MODEL, POLICY, true, GenerationDefaults.NONE, 0),
                List.of());
        http = HttpServer.start(
                config, served, metrics::scrape, listener.orElseGet(() -> new RequestMeters(metrics, MODEL)));
    }

    public static TestServer start(ScriptedModel model) {
        return start(model, CONFIG);
    }

    /** With a deadline for a request's head, and for its body. */
    public static TestServer impatient(ScriptedModel model, Duration deadline) {
        return start(model, config(deadline, LONG));
    }

    /** With a deadline for connections that send nothing. */
    public static TestServer hurryingIdlers(ScriptedModel model, Duration deadline) {
        return start(model, config(LONG, deadline));
    }

    private static HttpConfig config(Duration request, Duration idle) {
        return CONFIG.with(new HttpConfig.Timeouts(request, request, idle, LONG, LONG));
    }

    /** With what a test wants to be different from {@link #CONFIG}. */
    public static TestServer start(ScriptedModel model, HttpConfig config) {
        return new TestServer(model, ScriptedModel.CHAT, config, QUEUE_LIMIT, 1);
    }

    /** Of a model with this template for chats. */
    public static TestServer chatting(ScriptedModel model, ChatTemplate chat) {
        return new TestServer(model, chat, CONFIG, QUEUE_LIMIT, 1);
    }

    /**
     * Of a model that has this template for chats and answers with a text, whatever the prompt.
     *
     * @param directory where its checkpoint is made
     */
    public static TestServer chatting(Path directory, String template, String text) throws IOException {
        try (Stream<Path> files = Files.list(FixtureModel.directory())) {
            for (Path file : files.toList()) {
                Files.copy(file, directory.resolve(file.getFileName().toString()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        Files.writeString(directory.resolve("chat_template.jinja"), template);
        try (HuggingFaceCheckpoint opened = HuggingFaceCheckpoint.open(directory)) {
            return chatting(ScriptedModel.answering(text), ChatTemplate.of(opened, ScriptedModel.TOKENIZER));
        }
    }

    /** With room for many requests, running and waiting. */
    public static TestServer patient(ScriptedModel model, HttpConfig config) {
        return new TestServer(model, ScriptedModel.CHAT, config, 1_000, RUNNING);
    }

    /** The same, telling a test how requests fare. */
    public static TestServer patient(ScriptedModel model, HttpConfig config, RequestListener listener) {
        return new TestServer(model, ScriptedModel.CHAT, config, 1_000, RUNNING, Optional.of(listener));
    }

    int port() {
        return http.port();
    }

    public ScriptedModel model() {
        return model;
    }

    /**
     * A route of this server.
     *
     * @param examples paths that it takes
     */
    public record Known(String method, List<String> examples) {}

    public List<Known> known() {
        return routes().stream()
                .map(route -> new Known(
                        route.method(),
                        route.path().length() > 1 && route.path().endsWith("/")
                                ? List.of(route.path() + "x", route.path() + "org/scripted", route.path() + "page.css")
                                : List.of(route.path())))
                .toList();
    }

    List<Router.Route> routes() {
        Turns none = new Turns("none", 1);
        return Routes.of(served, new InFlight(), none, none, () -> "", RequestListener.NONE);
    }

    public HttpServer http() {
        return http;
    }

    public EngineStatus status() {
        return engine.status();
    }

    public Engine engine() {
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

    HttpResponse<String> chat(String json) {
        return post("/v1/chat/completions", json);
    }

    public HttpResponse<String> post(String path, String json) {
        return send(HttpRequest.newBuilder(uri(path))
                .header("content-type", "application/json")
                .POST(BodyPublishers.ofString(json)));
    }

    public HttpResponse<String> get(String path) {
        return send(HttpRequest.newBuilder(uri(path)).GET());
    }

    /** Returns the events of a stream, which must be complete. */
    public static List<JsonNode> events(String stream) throws IOException {
        assertThat(stream).endsWith("data: [DONE]\n\n");
        List<JsonNode> events = new ArrayList<>();
        for (String event : stream.split("\n\n", -1)) {
            if (event.startsWith("data: {")) {
                events.add(JSON.readTree(event.substring("data: ".length())));
            }
        }
        return events;
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

    public Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port());
        socket.setSoTimeout((int) LONG.toMillis());
        return socket;
    }

    /** With so little room that the server soon cannot send. */
    public Socket connect(int receiveBuffer) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(receiveBuffer); // before it connects, or the window is larger
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port()));
        return socket;
    }

    /** Sends bytes as they are and returns all that comes until the server closes. */
    public String exchange(String raw) throws IOException {
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
