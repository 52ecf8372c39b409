package dev.sublinear.server.http;

import dev.sublinear.server.config.HttpConfig;
import dev.sublinear.server.http.openai.ApiError;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Stands before every route but those of health. A page of another site, or of a name that was made to point at this
 * machine (DNS rebinding), does not pass; nor does whoever has no key, where keys are asked for.
 */
final class Gate {
    private static final List<String> LOOPBACK = List.of("localhost", "127.0.0.1", "[::1]");
    private static final String BEARER = "bearer ";
    private static final String BASIC = "basic ";

    private final List<String> hosts;
    private final List<String> origins;
    private final Optional<Supplier<ApiKeys>> keys;

    /** Any caller may pass who gives the right address. */
    Gate(HttpConfig config) {
        this(config, Optional.empty());
    }

    /** @param keys those in force at the moment */
    Gate(HttpConfig config, Supplier<ApiKeys> keys) {
        this(config, Optional.of(keys));
    }

    private Gate(HttpConfig config, Optional<Supplier<ApiKeys>> keys) {
        List<String> given = config.browsers().hosts();
        this.hosts = given.isEmpty() && isLoopback(config.host()) ? LOOPBACK : given;
        this.origins = config.browsers().origins();
        this.keys = keys;
    }

    private static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false; // then nothing can listen there
        }
    }

    /**
     * Lets a request pass and says who sent it.
     *
     * @return true if it is a browser's question whether a page may ask, which is answered with that
     * @throws ApiError if it may not pass
     */
    boolean pass(Exchange exchange) {
        HttpHeaders headers = exchange.request().headers();
        String host = headers.get(HttpHeaderNames.HOST, "").toLowerCase(Locale.ROOT);
        requireHost(host, headers.contains(HttpHeaderNames.HOST));
        if (allowsOrigin(headers, host)) {
            String origin = headers.get(HttpHeaderNames.ORIGIN);
            exchange.addHeaders(Map.of(
                    "access-control-allow-origin", origins.contains("*") ? "*" : origin,
                    "access-control-expose-headers", "x-request-id, retry-after",
                    "vary", "origin"));
            if (isPreflight(exchange.request())) {
                exchange.addHeaders(Map.of(
                        "access-control-allow-methods", "GET, POST",
                        "access-control-allow-headers", headers.get("access-control-request-headers", "content-type"),
                        "access-control-max-age", "600"));
                return true;
            }
        }
        keys.ifPresent(inForce -> exchange.calledBy(holder(headers, inForce.get())));
        return false;
    }

    private void requireHost(String host, boolean given) { // HTTP/1.0 need not
        if (given && !hosts.isEmpty() && !hosts.contains(withoutPort(host)) && !hosts.contains(host)) {
            throw ApiError.hostNotAllowed();
        }
    }

    private static String withoutPort(String host) {
        int colon = host.lastIndexOf(':');
        return colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
    }

    /** Whether a page of another origin asks, and may; one that may not goes no further. */
    private boolean allowsOrigin(HttpHeaders headers, String host) {
        String origin = headers.get(HttpHeaderNames.ORIGIN);
        if (origin == null || isOwn(origin.toLowerCase(Locale.ROOT), host)) {
            return false;
        }
        if (!origins.contains("*") && !origins.contains(origin.toLowerCase(Locale.ROOT))) {
            throw ApiError.originNotAllowed();
        }
        return true;
    }

    private static boolean isOwn(String origin, String host) {
        return origin.equals("http://" + host) || origin.equals("https://" + host);
    }

    private static boolean isPreflight(Request request) {
        return request.method().equals(HttpMethod.OPTIONS)
                && request.headers().contains("access-control-request-method");
    }

    /** Who holds the key that a request has: as a bearer's token or, from a browser, as a password. */
    private static String holder(HttpHeaders headers, ApiKeys keys) {
        String given = headers.get(HttpHeaderNames.AUTHORIZATION, "");
        String scheme = given.toLowerCase(Locale.ROOT);
        if (scheme.startsWith(BEARER)) {
            return keys.holder(given.substring(BEARER.length()).strip()).orElseThrow(ApiError::invalidApiKey);
        }
        if (scheme.startsWith(BASIC)) {
            return keys.holder(password(given.substring(BASIC.length()).strip()))
                    .orElseThrow(ApiError::invalidApiKey);
        }
        throw ApiError.missingApiKey();
    }

    private static String password(String base64) {
        try {
            String pair = new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
            return pair.substring(pair.indexOf(':') + 1);
        } catch (IllegalArgumentException e) {
            throw ApiError.invalidApiKey();
        }
    }
}
