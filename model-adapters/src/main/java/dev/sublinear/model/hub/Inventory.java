package dev.sublinear.model.hub;

import dev.sublinear.model.checkpoint.CheckpointException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Lists the models in the cache, also those that other tools fetched. It asks no hub and writes nothing. */
final class Inventory {
    private static final String PREFIX = "models--";

    private final Path root;
    private final Hub hub;

    Inventory(Path root, Hub hub) {
        this.root = root;
        this.hub = hub;
    }

    /** All models, by name. */
    List<CachedModel> models() {
        List<CachedModel> models = new ArrayList<>();
        for (String folder : names(root)) {
            if (folder.startsWith(PREFIX)) {
                HubName.find(folder.substring(PREFIX.length()).replace("--", "/"))
                        .ifPresent(name -> models.addAll(models(name)));
            }
        }
        return models;
    }

    private List<CachedModel> models(HubName name) {
        HubCache cache = new HubCache(root, name.repository());
        Map<String, String> revisions = cache.revisions(); // by commit
        List<CachedModel> models = new ArrayList<>();
        for (String commit : names(cache.snapshot("x").resolveSibling(""))) {
            if (HubName.isCommit(commit)) {
                HubName state = new HubName(name.repository(), revisions.getOrDefault(commit, commit), "");
                models.addAll(states(state, commit, cache));
            }
        }
        return models;
    }

    /** A commit may hold a checkpoint and any number of GGUFs. */
    private List<CachedModel> states(HubName name, String commit, HubCache cache) {
        List<CachedModel> models = new ArrayList<>();
        List<RepoFile> held = cache.held(commit);
        hub.find(name).ifPresent(path -> {
            List<RepoFile> rest =
                    held.stream().filter(file -> !GgufChoice.isGguf(file)).toList();
            models.add(model(name, commit, CachedModel.Format.SAFETENSORS, rest, cache, path));
        });
        for (List<RepoFile> parts : GgufChoice.models(held)) {
            HubName part = name.with(parts.get(0).path());
            hub.find(part)
                    .ifPresent(path -> models.add(model(part, commit, CachedModel.Format.GGUF, parts, cache, path)));
        }
        if (models.isEmpty()) {
            models.add(model(name, commit, CachedModel.Format.NONE, held, cache, cache.snapshot(commit)));
        }
        return models;
    }

    private static CachedModel model(
            HubName name, String commit, CachedModel.Format format, List<RepoFile> files, HubCache cache, Path path) {
        Instant used = files.stream()
                .map(file -> lastUsed(cache.snapshot(commit).resolve(file.path())))
                .max(Instant::compareTo)
                .orElse(Instant.EPOCH);
        return new CachedModel(
                name, commit, format, files.stream().mapToLong(RepoFile::size).sum(), used, path);
    }

    private static Instant lastUsed(Path path) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
            return attributes.lastAccessTime().toInstant();
        } catch (IOException e) {
            return Instant.EPOCH; // deleted meanwhile
        }
    }

    private static List<String> names(Path directory) {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> paths = Files.list(directory)) {
            return paths.map(path -> path.getFileName().toString()).sorted().toList();
        } catch (IOException | UncheckedIOException e) {
            throw new CheckpointException(directory.toString(), "cannot be listed: " + e.getMessage(), e);
        }
    }
}
