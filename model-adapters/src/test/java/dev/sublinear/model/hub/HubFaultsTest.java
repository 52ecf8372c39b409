package dev.sublinear.model.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpExchange;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Everything that can come over a network, and what is left in the cache after it. */
final class HubFaultsTest extends HubTestCase {
    private static final String SHA256 = StubHub.hash("SHA-256", WEIGHTS);
    private static final int HALF = WEIGHTS.length / 2;

    private static boolean isStored(HttpExchange exchange) {
        return exchange.getRequestURI().getPath().equals("/" + SHA256);
    }

    /** Answers so a number of times, when the storage is asked. */
    private void storage(int times, StubHub.Fault fault) {
        AtomicInteger left = new AtomicInteger(times);
        stub.fault(exchange -> isStored(exchange) && left.getAndDecrement() > 0 && fault.answers(exchange));
    }

    private static boolean cut(HttpExchange exchange, int status, byte[] content, int sent) throws IOException {
        exchange.sendResponseHeaders(status, content.length);
        exchange.getResponseBody().write(content, 0, sent);
        exchange.getResponseBody().flush();
        exchange.close();
        return true;
    }

    private List<String> blobs() throws IOException {
        try (Stream<Path> blobs = Files.list(repository().resolve("blobs"))) {
            return blobs.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void fetch_bodyCut_goesOnWhereItStopped() throws IOException {
        storage(1, exchange -> cut(exchange, 200, WEIGHTS, HALF));

        fetched();

        assertThat(ranges()).hasSize(2).first().isEqualTo("null");
        assertThat(ranges().get(1)).matches("bytes=[1-9]\\d*-");
    }

    @Test
    void fetch_bodyCutForGood_keepsWhatCameForTheNextTry() throws IOException {
        storage(1, exchange -> cut(exchange, 200, WEIGHTS, HALF));
        stub.fault(exchange -> {
            if (!isStored(exchange) || StubHub.from(exchange) == 0) {
                return false;
            }
            exchange.sendResponseHeaders(503, -1);
            return true;
        });

        assertThat(refusal(MODEL)).contains("what has come is kept");
        assertThat(hub().find(HubName.parse(MODEL))).isEmpty();
        long kept = Files.size(partial());
        assertThat(kept).isPositive();
        stub.heal().forget();

        fetched();

        assertThat(ranges()).containsExactly("bytes=" + kept + "-");
    }

    @Test
    void fetch_wholeFileForARange_startsOver() throws IOException {
        storage(1, exchange -> cut(exchange, 200, WEIGHTS, HALF));
        stub.fault(exchange -> {
            if (!isStored(exchange) || !exchange.getRequestHeaders().containsKey("Range")) {
                return false;
            }
            StubHub.body(exchange, 200, WEIGHTS);
            return true;
        });

        fetched();

        assertThat(ranges()).hasSize(2);
        assertThat(progress.get(progress.size() - 1).done())
                .isEqualTo(progress.get(0).total());
    }

    @ParameterizedTest
    @ValueSource(strings = {"0-299999/300000", "1-299999/300000", "", "x"})
    void fetch_otherPartThanAskedFor_startsOver(String range) throws IOException {
        storage(1, exchange -> cut(exchange, 200, WEIGHTS, HALF));
        stub.fault(exchange -> {
            if (!isStored(exchange) || !exchange.getRequestHeaders().containsKey("Range")) {
                return false;
            }
            exchange.getResponseHeaders().add("Content-Range", "bytes " + range);
            StubHub.body(exchange, 206, WEIGHTS);
            return true;
        });

        fetched();

        assertThat(ranges()).hasSize(3).last().isEqualTo("null");
    }

    @Test
    void fetch_rangeThatTheStorageDoesNotHave_startsOver() throws IOException {
        Files.createDirectories(partial().getParent());
        Files.write(partial(), Arrays.copyOf(WEIGHTS, HALF));
        storage(1, exchange -> {
            exchange.sendResponseHeaders(416, -1);
            return true;
        });

        fetched();

        assertThat(ranges()).containsExactly("bytes=" + HALF + "-", "null");
    }

    @Test
    void fetch_partialFileLongerThanTheFile_startsOver() throws IOException {
        Files.createDirectories(partial().getParent());
        Files.write(partial(), Arrays.copyOf(WEIGHTS, WEIGHTS.length + 1));

        fetched();

        assertThat(ranges()).containsExactly("null");
    }

    @Test
    void fetch_partialFileThatIsWhole_isCheckedAndTaken() throws IOException {
        Files.createDirectories(partial().getParent());
        Files.write(partial(), WEIGHTS);

        fetched();

        assertThat(ranges()).isEmpty();
    }

    @Test
    void fetch_partialFileOfOtherContent_isDeleted() throws IOException {
        Files.createDirectories(partial().getParent());
        Files.write(partial(), random(9, HALF));

        assertThat(refusal(MODEL)).startsWith("model.safetensors: its SHA-256 must be " + SHA256);
        assertThat(partial()).doesNotExist();

        fetched();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void fetch_rightSizeWrongContent_isDeletedAndSaid(boolean large) throws IOException {
        byte[] wrong = large ? random(9, WEIGHTS.length) : "[]".getBytes(StandardCharsets.UTF_8);
        stub.fault(exchange -> {
            String path = exchange.getRequestURI().getPath();
            if (large ? !isStored(exchange) : !path.endsWith("config.json") || isHead(exchange)) {
                return false;
            }
            StubHub.body(exchange, 200, wrong);
            return true;
        });

        assertThat(refusal(MODEL))
                .startsWith(
                        large
                                ? "model.safetensors: its SHA-256 must be " + SHA256 + " by the hub's list, was "
                                        + StubHub.hash("SHA-256", wrong)
                                : "config.json: its git hash must be ")
                .contains("what came was deleted");
        assertThat(blobs()).noneMatch(blob -> blob.contains(large ? SHA256 : "incomplete"));
        assertThat(hub().find(HubName.parse(MODEL))).isEmpty();
        stub.heal();

        fetched();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void fetch_otherLength_isRefused(boolean longer) {
        storage(1, exchange -> {
            StubHub.body(exchange, 200, Arrays.copyOf(WEIGHTS, WEIGHTS.length + (longer ? 1 : -1)));
            return true;
        });

        assertThat(refusal(MODEL)).startsWith("model.safetensors: must have 300000 bytes by the hub's list; ");
    }

    @Test
    void fetch_moreThanListedWithoutLength_isDeleted() throws IOException {
        storage(1, exchange -> {
            exchange.sendResponseHeaders(200, 0); // in chunks
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(Arrays.copyOf(WEIGHTS, WEIGHTS.length + 1));
            }
            return true;
        });

        assertThat(refusal(MODEL)).startsWith("model.safetensors: more than the 300000 bytes came");
        assertThat(partial()).doesNotExist();
    }

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

    private static boolean isHead(HttpExchange exchange) {
        return exchange.getRequestMethod().equals("HEAD");
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
    void fetch_bodyThatStandsStill_isGivenUpAndGoesOn() throws IOException {
        more.put("HF_HUB_DOWNLOAD_TIMEOUT", "0.3");
        CountDownLatch done = new CountDownLatch(1);
        storage(1, exchange -> {
            exchange.sendResponseHeaders(200, WEIGHTS.length);
            exchange.getResponseBody().write(WEIGHTS, 0, HALF);
            exchange.getResponseBody().flush();
            return await(done);
        });

        fetched();
        done.countDown();

        assertThat(ranges()).hasSize(2).last().asString().matches("bytes=[1-9]\\d*-");
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

    private static boolean await(CountDownLatch latch) {
        try {
            return latch.await(1, TimeUnit.MINUTES);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    @Test
    void fetch_listOnPages_readsAllOfThem() throws IOException {
        stub.pagesOf(1);

        fetched();

        assertThat(stub.told()).filteredOn(told -> told.contains("/tree/")).hasSize(3);
    }

    @Test
    void fetch_nextPageElsewhere_isRefused() {
        stub.fault(exchange -> {
            if (!exchange.getRequestURI().getPath().contains("/tree/")) {
                return false;
            }
            exchange.getResponseHeaders().add("Link", "<" + stub.storage() + "/tree?cursor=1>; rel=\"next\"");
            StubHub.body(exchange, 200, "[]".getBytes(StandardCharsets.UTF_8));
            return true;
        });

        assertThat(refusal(MODEL))
                .isEqualTo("org/name: the next page of its list of files must be on the hub, is elsewhere");
        assertThat(stub.seen()).noneMatch(request -> request.host().equals("127.0.0.2"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"../evil.json", "a/../../evil.json", "/etc/evil.json", "a//b", "./a", "a\\b", "a\u0000b", ".."})
    void fetch_nameThatLeadsOut_isRefusedAsAWhole(String path) throws IOException {
        stub.small(MODEL, path, "x");

        assertThat(refusal(MODEL)).startsWith("the hub's list of files: \"").contains("must lie inside the repository");
        assertThat(cache()).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource({
        "'{\"type\":\"file\",\"path\":\"a\",\"oid\":\"../../x\",\"size\":1}', must have git's hash",
        "'{\"type\":\"file\",\"path\":\"a\",\"oid\":\"0000000000000000000000000000000000000000\",\"size\":-1}', must have at most",
        "'{\"type\":\"file\",\"path\":\"a\",\"oid\":\"0000000000000000000000000000000000000000\"}', must have at most",
        "'{\"type\":\"file\",\"path\":\"a\",\"oid\":\"0000000000000000000000000000000000000000\",\"size\":1,\"lfs\":{\"oid\":\"/x\",\"size\":1}}', must have a SHA-256",
        "'{\"type\":\"file\",\"path\":\"a\",\"oid\":\"0000000000000000000000000000000000000000\",\"size\":9223372036854775807}', must have at most",
    })
    void fetch_listThatCannotBe_isRefused(String entry, String rule) {
        stub.fault(exchange -> {
            if (!exchange.getRequestURI().getPath().contains("/tree/")) {
                return false;
            }
            StubHub.body(exchange, 200, ("[" + entry + "]").getBytes(StandardCharsets.UTF_8));
            return true;
        });

        assertThat(refusal(MODEL)).startsWith("the hub's list of files: \"a\" " + rule);
    }

    @Test
    void fetch_commitThatIsNone_isRefused() {
        stub.fault(exchange -> {
            StubHub.body(exchange, 200, "{\"sha\": \"../../..\"}".getBytes(StandardCharsets.UTF_8));
            return true;
        });

        assertThat(refusal(MODEL)).isEqualTo("org/name: the hub must tell its commit, said \"../../..\"");
    }

    @Test
    void fetch_moreThanAnIntCounts_goesOn() throws IOException {
        long zeros = 2L << 30;
        byte[] end = "the end".getBytes(StandardCharsets.UTF_8);
        String sha256 = "bb553fa3c9064f092899561ba7b01e089eadd01aba072d01cf75a586663d238e";
        stub.large("org/big", "big.gguf", zeros, end, sha256);
        Path blobs = Files.createDirectories(cache().resolve("models--org--big/blobs"));
        try (RandomAccessFile sparse = new RandomAccessFile(
                blobs.resolve(sha256 + ".sublinear.incomplete").toFile(), "rw")) {
            sparse.setLength(zeros);
        }
        free = FreeSpace.MARGIN + end.length;

        Path file = fetch("org/big:big.gguf");

        assertThat(Files.size(file)).isEqualTo(zeros + end.length);
        assertThat(ranges()).containsExactly("bytes=2147483648-");
        assertThat(progress.get(progress.size() - 1).done()).isEqualTo(2_147_483_655L);
    }

    @Test
    void fetch_moreThanTheDiskHolds_isRefusedBeforeAnythingComes() {
        stub.large("org/big", "big.gguf", 3L << 30, new byte[] {1}, "0".repeat(64));
        free = 3L << 30;

        assertThat(refusal("org/big:big.gguf"))
                .isEqualTo("org/big:big.gguf: 3,221,225,473 bytes are to come, and " + cache()
                        + " has 3,221,225,472 free, of which 67,108,864 shall stay; make room, or name another place with"
                        + " HF_HUB_CACHE");
        assertThat(stub.told()).allMatch(told -> told.startsWith("GET /api/"));
        assertThat(cache().resolve("models--org--big/blobs")).doesNotExist();
    }

    @Test
    void fetch_diskFullHalfWay_saysSoAndDoesNotTryAgain() throws IOException {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.exists(full), "only Linux has a disk that is always full");
        Files.createDirectories(partial().getParent());
        Files.createSymbolicLink(partial(), full);

        assertThat(refusal(MODEL))
                .startsWith(partial() + ": cannot be written (")
                .contains("No space left on device")
                .endsWith("HF_HUB_CACHE names another place");
        assertThat(ranges()).hasSize(1);
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
