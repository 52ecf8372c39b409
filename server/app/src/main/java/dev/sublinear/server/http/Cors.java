package dev.sublinear.server.http;

import dev.sublinear.server.http.connection.Exchange;
import dev.sublinear.server.http.connection.Headers;
import dev.sublinear.server.http.connection.Request;
import dev.sublinear.server.http.openai.ApiError;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Decides which pages of other sites may use this server (CORS, the Fetch standard, section 3.3), and tells their
 * browsers so. A page of this server's own address, and a client that sends no Origin header, need no permission.
 *
 * <p>Netty's {@code CorsHandler} cannot keep these rules, and all that decides in it is private:
 *
 * <ul>
 *   <li>It takes this server's own page for another site's: it never compares the origin with the Host header.
 *   <li>It refuses an origin with an empty 403, and a preflight of one with a 200; here both get a 403 whose JSON names
 *       the rule, with a request id and a line in the access log.
 *   <li>It allows a fixed list of headers; here a page may send any, because client libraries add their own.
 *   <li>It compares origins by letter case; a browser's origin and the configured one may differ in it.
 *   <li>It stands before the routes and so before health checks, which answer any origin, and it writes its replies past
 *       {@link Exchange}, so that the connection would not go on to the next request.
 * </ul>
 */
final class Cors {
    private static final String ANY = "*";
    private static final String REQUESTED_METHOD = "access-control-request-method";
    private static final String REQUESTED_HEADERS = "access-control-request-headers";

    private final List<String> origins;

    /** @param origins of the pages that are allowed, in lower case; {@code *} for all */
    Cors(List<String> origins) {
        this.origins = List.copyOf(origins);
    }

    /**
     * Lets a request pass, and adds to its reply what the browser of an allowed page has to know.
     *
     * @return whether it is a preflight: the browser's question whether the page may ask, which needs no more answer
     * @throws ApiError if it comes from a page that is not allowed
     */
    boolean pass(Exchange exchange) {
        Headers headers = exchange.request().headers();
        String origin = headers.get("origin");
        if (origin == null || isOwn(origin, headers.get("host", ""))) {
            return false;
        }
        if (!origins.contains(ANY) && !origins.contains(origin.toLowerCase(Locale.ROOT))) {
            throw ApiError.originNotAllowed();
        }
        exchange.addHeaders(Map.of(
                "access-control-allow-origin", origins.contains(ANY) ? ANY : origin,
                "access-control-expose-headers", "x-request-id, retry-after",
                "vary", "origin"));
        boolean isPreflight = exchange.request().method().equals(Request.OPTIONS) && headers.contains(REQUESTED_METHOD);
        if (isPreflight) {
            exchange.addHeaders(Map.of(
                    "access-control-allow-methods", "GET, POST",
                    "access-control-allow-headers", headers.get(REQUESTED_HEADERS, "content-type"),
                    "access-control-max-age", "600"));
        }
        return isPreflight;
    }

    private static boolean isOwn(String origin, String host) {
        return origin.equalsIgnoreCase("http://" + host) || origin.equalsIgnoreCase("https://" + host);
    }
}
