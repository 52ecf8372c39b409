package dev.sublinear.engine.source;

import dev.sublinear.engine.settings.Profile;
import dev.sublinear.engine.settings.ProfilePlace;
import dev.sublinear.model.checkpoint.Checkpoint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/** A checkpoint on disk. */
public record CheckpointSource(Path path, String name) implements ModelSource {

    private static final Pattern ENDING = Pattern.compile("(-00001-of-\\d{5})?\\.(?i:gguf)$");

    /** The checkpoint in a place, called as that is, without what tells its format. */
    public static CheckpointSource in(Path path) {
        Path last = path.toAbsolutePath().normalize().getFileName();
        String name = Objects.requireNonNullElse(last, path).toString();
        return new CheckpointSource(path, ENDING.matcher(name).replaceFirst(""));
    }

    @Override
    public Optional<Profile> profile() {
        return Profile.at(ProfilePlace.of(path), () -> Checkpoints.fingerprint(path));
    }

    @Override
    public Path profilePlace(String fingerprint) throws IOException {
        return ProfilePlace.of(path).toWrite(fingerprint);
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
