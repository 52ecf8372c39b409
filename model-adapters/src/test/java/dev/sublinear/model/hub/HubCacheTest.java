package dev.sublinear.model.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HubCacheTest {
    @TempDir
    private Path directory;

    @Test
    void link_whereThereAreNoLinks_copies() throws IOException {
        URI zip = URI.create("jar:" + directory.resolve("no-links.zip").toUri());
        try (FileSystem files = FileSystems.newFileSystem(zip, Map.of("create", "true"))) {
            Files.createDirectories(files.getPath("/x/blobs"));
            Path blob = Files.writeString(files.getPath("/x/blobs/1"), "content");
            Path named = files.getPath("/x/snapshots/2/config.json");

            HubCache.link(blob, named);

            assertThat(named).hasContent("content").isRegularFile();
            assertThat(files.getPath("/x/snapshots/2")).isDirectoryNotContaining(path -> !path.endsWith("config.json"));
        }
    }

    @Test
    void link_brokenLinkIsThere_isReplaced() throws IOException {
        Path blob = Files.writeString(
                Files.createDirectories(directory.resolve("blobs")).resolve("1"), "content");
        Path named = Files.createDirectories(directory.resolve("snapshots/2")).resolve("config.json");
        Files.createSymbolicLink(named, Path.of("../../blobs/gone"));

        HubCache.link(blob, named);

        assertThat(named).hasContent("content");
        assertThat(Files.readSymbolicLink(named)).hasToString("../../blobs/1");
    }

    @Test
    void link_thatIsThere_staysForWhoeverReadsIt() throws IOException {
        HubCache cache = new HubCache(directory, "org/name");
        RepoFile file = new RepoFile("config.json", 2, StubHub.git("{}".getBytes(StandardCharsets.UTF_8)), "", "");
        cache.prepare();
        Files.writeString(cache.blob(file), "{}");
        Path named = cache.snapshot("1").resolve("config.json");
        Files.createDirectories(named.getParent());
        Files.writeString(named, "{}"); // no link, so that a new one would show

        cache.link("1", file);

        assertThat(named).isRegularFile().content().isEqualTo("{}");
        assertThat(Files.isSymbolicLink(named)).isFalse();
    }

    @Test
    void commit_refThatHoldsSomethingElse_isNone() throws IOException {
        HubCache cache = new HubCache(directory, "org/name");
        Path refs = Files.createDirectories(directory.resolve("models--org--name/refs"));
        Files.writeString(refs.resolve("main"), "../../../etc");
        Files.writeString(refs.resolve("v1"), "a".repeat(40) + "\n");

        assertThat(cache.commit("main")).isEmpty();
        assertThat(cache.commit("v1")).contains("a".repeat(40));
        assertThat(cache.commit("b".repeat(40))).contains("b".repeat(40));
    }
}
