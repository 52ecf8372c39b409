package dev.sublinear.server.http;

import static io.netty.handler.codec.http.HttpMethod.GET;
import static io.netty.handler.codec.http.HttpMethod.POST;

import dev.sublinear.server.http.Router.Route;
import dev.sublinear.server.http.openai.Model;
import dev.sublinear.server.web.LiveView;
import dev.sublinear.server.web.Page;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/** Everything that can be asked. */
final class Routes {
    private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

    private Routes() {}

    static List<Route> of(
            Served served, InFlight inFlight, Executor tokenizing, Supplier<String> metrics, RequestListener listener) {
        ModelsHandler models = new ModelsHandler(Model.of(
                served.offer().model(),
                System.currentTimeMillis() / 1000,
                served.engine().spec().maxPositions()));
        HealthHandler health = new HealthHandler(served.engine(), inFlight);
        LiveView live = new LiveView(served.engine(), served.tokenizer(), served.facts());
        SequencesHandler sequences = new SequencesHandler(live);
        PageHandler page = new PageHandler();
        return List.of(
                new Route(POST, "/v1/completions", new CompletionsHandler(served, tokenizing, live, listener)),
                new Route(GET, ModelsHandler.PATH, models::list),
                new Route(GET, ModelsHandler.PATH + "/", models::describe),
                new Route(GET, "/health/live", true, health::live),
                new Route(GET, "/health/ready", true, health::ready),
                new Route(GET, "/metrics", exchange -> exchange.reply(PROMETHEUS, metrics.get())),
                new Route(GET, SequencesHandler.PATH, sequences::follow),
                new Route(GET, SequencesHandler.PATH + "/", sequences::describe),
                new Route(GET, "/", true, page),
                new Route(GET, Page.PREFIX, true, page));
    }
}
