package dev.sublinear.server.source;

import dev.sublinear.model.Checkpoint;
import dev.sublinear.server.Profile;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/** A checkpoint on disk. */
public record CheckpointSource(Path path, String name) implements ModelSource {

    /** The checkpoint in a place, called as that is. */
    public static CheckpointSource in(Path path) {
        Path last = path.toAbsolutePath().normalize().getFileName();
        return new CheckpointSource(path, Objects.requireNonNullElse(last, path).toString());
    }

    @Override
    public Optional<Profile> profile() {
        return Profile.in(path);
    }

    @Override
    public Checkpoint checkpoint() {
        return Checkpoints.open(path);
    }

    @Override
    public OpenModel open() {
        return new OpenCheckpoint(checkpoint());
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
