package dev.sublinear.model.hub;

import static dev.sublinear.model.checkpoint.CheckpointException.quote;

import dev.sublinear.model.checkpoint.CheckpointException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ProtocolException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * Redirects are followed here, by hand: Java 17's own client would send the token to any host that the hub names (seen
 * with 17.0.15). It goes to the scheme, host and port of the endpoint only, and nowhere after a redirect elsewhere. The
 * query of a signed link is as good as a token, so no message has one.
 */
/** Sends requests to the hub, and to the storage that it names, one at a time. */
final class Transport {
    private static final Logger LOG = LoggerFactory.getLogger(Transport.class);
    private static final int MOST_HOPS = 5;
    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
    private static final Pattern RATE_LIMIT_RESET = Pattern.compile("\\bt=(\\d{1,9})\\b");
    private static final Pattern SECONDS = Pattern.compile("\\d{1,9}");

    private final HubSettings settings;
    private final Optional<String> token;
    private final Redirects redirects;
    private final HttpClient client;

    Transport(HubSettings settings) {
        this.settings = settings;
        this.token = settings.token().read();
        this.redirects = new Redirects(settings.endpoint());
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(settings.answerTimeout())
                .build();
    }

    /**
     * The answer after all redirects.
     *
     * @param own whether the hub itself answered, not a storage it pointed to
     */
    record Answer(int status, HttpHeaders headers, URI uri, boolean own, TimedBody body) implements AutoCloseable {
        Optional<String> header(String name) {
            return headers.firstValue(name);
        }

        @Override
        public void close() {
            body.close();
        }
    }

    /** Asks for the head; an answer that points to another host is the last one. */
    Answer head(URI uri) throws IOException {
        return ask("HEAD", uri, Map.of(), settings.answerTimeout());
    }

    /** Asks for a document of the hub. */
    Answer get(URI uri) throws IOException {
        return ask("GET", uri, Map.of(), settings.answerTimeout());
    }

    /** Asks for the bytes of a file from an offset on, also from a storage. */
    Answer download(URI uri, long from) throws IOException {
        Map<String, String> range = from == 0 ? Map.of() : Map.of("Range", "bytes=" + from + "-");
        return ask("GET", uri, range, settings.downloadTimeout());
    }

    private Answer ask(String method, URI start, Map<String, String> headers, Duration timeout) throws IOException {
        URI uri = start;
        boolean own = redirects.isOwn(uri);
        for (int hop = 0; ; hop++) {
            HttpResponse<TimedBody> response = send(request(method, uri, headers, own, timeout), timeout);
            response.headers()
                    .firstValue("X-HF-Warning")
                    .ifPresent(warning -> LOG.warn("The hub says: {}", quote(warning)));
            Answer answer = new Answer(response.statusCode(), response.headers(), uri, own, response.body());
            Optional<String> location = answer.header("Location");
            if (!REDIRECTS.contains(answer.status()) || location.isEmpty()) {
                requireLasting(answer);
                return answer;
            }
            URI next = redirects.target(uri, location.get());
            if (method.equals("HEAD") && !Redirects.sameOrigin(next, uri)) {
                return answer;
            }
            if (hop == MOST_HOPS) {
                answer.close();
                throw new CheckpointException(
                        redirects.place(start),
                        "leads on and on: more than " + MOST_HOPS + " redirects, the last to " + redirects.place(next));
            }
            answer.body().drain();
            own &= redirects.isOwn(next);
            uri = next;
        }
    }

    private HttpRequest request(String method, URI uri, Map<String, String> headers, boolean own, Duration timeout) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .method(method, HttpRequest.BodyPublishers.noBody())
                .timeout(timeout)
                .setHeader("Accept-Encoding", "identity")
                .setHeader("User-Agent", "sublinear; java/" + Runtime.version().feature());
        headers.forEach(request::setHeader);
        if (own) {
            token.ifPresent(secret -> request.setHeader("Authorization", "Bearer " + secret));
        }
        return request.build();
    }

    private HttpResponse<TimedBody> send(HttpRequest request, Duration timeout) throws IOException {
        try {
            return client.send(request, head -> new TimedBody(timeout));
        } catch (ConnectException e) {
            throw new IOException(redirects.place(request.uri()) + " cannot be reached", e);
        } catch (IOException e) {
            if (e instanceof ProtocolException || e.getCause() instanceof ProtocolException) {
                // Without its cause: that quotes the header, which may be a signed link.
                throw new IOException(redirects.place(request.uri()) + " answered what is not HTTP");
            }
            throw new IOException(redirects.place(request.uri()) + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Interrupted(e);
        }
    }

    /** Whether a later attempt may succeed: the hub is busy, or a signed link has expired. */
    private void requireLasting(Answer answer) throws IOException {
        int status = answer.status();
        if (status == 408 || status == 429 || status >= 500 || (!answer.own() && status >= 400 && status != 416)) {
            answer.body().drain();
            String asks = status == 429 ? " (too many requests; with a token the hub allows more)" : "";
            throw new Busy(redirects.place(answer.uri()) + " answered " + status + asks, wait(answer));
        }
    }

    private static Duration wait(Answer answer) {
        Optional<String> seconds = answer.header("Retry-After")
                .filter(value -> SECONDS.matcher(value).matches())
                .or(() -> answer.header("RateLimit")
                        .map(RATE_LIMIT_RESET::matcher)
                        .filter(Matcher::find)
                        .map(match -> match.group(1)));
        return Duration.ofSeconds(
                answer.status() == 429 || answer.status() == 503
                        ? seconds.map(Long::parseLong).orElse(0L)
                        : 0);
    }

    boolean hasToken() {
        return token.isPresent();
    }
}
