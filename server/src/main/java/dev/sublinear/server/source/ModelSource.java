package dev.sublinear.server.source;

import dev.sublinear.model.Checkpoint;
import dev.sublinear.server.BundledModel;
import dev.sublinear.server.ConfigException;
import dev.sublinear.server.Profile;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Where a model comes from. */
public sealed interface ModelSource permits CheckpointSource, RandomSource, StubSource {

    /**
     * Reads what {@code --model} says: a directory, {@code random:} and a known shape, or {@code stub:} and what it shall
     * be like. A directory of such a name is {@code ./stub:}.
     *
     * @throws IllegalArgumentException if it is none of them
     */
    static ModelSource parse(String text) {
        if (text.startsWith(StubSource.PREFIX)) {
            return StubSource.parse(text);
        }
        if (text.startsWith(RandomSource.PREFIX)) {
            return RandomSource.parse(text);
        }
        try {
            return CheckpointSource.in(Path.of(text));
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("must be a path, was \"" + text + "\"", e);
        }
    }

    /** The checkpoint that this program brings. */
    static ModelSource bundled() {
        return new CheckpointSource(BundledModel.directory(), BundledModel.NAME);
    }

    /** What clients call the model unless they are told otherwise. */
    String name();

    /** What was calibrated for it. */
    default Optional<Profile> profile() {
        return Optional.empty();
    }

    /**
     * Opens its checkpoint, up to the weights; who asks closes it.
     *
     * @throws ConfigException if it has none
     */
    default Checkpoint checkpoint() {
        throw new ConfigException(List.of("model must be a checkpoint here, was " + this));
    }

    /** Opens it, up to its weights. */
    OpenModel open();
}
