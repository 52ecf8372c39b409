package dev.sublinear.model.hub;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers that contradict the list, lead elsewhere, ask to wait or do not come, and what is left after them. */
final class HubAnswerFaultsTest extends HubFaultCase {
    @ParameterizedTest
    @CsvSource({
        "X-Linked-Etag,\"0000000000000000000000000000000000000000\",its ETag must be",
        "X-Linked-Size,5,its size must be 300000",
        "X-Repo-Commit,1111111111111111111111111111111111111111,its commit must be",
    })
    void fetch_headContradictsTheList_isRefused(String header, String value, String rule) throws IOException {
        stub.fault(exchange -> {
            if (!exchange.getRequestURI().getPath().endsWith("model.safetensors") || !isHead(exchange)) {
                return false;
            }
            exchange.getResponseHeaders().set("X-Repo-Commit", COMMIT);
            exchange.getResponseHeaders().set("X-Linked-Etag", "W/\"" + SHA256 + "\"");
            exchange.getResponseHeaders().set("X-Linked-Size", String.valueOf(WEIGHTS.length));
            exchange.getResponseHeaders().set(header, value);
            exchange.sendResponseHeaders(200, -1);
            return true;
        });

        assertThat(refusal(MODEL)).contains("the hub contradicts itself about \"model.safetensors\": " + rule);
        assertThat(blobs()).doesNotContain(SHA256);
    }

    @Test
    void fetch_redirectLoop_endsAfterFive() {
        storage(100, exchange -> redirect(exchange, stub.storage() + "/" + SHA256 + "?" + StubHub.SIGNATURE));

        assertThat(refusal(MODEL))
                .startsWith(stub.endpoint() + "/org/name/resolve/" + COMMIT + "/model.safetensors: leads on and on")
                .endsWith("the last to " + stub.storage());
        assertThat(ranges()).hasSize(5);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "file:///etc/passwd?sig=also-a-secret",
                "ftp://127.0.0.2/x",
                "https://a:b@127.0.0.2/x",
                "http:x",
                "::"
            })
    void fetch_redirectToWhatIsNoHub_isNotFollowed(String location) throws IOException {
        storage(1, exchange -> redirect(exchange, location));

        assertThat(refusal(MODEL)).startsWith(stub.storage() + ": redirects to ");
        assertThat(partial()).isEmptyFile();
    }

    private static boolean redirect(HttpExchange exchange, String location) throws IOException {
        exchange.getResponseHeaders().add("Location", location);
        exchange.sendResponseHeaders(302, -1);
        return true;
    }

    @Test
    void fetch_signedLinkHasRunOut_asksForAnother() throws IOException {
        storage(2, exchange -> {
            exchange.sendResponseHeaders(403, -1);
            return true;
        });

        fetched();

        assertThat(stub.told())
                .filteredOn(told -> told.equals("GET /org/name/resolve/" + COMMIT + "/model.safetensors"))
                .hasSize(3);
    }

    @ParameterizedTest
    @CsvSource({"Retry-After,7,7000", "RateLimit,\"api\";r=0;t=55,55000", "X-Nothing,1,500"})
    void fetch_tooManyRequests_waitsAsTold(String header, String value, long millis) throws IOException {
        AtomicInteger left = new AtomicInteger(1);
        stub.fault(exchange -> {
            if (left.getAndDecrement() <= 0) {
                return false;
            }
            exchange.getResponseHeaders().add(header, value);
            StubHub.refuse(exchange, 429, "", "We had to rate limit you");
            return true;
        });

        fetched();

        assertThat(pauses).containsExactly(Duration.ofMillis(millis));
    }

    @Test
    void fetch_toldToWaitTooLong_saysSo() {
        stub.fault(exchange -> {
            exchange.getResponseHeaders().add("Retry-After", "100000");
            StubHub.refuse(exchange, 429, "", "We had to rate limit you");
            return true;
        });

        assertThat(refusal(MODEL)).contains("answered 429 (too many requests; with a token the hub allows more)");
        assertThat(pauses).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 500, 502, 503, 504})
    void fetch_busyHub_isAskedAgain(int status) throws IOException {
        AtomicInteger left = new AtomicInteger(5);
        stub.fault(exchange -> {
            if (left.getAndDecrement() <= 0) {
                return false;
            }
            exchange.sendResponseHeaders(status, -1);
            return true;
        });

        fetched();

        assertThat(pauses).extracting(Duration::toMillis).containsExactly(500L, 1000L, 2000L, 4000L, 8000L);
    }

    @Test
    void fetch_answerThatDoesNotCome_isAskedForAgain() throws IOException {
        more.put("HF_HUB_ETAG_TIMEOUT", "0.3");
        CountDownLatch done = new CountDownLatch(1);
        AtomicInteger left = new AtomicInteger(1);
        stub.fault(exchange -> isHead(exchange) && left.getAndDecrement() > 0 && await(done));

        fetched();
        done.countDown();

        assertThat(pauses).hasSize(1);
    }

    /** Java's client refuses such a header and quotes it, be it a signed link. */
    @Test
    void fetch_headerThatIsNoHttp_isNotQuoted() {
        storage(100, exchange -> redirect(exchange, stub.storage() + "/\u001b?" + StubHub.SIGNATURE));

        assertThat(refusal(MODEL)).startsWith(MODEL + ": " + stub.storage() + " answered what is not HTTP; ");
    }

    @Test
    void fetch_answerOfALoginPage_isRefusedAtOnceAndSaysSo() {
        stub.fault(exchange -> {
            byte[] page = "<html>Log in</html>".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, page.length);
            exchange.getResponseBody().write(page);
            return true;
        });

        assertThat(refusal(MODEL)).startsWith(MODEL + ": " + stub.endpoint() + " answered what is not JSON: ");
        assertThat(pauses).isEmpty();
    }

    @Test
    void fetch_faults_tellNoSecretToTheLog() throws IOException {
        PrintStream before = System.err;
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
        try {
            storage(2, exchange -> cut(exchange, 200, WEIGHTS, HALF));
            fetched();
        } finally {
            System.setErr(before);
        }

        assertThat(pauses).isNotEmpty();
        assertThat(log.toString(StandardCharsets.UTF_8))
                .doesNotContain(StubHub.SIGNATURE)
                .doesNotContain(StubHub.TOKEN);
    }
}
