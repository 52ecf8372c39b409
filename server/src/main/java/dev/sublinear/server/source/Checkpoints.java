package dev.sublinear.server.source;

import dev.sublinear.model.Checkpoint;
import dev.sublinear.model.HuggingFaceCheckpoint;
import java.nio.file.Path;

/** The one place that knows in which formats checkpoints come. */
final class Checkpoints {
    private Checkpoints() {}

    /**
     * Opens a checkpoint, up to its weights.
     *
     * @param path of a directory as Hugging Face lays it out
     * @throws dev.sublinear.model.CheckpointException if it cannot be used
     */
    static Checkpoint open(Path path) {
        return HuggingFaceCheckpoint.open(path);
    }
}
