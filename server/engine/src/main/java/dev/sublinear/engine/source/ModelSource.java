package dev.sublinear.engine.source;

import dev.sublinear.engine.settings.ConfigException;
import dev.sublinear.engine.settings.Profile;
import dev.sublinear.model.checkpoint.Checkpoint;
import dev.sublinear.model.hub.HubName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Where a model comes from. */
public sealed interface ModelSource permits CheckpointSource, HubSource, RandomSource, StubSource {

    /**
     * Reads the name or place of a model, with the environment of this process.
     *
     * @see #parse(String, Map)
     */
    static ModelSource parse(String text) {
        return parse(text, System.getenv());
    }

    /**
     * Reads what {@code --model} says: {@code random:} and a known shape, {@code stub:} and what it shall be like, the name of
     * the {@link #bundled} model, or a checkpoint. What is here wins over what the hub may have by that name; {@code ./org/name} is always here, and so is a
     * directory {@code ./stub:}.
     *
     * @param environment which says where the hub and its cache are
     * @throws IllegalArgumentException if it is none of them
     */
    static ModelSource parse(String text, Map<String, String> environment) {
        if (text.startsWith(StubSource.PREFIX)) {
            return StubSource.parse(text);
        }
        if (text.startsWith(RandomSource.PREFIX)) {
            return RandomSource.parse(text);
        }
        if (text.isBlank()) {
            throw new IllegalArgumentException("must be a path or a name on the hub, was \"" + text + "\"");
        }
        Path path;
        try {
            path = Path.of(text);
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("must be a path or a name on the hub, was \"" + text + "\"", e);
        }
        if (text.equals(BundledModel.NAME) && !Files.exists(path)) {
            return bundled();
        }
        return HubName.find(text)
                .filter(name -> !Files.exists(path) && !isFile(text))
                .<ModelSource>map(name -> new HubSource(name, environment))
                .orElseGet(() -> CheckpointSource.in(path));
    }

    /** A GGUF that is missing was meant to be here: one on the hub comes after a colon. */
    private static boolean isFile(String text) {
        return text.endsWith(".gguf") && text.indexOf(':') < 0;
    }

    /** The checkpoint that lies beside this program. */
    static ModelSource bundled() {
        return new CheckpointSource(BundledModel.file(), BundledModel.NAME);
    }

    /** The default name of the model in the API. */
    String name();

    /** Its calibrated profile, if it has one. */
    default Optional<Profile> profile() {
        return Optional.empty();
    }

    /**
     * Returns where to write its profile, so that {@link #profile} finds it.
     *
     * @param fingerprint of its checkpoint
     * @throws ConfigException if it is no checkpoint
     * @throws IOException if nowhere can be written
     */
    default Path profilePlace(String fingerprint) throws IOException {
        throw new ConfigException(List.of("model must be a checkpoint here, was " + this));
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
