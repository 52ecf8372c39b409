package dev.sublinear.model.hub;

import static dev.sublinear.model.checkpoint.CheckpointException.quote;

import dev.sublinear.model.checkpoint.CheckpointException;
import java.net.URI;
import java.util.Locale;

/** Checks where a hub sends its clients, and shortens addresses that may hold secrets for messages. */
record Redirects(URI endpoint) {

    /**
     * The address that a redirect leads to.
     *
     * @throws CheckpointException unless it is https, or http where the hub itself is reached by http
     */
    URI target(URI from, String location) {
        URI next;
        try {
            next = from.resolve(location);
        } catch (IllegalArgumentException e) {
            throw new CheckpointException(place(from), "redirects to what is no address"); // its cause would quote it
        }
        String scheme = String.valueOf(next.getScheme()).toLowerCase(Locale.ROOT);
        boolean plain = scheme.equals("http") && isPlain(endpoint) && isPlain(from);
        if ((!scheme.equals("https") && !plain) || next.getHost() == null || next.getRawUserInfo() != null) {
            throw new CheckpointException(
                    place(from), "redirects to " + place(next) + ", which is not followed: it must be https://HOST");
        }
        return next;
    }

    private static boolean isPlain(URI uri) {
        return "http".equalsIgnoreCase(uri.getScheme());
    }

    /** Whether an address is the hub's own. */
    boolean isOwn(URI uri) {
        return sameOrigin(uri, endpoint);
    }

    static boolean sameOrigin(URI one, URI other) {
        return String.valueOf(one.getScheme()).equalsIgnoreCase(other.getScheme())
                && String.valueOf(one.getHost()).equalsIgnoreCase(other.getHost())
                && port(one) == port(other);
    }

    private static int port(URI uri) {
        if (uri.getPort() >= 0) {
            return uri.getPort();
        }
        return isPlain(uri) ? 80 : 443;
    }

    /** An address without its query, and for another host without its path: a signed link is as good as a token. */
    String place(URI uri) {
        if (uri.getHost() == null) {
            return quote(uri.getScheme() + ":…");
        }
        String host = uri.getScheme() + "://" + uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort());
        return isOwn(uri) ? host + uri.getRawPath() : host;
    }
}
