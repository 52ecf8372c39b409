package dev.sublinear.server.http;

import dev.sublinear.server.config.HttpConfig;
import dev.sublinear.server.http.openai.ApiError;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
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
    private final Cors cors;
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
        this.cors = new Cors(config.browsers().origins());
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
        requireHost(headers);
        if (cors.pass(exchange)) {
            return true;
        }
        keys.ifPresent(inForce -> exchange.calledBy(holder(headers, inForce.get())));
        return false;
    }

    /** HTTP/1.0 needs no Host header. */
    private void requireHost(HttpHeaders headers) {
        String host = headers.get(HttpHeaderNames.HOST, "").toLowerCase(Locale.ROOT);
        boolean isOurs = hosts.contains(withoutPort(host)) || hosts.contains(host);
        if (headers.contains(HttpHeaderNames.HOST) && !hosts.isEmpty() && !isOurs) {
            throw ApiError.hostNotAllowed();
        }
    }

    private static String withoutPort(String host) {
        int colon = host.lastIndexOf(':');
        return colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
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
