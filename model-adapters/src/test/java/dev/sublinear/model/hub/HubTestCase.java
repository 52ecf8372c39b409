package dev.sublinear.model.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sublinear.model.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A stub of the hub with one model on it, and a cache of its own. Nobody waits between attempts. */
abstract class HubTestCase {
    static final String MODEL = "org/name";
    static final String COMMIT = StubHub.commit(MODEL);
    static final byte[] WEIGHTS = random(1, 300_000);

    @TempDir
    Path directory;

    final StubHub stub = new StubHub();
    final List<Duration> pauses = new ArrayList<>();
    final List<DownloadProgress> progress = new ArrayList<>();
    final Map<String, String> more = new HashMap<>();
    long free = Long.MAX_VALUE;

    @BeforeEach
    void publish() {
        stub.small(MODEL, "config.json", "{}")
                .small(MODEL, "tokenizer.json", "{\"version\": \"1.0\"}")
                .large(MODEL, "model.safetensors", WEIGHTS);
        more.put("HF_TOKEN", StubHub.TOKEN);
    }

    @AfterEach
    void close() {
        stub.close();
    }

    static byte[] random(long seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    Path cache() {
        return directory.resolve("cache");
    }

    Path repository() {
        return cache().resolve("models--org--name");
    }

    Path partial() {
        return repository().resolve("blobs").resolve(StubHub.hash("SHA-256", WEIGHTS) + ".sublinear.incomplete");
    }

    Hub hub() {
        Map<String, String> environment = stub.environment(cache());
        environment.putAll(more);
        return new Hub(HubSettings.of(environment), any -> free, pauses::add, System::nanoTime);
    }

    Path fetch(String name) {
        return hub().fetch(HubName.parse(name), progress::add);
    }

    String refusal(String name) {
        CheckpointException refusal = catchThrowableOfType(CheckpointException.class, () -> fetch(name));
        String message =
                Objects.requireNonNull(refusal, name + " must be refused").getMessage();
        assertThat(message)
                .doesNotContain(StubHub.TOKEN)
                .doesNotContain(StubHub.SIGNATURE)
                .doesNotContain("\n");
        return Objects.requireNonNull(message);
    }

    /** Fetches, and checks that all is there and right. */
    Path fetched() throws IOException {
        Path snapshot = fetch(MODEL);
        assertThat(snapshot).isEqualTo(repository().resolve("snapshots").resolve(COMMIT));
        assertThat(Files.readAllBytes(snapshot.resolve("model.safetensors"))).isEqualTo(WEIGHTS);
        assertThat(Files.readString(snapshot.resolve("config.json"))).isEqualTo("{}");
        assertThat(partial()).doesNotExist();
        return snapshot;
    }

    /** The bytes from which on the storage was asked for the weights. */
    List<String> ranges() {
        return stub.seen().stream()
                .filter(request -> request.host().equals("127.0.0.2"))
                .map(request -> String.valueOf(request.headers().getFirst("Range")))
                .toList();
    }
}
