package dev.sublinear.server.http;

import dev.sublinear.server.http.openai.ApiError;
import io.netty.handler.codec.http.HttpMethod;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the handler for a path and a method. */
final class Router {
    private static final Logger LOG = LoggerFactory.getLogger(Router.class);

    private final List<Route> routes;

    /**
     * A path and who answers.
     *
     * @param path one that ends in a slash stands for all that is below it; the first that fits counts
     */
    record Route(HttpMethod method, String path, Handler handler) {
        boolean fits(String asked) {
            boolean below = path.length() > 1 && path.endsWith("/");
            return below ? asked.startsWith(path) && asked.length() > path.length() : asked.equals(path);
        }

        boolean takes(HttpMethod asked) {
            return asked.equals(method) || (asked.equals(HttpMethod.HEAD) && method.equals(HttpMethod.GET));
        }
    }

    Router(List<Route> routes) {
        this.routes = List.copyOf(routes);
    }

    void route(Exchange exchange) {
        try {
            if (exchange.request().encoded()) {
                throw ApiError.unsupportedEncoding();
            }
            find(exchange.request()).handle(exchange);
        } catch (ApiError e) {
            exchange.fail(e);
        } catch (RuntimeException e) {
            LOG.error("A handler failed", e);
            exchange.fail(ApiError.internal());
        }
    }

    private Handler find(Request request) {
        Set<String> methods = new TreeSet<>();
        for (Route route : routes) {
            if (route.fits(request.path())) {
                if (route.takes(request.method())) {
                    return route.handler();
                }
                methods.add(route.method().name());
            }
        }
        throw methods.isEmpty() ? ApiError.notFound() : ApiError.methodNotAllowed(String.join(", ", methods));
    }
}
