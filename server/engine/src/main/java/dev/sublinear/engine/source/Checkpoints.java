package dev.sublinear.engine.source;

import dev.sublinear.model.checkpoint.Checkpoint;
import dev.sublinear.model.checkpoint.CheckpointException;
import dev.sublinear.model.checkpoint.Fingerprint;
import dev.sublinear.model.gguf.GgufCheckpoint;
import dev.sublinear.model.huggingface.HuggingFaceCheckpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** The formats of checkpoints: the only class that knows all of them. */
final class Checkpoints {
    private Checkpoints() {}

    /**
     * Opens a checkpoint, up to its weights.
     *
     * @param path of a directory as Hugging Face lays it out, or a GGUF file, the first one of several
     * @throws dev.sublinear.model.checkpoint.CheckpointException if it cannot be used
     */
    static Checkpoint open(Path path) {
        if (GgufCheckpoint.isGguf(path)) {
            return GgufCheckpoint.open(path);
        }
        if (Files.isDirectory(path) && !Files.exists(path.resolve("config.json"))) {
            firstGguf(path).ifPresent(file -> {
                throw new CheckpointException(
                        path.toString(), "has no config.json, but GGUF files: name one of them, such as " + file);
            });
        }
        return HuggingFaceCheckpoint.open(path);
    }

    private static Optional<Path> firstGguf(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".gguf"))
                    .sorted()
                    .findFirst();
        } catch (IOException e) {
            throw new CheckpointException(directory.toString(), "cannot be read: " + e.getMessage(), e);
        }
    }

    /** That of its weights, without opening more than that takes. */
    static String fingerprint(Path path) {
        if (!GgufCheckpoint.isGguf(path)) {
            return Fingerprint.of(path);
        }
        try (Checkpoint checkpoint = open(path)) {
            return checkpoint.fingerprint();
        }
    }
}
