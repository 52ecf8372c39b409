package dev.sublinear.model.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes of a file that break off, are not those of the list or do not fit, and what is left in the cache after them. */
final class HubBodyFaultsTest extends HubFaultCase {
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
}
