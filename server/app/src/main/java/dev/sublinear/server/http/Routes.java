package dev.sublinear.server.http;

import static dev.sublinear.server.http.connection.Request.GET;
import static dev.sublinear.server.http.connection.Request.POST;

import dev.sublinear.server.config.HeapPlan;
import dev.sublinear.server.http.Router.Route;
import dev.sublinear.server.http.connection.Exchange;
import dev.sublinear.server.http.connection.InFlight;
import dev.sublinear.server.http.connection.SharedMemory;
import dev.sublinear.server.http.openai.Model;
import dev.sublinear.server.http.reply.RequestListener;
import dev.sublinear.server.http.reply.TokenTexts;
import dev.sublinear.server.web.LiveView;
import dev.sublinear.server.web.Page;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;

/** All routes of the server. */
final class Routes {
    private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

    private static final String OPENAPI = openApi();

    private Routes() {}

    private static String openApi() {
        try (InputStream in = Objects.requireNonNull(Routes.class.getResourceAsStream("openapi.json"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Makes the routes.
     *
     * @param reading where bodies are read
     * @param compiling where what answers may look like is compiled
     */
    static List<Route> of(
            Served served,
            InFlight inFlight,
            Turns reading,
            Turns compiling,
            Supplier<String> metrics,
            RequestListener listener) {
        LiveView live = new LiveView(served.engine(), served.tokenizer(), served.facts());
        SharedMemory logprobs =
                new SharedMemory(HeapPlan.logprobs(Runtime.getRuntime().maxMemory()));
        Generations generations = new Generations(served, reading, compiling, logprobs, live, listener);
        TokenTexts texts = new TokenTexts(served.tokenizer());
        TokensHandler tokens = new TokensHandler(served, reading, texts);
        ChatPlans chats = new ChatPlans(served);
        ModelsHandler models = new ModelsHandler(Model.of(
                served.offer(),
                System.currentTimeMillis() / 1000,
                served.engine().spec().maxPositions(),
                served.chats().template().isOfCheckpoint(),
                served.chats().template().supportsTools()));
        HealthHandler health = new HealthHandler(served.engine(), inFlight);
        SequencesHandler sequences = new SequencesHandler(live);
        PageHandler page = new PageHandler();
        return List.of(
                new Route(POST, "/v1/chat/completions", new ChatHandler(served.offer(), generations, texts, chats)),
                new Route(POST, "/v1/responses", new ResponsesHandler(served.offer(), generations, texts, chats)),
                new Route(POST, "/v1/completions", new CompletionsHandler(served, generations, texts)),
                new Route(POST, "/v1/tokenize", tokens::tokenize),
                new Route(POST, "/v1/detokenize", tokens::detokenize),
                new Route(GET, ModelsHandler.PATH, models::list),
                new Route(GET, ModelsHandler.PATH + "/", models::describe),
                new Route(GET, "/health/live", true, health::live),
                new Route(GET, "/health/ready", true, health::ready),
                new Route(GET, "/openapi.json", exchange -> exchange.reply(Exchange.JSON, OPENAPI)),
                new Route(GET, "/metrics", exchange -> exchange.reply(PROMETHEUS, metrics.get())),
                new Route(GET, SequencesHandler.PATH, sequences::follow),
                new Route(GET, SequencesHandler.PATH + "/", sequences::describe),
                new Route(GET, "/", true, page),
                new Route(GET, Page.PREFIX, true, page));
    }
}
