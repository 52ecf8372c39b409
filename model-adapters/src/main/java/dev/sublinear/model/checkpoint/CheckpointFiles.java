package dev.sublinear.model.checkpoint;

import static dev.sublinear.model.checkpoint.CheckpointException.quote;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** The files of a directory, by plain name. Files outside the directory cannot be reached. */
public final class CheckpointFiles {
    private static final Pattern PLAIN_NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,254}");
    private static final Pattern PICKLE = Pattern.compile(".*\\.(bin|pt|pth|pkl|ckpt)");
    private static final Pattern IGNORED = Pattern.compile(".*\\.(bin|pt|pth|pkl|ckpt|py|zip|tar|gz|tgz|xz|7z)");

    private final Path directory;
    private final Path root;

    private CheckpointFiles(Path directory, Path root) {
        this.directory = directory;
        this.root = root;
    }

    public static CheckpointFiles of(Path directory) {
        try {
            if (!Files.exists(directory)) {
                throw new CheckpointException(directory.toString(), "no such directory");
            }
            if (!Files.isDirectory(directory)) {
                throw new CheckpointException(directory.toString(), "must be a directory that holds a checkpoint");
            }
            Path real = directory.toRealPath();
            return new CheckpointFiles(real, real);
        } catch (IOException e) {
            throw new CheckpointException(directory.toString(), "cannot be read: " + e.getMessage(), e);
        }
    }

    public Path directory() {
        return directory;
    }

    /** The files of a subdirectory, if it exists. They must lie in this directory, too. */
    public Optional<CheckpointFiles> within(String name) {
        Path path = directory.resolve(name);
        return Files.isDirectory(path) ? Optional.of(new CheckpointFiles(path, root)) : Optional.empty();
    }

    /** The directory's own name. */
    public String name() {
        String name = String.valueOf(directory.getFileName());
        return name.endsWith("/") ? name.substring(0, name.length() - 1) : name;
    }

    public boolean has(String file) {
        return PLAIN_NAME.matcher(file).matches() && Files.exists(directory.resolve(file));
    }

    /**
     * Returns the path of a file in the directory.
     *
     * @throws CheckpointException if the name is not plain, or the file is missing, not regular, or a link that leads
     *     out of the directory
     */
    public Path path(String file) {
        if (!PLAIN_NAME.matcher(file).matches()) {
            throw new CheckpointException(
                    name(), "the name of a file in it must be plain, without path, was " + quote(file));
        }
        Path path = directory.resolve(file);
        try {
            if (!Files.exists(path)) {
                throw new CheckpointException(file, "is missing in " + directory);
            }
            if (!isOwn(path.toRealPath())) {
                throw new CheckpointException(
                        file, "must lie in " + root + ", but is a link out of it (a copy made with cp -L is fine)");
            }
            if (!Files.isRegularFile(path)) {
                throw new CheckpointException(file, "must be a regular file");
            }
            return path;
        } catch (IOException e) {
            throw new CheckpointException(file, "cannot be read: " + e.getMessage(), e);
        }
    }

    /**
     * Whether a file lies in the directory; or, where this is a snapshot in the cache of Hugging Face's tools, in the folder
     * that all snapshots of its repository link to.
     */
    private boolean isOwn(Path real) {
        if (real.startsWith(root)) {
            return true;
        }
        Path snapshots = root.getParent();
        if (snapshots == null || !snapshots.endsWith("snapshots")) {
            return false;
        }
        Path repository = snapshots.getParent();
        return repository != null
                && String.valueOf(repository.getFileName()).startsWith("models--")
                && repository.resolve("blobs").equals(real.getParent());
    }

    /** Names of pickles, code and archives, which are never opened. */
    public List<String> ignored() {
        return matching(IGNORED);
    }

    /** Names of pickled weights. */
    public List<String> pickles() {
        return matching(PICKLE);
    }

    /** Plain names with this ending. */
    public List<String> endingWith(String suffix) {
        return matching(Pattern.compile(".*" + Pattern.quote(suffix))).stream()
                .filter(PLAIN_NAME.asMatchPredicate())
                .toList();
    }

    private List<String> matching(Pattern pattern) {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> paths = Files.newDirectoryStream(directory)) {
            for (Path path : paths) {
                String name = String.valueOf(path.getFileName());
                if (pattern.matcher(name.toLowerCase(Locale.ROOT)).matches()) {
                    names.add(name);
                }
            }
        } catch (IOException e) {
            throw new CheckpointException(name(), "cannot be listed: " + e.getMessage(), e);
        }
        Collections.sort(names);
        return names;
    }
}
