package dev.sublinear.engine.settings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/**
 * Where the profile of a checkpoint lies: with it, so that it goes where the checkpoint goes; or, where that cannot be written, in
 * a directory of profiles of this user.
 *
 * @param checkpoint a directory, or a file that holds all
 * @param profiles the user's directory, which need not exist
 */
public record ProfilePlace(Path checkpoint, Path profiles) {

    /** The place of a checkpoint's profile for the user of this process. */
    public static ProfilePlace of(Path checkpoint) {
        String cache = System.getenv("XDG_CACHE_HOME");
        Path home =
                cache == null || cache.isBlank() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(cache);
        return new ProfilePlace(checkpoint, home.resolve(Path.of("sublinear", "profiles")));
    }

    /** Returns the file in the checkpoint's directory, or {@code NAME.kv-profile.json} beside {@code NAME.gguf}. */
    Path own() {
        if (Files.isDirectory(checkpoint)) {
            return checkpoint.resolve(Profile.FILE);
        }
        String name = String.valueOf(checkpoint.getFileName()).replaceFirst("\\.[^.]*$", "");
        return checkpoint.resolveSibling(name + "." + Profile.FILE);
    }

    /** Returns {@code kv-profile.json} beside a checkpoint that is a file: it may belong to another one. */
    Path shared() {
        return checkpoint.resolveSibling(Profile.FILE);
    }

    /** Returns the file in the user's directory. */
    Path kept(String fingerprint) {
        return profiles.resolve(fingerprint + "." + Profile.FILE);
    }

    /** Returns the file to write: with the checkpoint if its directory can be written, or in the user's directory, which then exists. */
    public Path toWrite(String fingerprint) throws IOException {
        Path own = own().toAbsolutePath();
        if (Files.isWritable(Files.exists(own) ? own : Objects.requireNonNull(own.getParent()))) {
            return own;
        }
        Files.createDirectories(profiles);
        return kept(fingerprint);
    }
}
