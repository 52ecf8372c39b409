package dev.sublinear.model.huggingface;

import static dev.sublinear.model.huggingface.TinyCheckpoint.CONFIG;
import static dev.sublinear.model.huggingface.TinyCheckpoint.assertRefused;
import static dev.sublinear.model.huggingface.TinyCheckpoint.put;
import static dev.sublinear.model.huggingface.TinyCheckpoint.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sublinear.model.FixtureModel;
import dev.sublinear.model.checkpoint.CheckpointException;
import dev.sublinear.model.checkpoint.GenerationDefaults;
import java.io.IOException;
import java.net.URI;
import java.nio.FloatBuffer;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Row C9 of the table of hostile checkpoints, directories that are none, and links out of them. */
final class HuggingFaceCheckpointTest {
    private static final Path BUNDLED = FixtureModel.directory();
    private static final String INDEX = "model.safetensors.index.json";

    @TempDir
    private Path directory;

    @Test
    void open_fixture_hasItsTensors() {
        try (HuggingFaceCheckpoint model = HuggingFaceCheckpoint.open(BUNDLED)) {
            assertThat(model.name()).isEqualTo("fixture-5m");
            assertThat(model.spec().family()).isEqualTo("LlamaForCausalLM");
            long held = model.tensors().names().stream()
                    .mapToLong(name -> model.tensors().info(name).elements())
                    .sum();
            assertThat(held).isEqualTo(model.spec().parameters());
            assertThat(model.tokenizer().path("model")).isNotEmpty();
        }
    }

    @Test
    void open_checkpointInAJar_readsTheSameWeights() throws IOException {
        Path jar = directory.resolve("model.jar");
        try (FileSystem zip = FileSystems.newFileSystem(URI.create("jar:" + jar.toUri()), Map.of("create", "true"))) {
            write(Files.createDirectories(zip.getPath("/some/model/")));
        }
        try (FileSystem zip = FileSystems.newFileSystem(jar);
                HuggingFaceCheckpoint model = HuggingFaceCheckpoint.open(zip.getPath("/some/model/"))) {
            FloatBuffer values = FloatBuffer.allocate(3);
            model.tensors().read("model.norm.weight", 1, values);
            model.tensors().verifyUnchanged();

            assertThat(values.array()).containsExactly(1 / 8f, 2 / 8f, 3 / 8f);
            assertThat(model.name()).isEqualTo("model");
        }
    }

    @Test
    void open_missingDirectory_saysSo() {
        Path missing = directory.resolve("nowhere");

        assertRefused(missing, missing + ": no such directory");
    }

    @Test
    void open_fileForADirectory_saysSo() {
        put(directory, "x.safetensors", "");
        Path file = directory.resolve("x.safetensors");

        assertRefused(file, file + ": must be a directory that holds a checkpoint");
    }

    @Test
    void open_emptyDirectory_namesConfig() throws IOException {
        assertRefused(directory, "config.json: is missing in " + directory.toRealPath());
    }

    @Test
    void open_withoutWeights_namesTheFilesThatWouldDo() {
        put(directory, "config.json", CONFIG);

        assertRefused(directory, directory.getFileName() + ": must hold model.safetensors or " + INDEX);
    }

    @ParameterizedTest
    @ValueSource(strings = {"SHA256SUMS", "model.safetensors.sha256"})
    void open_checksums_areHonoured(String manifest) throws Exception {
        byte[] weights = Files.readAllBytes(write(directory).resolve("model.safetensors"));
        String sum =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(weights));
        String other = "0".repeat(64);
        put(directory, manifest, sum + "  model.safetensors\n");
        HuggingFaceCheckpoint.open(directory).close();
        put(directory, manifest, other + " *model.safetensors\n");
        assertRefused(
                directory, "model.safetensors: its SHA-256 must be " + other + " by " + manifest + ", was " + sum);
        put(directory, manifest, "abc  model.safetensors\n");
        assertRefused(
                directory,
                manifest + ": a line must be 64 hexadecimal digits and a file name, was \"abc  model.safetensors\"");
    }

    @Test
    void open_checksumsOfOtherFiles_areNoneOfOurs() {
        write(directory);
        put(directory, "SHA256SUMS", "0".repeat(64) + "  ../../etc/passwd\n" + "0".repeat(64) + "  absent.bin\n");

        HuggingFaceCheckpoint.open(directory).close();
    }

    @Test
    void generationDefaults_areThoseOfGenerationConfig() {
        write(directory);
        assertThat(defaults(directory)).isEqualTo(new GenerationDefaults(1, 1, 0, 0, 1));
        put(
                directory,
                "generation_config.json",
                "{\"temperature\":0.6,\"top_p\":0.9,\"top_k\":20,\"repetition_penalty\":1.05,\"min_p\":null}");
        assertThat(defaults(directory)).isEqualTo(new GenerationDefaults(0.6, 0.9, 20, 0, 1.05));
        put(directory, "generation_config.json", "");
        assertThat(defaults(directory)).isEqualTo(new GenerationDefaults(1, 1, 0, 0, 1));
    }

    private static GenerationDefaults defaults(Path directory) {
        try (HuggingFaceCheckpoint checkpoint = HuggingFaceCheckpoint.open(directory)) {
            return checkpoint.generationDefaults();
        }
    }

    @Test
    void open_generationConfig_addsItsStopIds() {
        write(directory);
        put(directory, "generation_config.json", "{\"eos_token_id\":[2,4]}");

        try (HuggingFaceCheckpoint model = HuggingFaceCheckpoint.open(directory)) {
            assertThat(model.spec().stopIds()).containsExactlyInAnyOrder(2, 4);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"pytorch_model.bin", "model.pt", "consolidated.00.pth", "MODEL.PKL"})
    void c9_pickledWeightsOnly_areRefused(String file) {
        put(directory, "config.json", CONFIG);
        put(directory, file, "\u0080");

        assertRefused(directory, file + ": pickled weights can run code when read; convert them to model.safetensors");
    }

    @Test
    void c9_codeAndArchivesBesideTheWeights_areIgnored() {
        write(directory);
        put(directory, "modeling_evil.py", "raise SystemExit");
        put(directory, "pytorch_model.bin", "x");
        put(directory, "more.tar.gz", "x");
        put(
                directory,
                "config.json",
                CONFIG.replace(
                        "{\"arch", "{\"auto_map\":{\"AutoModel\":\"evil.Model\"},\"trust_remote_code\":true,\"arch"));

        HuggingFaceCheckpoint.open(directory).close();
    }

    @Test
    void c10_linkOutOfTheDirectory_isRefused() throws IOException {
        Path inside = Files.createDirectory(directory.resolve("inside"));
        write(inside);
        Path weights = inside.resolve("model.safetensors");
        Files.move(weights, directory.resolve("outside.safetensors"));
        Files.createSymbolicLink(weights, directory.resolve("outside.safetensors"));

        assertThatThrownBy(() -> HuggingFaceCheckpoint.open(inside))
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith("model.safetensors: must lie in ")
                .hasMessageContaining("link out of it");
    }

    @Test
    void open_snapshotInAHubCache_followsLinksIntoItsBlobs() throws IOException {
        Path snapshot = snapshot("models--org--name", "../../blobs");

        try (HuggingFaceCheckpoint model = HuggingFaceCheckpoint.open(snapshot)) {
            assertThat(model.spec().vocabSize()).isPositive();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "models--org--name, ../../../models--org--other/blobs",
        "models--org--name, ../../../elsewhere",
        "datasets--org--name, ../../blobs",
    })
    void open_snapshotThatLinksElsewhere_isRefused(String repository, String blobs) throws IOException {
        Path snapshot = snapshot(repository, blobs);

        assertThatThrownBy(() -> HuggingFaceCheckpoint.open(snapshot))
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith("config.json: must lie in ");
    }

    /** A checkpoint whose files all lie in another folder, and are linked to. */
    private Path snapshot(String repository, String blobs) throws IOException {
        Path snapshot = Files.createDirectories(directory.resolve(repository).resolve("snapshots/1"));
        Path held = Files.createDirectories(snapshot.resolve(blobs).normalize());
        write(held);
        try (Stream<Path> files = Files.list(held)) {
            for (Path file : files.toList()) {
                Files.createSymbolicLink(
                        snapshot.resolve(String.valueOf(file.getFileName())),
                        Path.of(blobs).resolve(String.valueOf(file.getFileName())));
            }
        }
        return snapshot;
    }
}
