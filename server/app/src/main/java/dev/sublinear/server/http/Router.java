package dev.sublinear.server.http;

import dev.sublinear.server.http.connection.Entrance;
import dev.sublinear.server.http.connection.Exchange;
import dev.sublinear.server.http.connection.Handler;
import dev.sublinear.server.http.connection.InFlight;
import dev.sublinear.server.http.connection.Request;
import dev.sublinear.server.http.openai.ApiError;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lets a request pass the gate, and finds the handler for its path and method. */
final class Router implements Entrance {
    private static final Logger LOG = LoggerFactory.getLogger(Router.class);

    private static final int RETRY_SECONDS = 1;

    private final Gate gate;
    private final InFlight inFlight;
    private final List<Route> routes;

    /**
     * A method and a path, and the handler that answers them.
     *
     * @param path one that ends in a slash stands for all paths below it; of several routes that fit the first counts
     * @param open whether it needs no key, and the Host header may be any
     */
    record Route(String method, String path, boolean open, Handler handler) {
        Route(String method, String path, Handler handler) {
            this(method, path, false, handler);
        }

        boolean fits(String asked) {
            boolean below = path.length() > 1 && path.endsWith("/");
            return below ? asked.startsWith(path) && asked.length() > path.length() : asked.equals(path);
        }

        boolean takes(String asked) {
            return asked.equals(method) || (asked.equals(Request.HEAD) && method.equals(Request.GET));
        }
    }

    Router(Gate gate, InFlight inFlight, List<Route> routes) {
        this.gate = gate;
        this.inFlight = inFlight;
        this.routes = List.copyOf(routes);
    }

    @Override
    public Handler admit(Exchange exchange) {
        try {
            Request request = exchange.request();
            boolean open = routes.stream().anyMatch(route -> route.open() && route.fits(request.path()));
            if (!open && gate.pass(exchange)) {
                return Exchange::replyNothing;
            }
            requireNoEncoding(request);
            requireNotDraining(request);
            Handler handler = find(request);
            return whole -> answer(whole, handler);
        } catch (ApiError e) {
            throw e;
        } catch (RuntimeException e) {
            LOG.error("A request could not be let in", e);
            throw ApiError.internal();
        }
    }

    /** Answers errors, too: throws nothing. */
    private void answer(Exchange exchange, Handler handler) {
        try {
            requireNotDraining(exchange.request()); // again: its body may have taken long
            handler.handle(exchange);
        } catch (ApiError e) {
            exchange.fail(e);
        } catch (RuntimeException e) {
            LOG.error("A handler failed", e);
            exchange.fail(ApiError.internal());
        }
    }

    private static void requireNoEncoding(Request request) {
        boolean asItIs = request.headers().all("content-encoding").stream().allMatch("identity"::equalsIgnoreCase);
        if (!asItIs) {
            throw ApiError.unsupportedEncoding();
        }
    }

    private void requireNotDraining(Request request) {
        if (inFlight.isDraining() && request.method().equals(Request.POST)) {
            throw ApiError.unavailable("draining", RETRY_SECONDS, "the server is stopping");
        }
    }

    private Handler find(Request request) {
        Set<String> methods = new TreeSet<>();
        for (Route route : routes) {
            if (route.fits(request.path())) {
                if (route.takes(request.method())) {
                    return route.handler();
                }
                methods.add(route.method());
                if (route.method().equals(Request.GET)) {
                    methods.add(Request.HEAD);
                }
            }
        }
        throw methods.isEmpty() ? nothingAt(request.path()) : ApiError.methodNotAllowed(String.join(", ", methods));
    }

    private ApiError nothingAt(String path) {
        String shorter = path.endsWith("/") ? path.substring(0, path.length() - 1) : "";
        return routes.stream().anyMatch(route -> route.fits(shorter)) ? ApiError.slashAtTheEnd() : ApiError.notFound();
    }
}
