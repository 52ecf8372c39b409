package dev.sublinear.model.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class InventoryTest extends HubTestCase {
    @Test
    void models_emptyCache_isNone() {
        assertThat(hub().models()).isEmpty();
    }

    @Test
    void models_checkpointAndGguf_areByTheNamesThatFetchThem() throws IOException {
        stub.revision(MODEL, "v1");
        stub.large(MODEL, "x-Q4_0.gguf", random(1, 10))
                .large(MODEL, "y-Q8_0-00001-of-00002.gguf", random(2, 20))
                .large(MODEL, "y-Q8_0-00002-of-00002.gguf", random(3, 30))
                .large("gpt", "gpt-Q4_0.gguf", random(4, 40));
        Path checkpoint = fetch(MODEL + "@v1");
        Path split = fetch(MODEL + ":Q8_0");
        Path other = fetch("gpt:Q4_0");
        long small = 2L + "{\"version\": \"1.0\"}".length();
        Instant used = Instant.parse("2026-11-30T12:00:00Z");
        Files.getFileAttributeView(split, BasicFileAttributeView.class).setTimes(null, FileTime.from(used), null);

        assertThat(hub().models())
                .extracting(
                        model -> model.name().toString(), CachedModel::format, CachedModel::bytes, CachedModel::path)
                .containsExactly(
                        tuple("gpt:gpt-Q4_0.gguf", CachedModel.Format.GGUF, 40L, other),
                        tuple(MODEL, CachedModel.Format.SAFETENSORS, WEIGHTS.length + small, checkpoint),
                        tuple(MODEL + ":y-Q8_0-00001-of-00002.gguf", CachedModel.Format.GGUF, 50L, split));
        assertThat(hub().models())
                .allSatisfy(model -> assertThat(hub().find(model.name())).contains(model.path()));
        assertThat(hub().models().get(0).lastUsed()).isAfter(used.minusSeconds(1));
    }

    @Test
    void models_stateThatNoBranchStandsForAnyMore_isByItsCommit() throws IOException {
        fetched();
        Files.writeString(repository().resolve("refs/main"), "a".repeat(40));

        assertThat(hub().models()).singleElement().satisfies(model -> {
            assertThat(model.name()).hasToString(MODEL + "@" + COMMIT);
            assertThat(model.format()).isEqualTo(CachedModel.Format.SAFETENSORS);
        });
    }

    @Test
    void models_whatHasNotWhollyCome_isTold() throws IOException {
        Path snapshot = fetched();
        Files.delete(snapshot.resolve("model.safetensors"));

        assertThat(hub().models()).singleElement().satisfies(model -> {
            assertThat(model.format()).hasToString("not whole");
            assertThat(model.path()).isEqualTo(snapshot);
        });
    }

    @Test
    void models_foldersOfOtherKinds_arePassedOver() throws IOException {
        Files.createDirectories(cache().resolve("datasets--org--data/snapshots/" + COMMIT));
        Files.createDirectories(cache().resolve("models--..--evil/snapshots/" + COMMIT));
        Files.createDirectories(cache().resolve("models--org--name/snapshots/not-a-commit"));

        assertThat(hub().models()).isEmpty();
    }
}
