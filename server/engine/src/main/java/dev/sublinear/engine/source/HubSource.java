package dev.sublinear.engine.source;

import dev.sublinear.engine.settings.Profile;
import dev.sublinear.engine.settings.ProfilePlace;
import dev.sublinear.model.checkpoint.Checkpoint;
import dev.sublinear.model.checkpoint.CheckpointException;
import dev.sublinear.model.hub.Hub;
import dev.sublinear.model.hub.HubName;
import dev.sublinear.model.hub.HubSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A checkpoint on the hub, which is fetched when it is opened and not before.
 *
 * @param environment which says where the hub and its cache are, as Hugging Face's tools read it
 */
public record HubSource(HubName hubName, Map<String, String> environment) implements ModelSource {
    private static final Logger LOG = LoggerFactory.getLogger(HubSource.class);

    public HubSource {
        environment = Map.copyOf(environment);
    }

    /** Its repository, whichever revision or file of it this is. */
    @Override
    public String name() {
        return hubName.repository();
    }

    /** The profile that was fetched with it; empty while it is not in the cache. */
    @Override
    public Optional<Profile> profile() {
        return hub().find(hubName).flatMap(HubSource::profile);
    }

    @Override
    public Path profilePlace(String fingerprint) throws IOException {
        return ProfilePlace.of(fetch()).toWrite(fingerprint);
    }

    private static Optional<Profile> profile(Path path) {
        return Profile.at(ProfilePlace.of(path), () -> Checkpoints.fingerprint(path));
    }

    @Override
    public Checkpoint checkpoint() {
        return Checkpoints.open(fetch());
    }

    @Override
    public OpenModel open() {
        return new OpenCheckpoint(checkpoint());
    }

    private Path fetch() {
        Hub hub = hub();
        boolean isNew = hub.find(hubName).isEmpty();
        try {
            Path path = hub.fetch(hubName, DownloadBar.onTerminal());
            if (isNew && profile(path).isPresent()) {
                LOG.warn("{} came with {}: it holds from the next start on", Profile.FILE, hubName);
            }
            return path;
        } catch (CheckpointException e) {
            throw new CheckpointException(
                    "model",
                    "\"" + hubName + "\" is no file or directory here, and from the hub: " + e.getMessage(),
                    e);
        }
    }

    private Hub hub() {
        return new Hub(HubSettings.of(environment));
    }

    /** Without the environment, which holds secrets. */
    @Override
    public String toString() {
        return hubName.toString();
    }
}
