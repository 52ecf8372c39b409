package dev.sublinear.server.http;

import dev.sublinear.server.config.HttpConfig;
import dev.sublinear.server.http.connection.Exchange;
import dev.sublinear.server.http.connection.Headers;
import dev.sublinear.server.http.openai.ApiError;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Stands before every route but those that are open (health checks and the page's own files). It refuses a Host header
 * that is not this server's name (as of DNS rebinding: a name of another site that was made to point at this machine), a
 * page of another site, and a caller without a key where keys are needed.
 */
final class Gate {
    private static final List<String> LOOPBACK = List.of("localhost", "127.0.0.1", "[::1]");
    private static final String BEARER = "bearer ";
    private static final String BASIC = "basic ";

    private final List<String> hosts;
    private final Cors cors;
    private final Optional<Supplier<ApiKeys>> keys;

    /** A gate that needs no key. */
    Gate(HttpConfig config) {
        this(config, Optional.empty());
    }

    /**
     * A gate that needs a key.
     *
     * @param keys those in force at the moment
     */
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
     * @return whether it is a preflight, a browser's question whether a page may ask: no route answers it
     * @throws ApiError if it may not pass
     */
    boolean pass(Exchange exchange) {
        Headers headers = exchange.request().headers();
        requireHost(headers);
        if (cors.pass(exchange)) {
            return true;
        }
        keys.ifPresent(inForce -> exchange.calledBy(holder(headers, inForce.get())));
        return false;
    }

    /** HTTP/1.0 needs no Host header. */
    private void requireHost(Headers headers) {
        String host = headers.get("host", "").toLowerCase(Locale.ROOT);
        boolean isOurs = hosts.contains(withoutPort(host)) || hosts.contains(host);
        if (headers.contains("host") && !hosts.isEmpty() && !isOurs) {
            throw ApiError.hostNotAllowed();
        }
    }

    private static String withoutPort(String host) {
        int colon = host.lastIndexOf(':');
        return colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
    }

    /** Returns who holds the key of a request, which comes as a bearer token or, from a browser, as a password. */
    private static String holder(Headers headers, ApiKeys keys) {
        String given = headers.get("authorization", "");
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
