package dev.sublinear.server.source;

import dev.sublinear.model.Checkpoint;
import dev.sublinear.model.Fingerprint;
import dev.sublinear.model.HuggingFaceCheckpoint;
import dev.sublinear.model.gguf.GgufCheckpoint;
import java.nio.file.Path;

/** The one place that knows in which formats checkpoints come. */
final class Checkpoints {
    private Checkpoints() {}

    /**
     * Opens a checkpoint, up to its weights.
     *
     * @param path of a directory as Hugging Face lays it out, or a GGUF file, the first one of several
     * @throws dev.sublinear.model.CheckpointException if it cannot be used
     */
    static Checkpoint open(Path path) {
        return GgufCheckpoint.isGguf(path) ? GgufCheckpoint.open(path) : HuggingFaceCheckpoint.open(path);
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
