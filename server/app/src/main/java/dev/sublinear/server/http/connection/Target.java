package dev.sublinear.server.http.connection;

import dev.sublinear.server.http.openai.ApiError;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The target of a request line: a path or, as a client sends it to a proxy, a whole address (RFC 9112, 3.2). */
final class Target {
    private static final Pattern ABSOLUTE = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)(.*)");

    private Target() {}

    /**
     * Returns the path, decoded, without the query. The host of a whole address replaces the Host header, which does not count
     * beside it (RFC 9112, 3.2.2).
     *
     * @param encrypted whether the connection is encrypted: the scheme of an address must agree
     */
    static String path(HttpRequest request, boolean encrypted) {
        Matcher absolute = ABSOLUTE.matcher(request.uri());
        if (!absolute.matches()) {
            return decoded(request.uri());
        }
        if (!absolute.group(1).equalsIgnoreCase(encrypted ? "https" : "http")) {
            throw ApiError.hostNotAllowed();
        }
        String authority = absolute.group(2);
        if (authority.isEmpty() || authority.contains("@")) {
            throw ApiError.badRequest("the address must name a host, and no user");
        }
        request.headers().set(HttpHeaderNames.HOST, authority);
        String rest = absolute.group(3);
        return decoded(rest.startsWith("/") ? rest : "/" + rest);
    }

    private static String decoded(String uri) {
        try {
            return new QueryStringDecoder(uri).path();
        } catch (IllegalArgumentException e) {
            throw ApiError.badRequest("the path has a wrong percent escape");
        }
    }
}
