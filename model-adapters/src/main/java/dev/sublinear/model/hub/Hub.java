package dev.sublinear.model.hub;

import dev.sublinear.model.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The hub, and the part of it that is in the cache. */
public final class Hub {
    private static final Logger LOG = LoggerFactory.getLogger(Hub.class);

    private final HubSettings settings;
    private final FreeSpace space;
    private final Patience patience;
    private final LongSupplier clock;

    public Hub(HubSettings settings) {
        this(settings, FreeSpace::onDisk, time -> Thread.sleep(time.toMillis()), System::nanoTime);
    }

    Hub(HubSettings settings, FreeSpace space, Patience.Pause pause, LongSupplier clock) {
        this.settings = settings;
        this.space = space;
        this.patience = new Patience(pause);
        this.clock = clock;
    }

    /**
     * Finds a model in the cache, complete as far as the cache can tell. It asks no hub and writes nothing.
     *
     * @return the directory of its checkpoint, or its GGUF (the first file of it)
     */
    public Optional<Path> find(HubName name) {
        HubCache cache = cache(name);
        return cache.commit(name.revision()).flatMap(commit -> find(name, cache, commit));
    }

    /**
     * Fetches the files of a model that are not in the cache. Where the hub cannot be reached, it takes those in the cache.
     *
     * @return the directory of its checkpoint, or its GGUF (the first file of it)
     * @throws CheckpointException if there is no such model, the hub refuses it, or it cannot be stored: the message says
     *     what to do
     */
    public Path fetch(HubName name, DownloadProgress.Listener listener) {
        HubCache cache = cache(name);
        if (HubName.isCommit(name.revision()) && cache.tree(name.revision()).isPresent()) {
            Optional<Path> here = find(name);
            if (here.isPresent()) {
                return here.get();
            }
        }
        if (settings.offline()) {
            return find(name)
                    .orElseThrow(
                            () -> new CheckpointException(
                                    name.toString(),
                                    "is not, or not wholly, in " + settings.cache()
                                            + ", and HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE "
                                            + "forbids to fetch it: unset them, or fetch it where there is a network and copy the cache"));
        }
        try {
            return fetch(name, cache, listener);
        } catch (IOException e) {
            return instead(name, e);
        }
    }

    /** All models in the cache, also those that other tools fetched. */
    public List<CachedModel> models() {
        return new Inventory(settings.cache(), this).models();
    }

    private Path instead(HubName name, IOException e) {
        Path here = find(name)
                .orElseThrow(() -> new CheckpointException(
                        name.toString(),
                        e.getMessage() + "; it is not wholly in " + settings.cache()
                                + " either: look to the network or "
                                + "HF_ENDPOINT and try again, what has come is kept",
                        e));
        LOG.warn("{}; taking {} as it is in the cache", e.getMessage(), name);
        return here;
    }

    private Path fetch(HubName name, HubCache cache, DownloadProgress.Listener listener) throws IOException {
        HubClient client = new HubClient(settings, name, patience);
        String commit = HubName.isCommit(name.revision()) ? name.revision() : client.commit();
        Optional<List<RepoFile>> known = cache.tree(commit);
        List<RepoFile> all = known.isPresent() ? known.get() : client.files(commit);
        WantedFiles wanted = WantedFiles.of(
                name,
                all,
                index -> fetchAll(client, cache, name, commit, List.of(index), progress -> {})
                        .resolve(index.path()));
        Path snapshot = fetchAll(client, cache, name, commit, wanted.files(), listener);
        if (known.isEmpty()) {
            keep(() -> cache.remember(commit, all));
        }
        keep(() -> cache.remember(name.revision(), commit));
        return snapshot.resolve(wanted.opens());
    }

    /** Fetches the files that are missing, after a check that they fit on the disk. */
    private Path fetchAll(
            HubClient client,
            HubCache cache,
            HubName name,
            String commit,
            List<RepoFile> files,
            DownloadProgress.Listener listener)
            throws IOException {
        List<RepoFile> missing =
                files.stream().filter(file -> !cache.has(commit, file)).toList();
        if (!missing.isEmpty()) {
            space.require(name, missing.stream().mapToLong(cache::bytesToCome).sum(), cache.root());
            Tally tally = new Tally(missing.stream().mapToLong(RepoFile::size).sum(), listener, clock);
            for (RepoFile file : missing) {
                new Download(client, cache, commit, file, tally).run();
            }
        }
        return cache.snapshot(commit);
    }

    private static Optional<Path> find(HubName name, HubCache cache, String commit) {
        Optional<List<RepoFile>> tree = cache.tree(commit);
        Path snapshot = cache.snapshot(commit);
        try {
            WantedFiles wanted = WantedFiles.of(
                    name, tree.orElseGet(() -> cache.held(commit)), index -> snapshot.resolve(index.path()));
            boolean whole = wanted.files().stream().allMatch(file -> cache.has(commit, file));
            return whole ? Optional.of(snapshot.resolve(wanted.opens())) : Optional.empty();
        } catch (CheckpointException | IOException e) {
            LOG.debug("{} is not in the cache", name, e);
            return Optional.empty();
        }
    }

    private interface Keeping {
        void run() throws IOException;
    }

    /** Writes what makes the next start faster, unless the cache is read-only. */
    private static void keep(Keeping keeping) {
        try {
            keeping.run();
        } catch (IOException e) {
            LOG.debug("Not kept", e);
        }
    }

    private HubCache cache(HubName name) {
        return new HubCache(settings.cache(), name.repository());
    }
}
