package dev.sublinear.model.hub;

import dev.sublinear.model.checkpoint.CheckpointException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/*
 * The layout is that of huggingface_hub:
 *
 *   models--org--name/refs/main              the commit that the branch stood for
 *   models--org--name/blobs/ETAG             what files hold, once for all commits
 *   models--org--name/snapshots/COMMIT/...   links to them by their names
 *   models--org--name/trees/COMMIT.json      all files that the commit has
 *   .locks/models--org--name/ETAG.lock
 *
 * What has its final name is whole: everything is written under another name and renamed.
 */
/** One repository's part of the cache that Hugging Face's tools share. Reading never writes. */
final class HubCache {
    private static final String UNKNOWN = "0".repeat(40);
    private static final String TAG = "CACHEDIR.TAG";
    private static final String TAG_CONTENT = """
            Signature: 8a477f597d28d172789f06886806bc55
            # This file is a cache directory tag created by huggingface_hub.
            # For information about cache directory tags, see:
            #\thttps://bford.info/cachedir/
            """;

    private final Path root;
    private final String folder;

    HubCache(Path root, String repository) {
        this.root = root;
        this.folder = folderOf(repository);
    }

    static String folderOf(String repository) {
        return "models--" + repository.replace("/", "--");
    }

    Path root() {
        return root;
    }

    /** The commit that a revision stood for when it was last asked for, or the commit that it is. */
    Optional<String> commit(String revision) {
        if (HubName.isCommit(revision)) {
            return Optional.of(revision);
        }
        try {
            return Optional.of(Files.readString(ref(revision)).strip()).filter(HubName::isCommit);
        } catch (IOException e) {
            return Optional.empty(); // missing, or not readable for us: the same
        }
    }

    /** Remembers the commit that a revision stands for. */
    void remember(String revision, String commit) throws IOException {
        if (!HubName.isCommit(revision) && !commit(revision).equals(Optional.of(commit))) {
            write(ref(revision), commit);
        }
    }

    /** All files of a commit, if the cache has its list. */
    Optional<List<RepoFile>> tree(String commit) {
        return Tree.read(trees(commit));
    }

    void remember(String commit, List<RepoFile> files) throws IOException {
        write(trees(commit), Tree.write(files));
    }

    Path snapshot(String commit) {
        return repository().resolve("snapshots").resolve(commit);
    }

    /** The files of a commit that are in the cache, for a commit whose list is not. */
    List<RepoFile> held(String commit) {
        Path snapshot = snapshot(commit);
        if (!Files.isDirectory(snapshot)) {
            return List.of();
        }
        List<RepoFile> held = new ArrayList<>();
        try (Stream<Path> paths = Files.walk(snapshot)) {
            for (Path path : paths.filter(Files::isRegularFile).sorted().toList()) {
                String name = snapshot.relativize(path).toString().replace('\\', '/');
                held.add(new RepoFile(name, Files.size(path), UNKNOWN, "", ""));
            }
            return held;
        } catch (IOException | UncheckedIOException e) {
            throw new CheckpointException(snapshot.toString(), "cannot be listed: " + e.getMessage(), e);
        }
    }

    /** Which revision was last known to stand for a commit, by commit; main before others. */
    Map<String, String> revisions() {
        Path refs = repository().resolve("refs");
        Map<String, String> revisions = new TreeMap<>();
        if (!Files.isDirectory(refs)) {
            return revisions;
        }
        try (Stream<Path> paths = Files.walk(refs)) {
            for (Path path : paths.filter(Files::isRegularFile).sorted().toList()) {
                String revision = refs.relativize(path).toString().replace('\\', '/');
                commit(revision).ifPresent(commit -> revisions.merge(commit, revision, HubCache::better));
            }
            return revisions;
        } catch (IOException | UncheckedIOException e) {
            throw new CheckpointException(refs.toString(), "cannot be listed: " + e.getMessage(), e);
        }
    }

    private static String better(String one, String other) {
        return other.equals(HubName.MAIN) ? other : one;
    }

    /** The bytes of a file that are still to be fetched. */
    long bytesToCome(RepoFile file) {
        if (hasBlob(file)) {
            return 0;
        }
        try {
            Path partial = partial(file);
            return Math.max(0, file.size() - (Files.exists(partial) ? Files.size(partial) : 0));
        } catch (IOException e) {
            return file.size(); // the size of the partial file cannot be read
        }
    }

    /** Whether the complete file is in the cache under its name. */
    boolean has(String commit, RepoFile file) {
        return hasSize(snapshot(commit).resolve(file.path()), file.size());
    }

    /** Whether the complete content of a file is in the cache, under any name. */
    boolean hasBlob(RepoFile file) {
        return hasSize(blob(file), file.size());
    }

    Path blob(RepoFile file) {
        return repository().resolve("blobs").resolve(file.blob());
    }

    /** The partial file of a download. Python's tools have other names for theirs. */
    Path partial(RepoFile file) {
        return repository().resolve("blobs").resolve(file.blob() + ".sublinear.incomplete");
    }

    Path lock(RepoFile file) {
        return root.resolve(".locks").resolve(folder).resolve(file.blob() + ".lock");
    }

    /** Gives content in the cache the name of its file: a link where the file system has links, else a copy. */
    void link(String commit, RepoFile file) throws IOException {
        if (!has(commit, file)) { // else another process was faster, and may be reading it
            link(blob(file), snapshot(commit).resolve(file.path()));
        }
    }

    static void link(Path blob, Path named) throws IOException {
        Path folder = named.resolveSibling("");
        Files.createDirectories(folder);
        Files.deleteIfExists(named);
        try {
            Files.createSymbolicLink(named, folder.relativize(blob));
        } catch (FileAlreadyExistsException e) {
            return; // another process was faster
        } catch (UnsupportedOperationException | FileSystemException e) {
            copy(blob, named);
        }
    }

    private static void copy(Path blob, Path named) throws IOException {
        try {
            Files.createLink(named, blob); // no second copy where a file may have two names
        } catch (UnsupportedOperationException | FileSystemException e) {
            Path temporary = Files.createTempFile(named.resolveSibling(""), "copy", ".tmp");
            Files.copy(blob, temporary, StandardCopyOption.REPLACE_EXISTING);
            Files.move(temporary, named, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /** Makes the folders, and tells backup programs that the cache can be downloaded again. */
    void prepare() throws IOException {
        Files.createDirectories(repository().resolve("blobs"));
        Path tag = root.resolve(TAG);
        if (!Files.exists(tag)) {
            write(tag, TAG_CONTENT);
        }
    }

    private Path repository() {
        return root.resolve(folder);
    }

    private Path ref(String revision) {
        return repository().resolve("refs").resolve(revision);
    }

    private Path trees(String commit) {
        return repository().resolve("trees").resolve(commit + ".json");
    }

    private static boolean hasSize(Path path, long size) {
        try {
            return Files.isRegularFile(path) && Files.size(path) == size;
        } catch (IOException e) {
            return false; // what cannot be read is not here
        }
    }

    private static void write(Path path, String content) throws IOException {
        Path folder = path.resolveSibling("");
        Files.createDirectories(folder);
        Path temporary = Files.createTempFile(folder, "new", ".tmp");
        try {
            Files.writeString(temporary, content);
            Files.move(temporary, path, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }
}
