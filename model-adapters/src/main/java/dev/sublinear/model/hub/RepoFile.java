package dev.sublinear.model.hub;

import static dev.sublinear.model.checkpoint.CheckpointException.quote;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sublinear.model.checkpoint.CheckpointException;
import java.util.regex.Pattern;

/**
 * A file of a repository at a commit.
 *
 * @param path relative to the repository, with {@code /} between folders
 * @param size in bytes
 * @param oid git's SHA-1 of the file, or of the pointer to it: 40 hexadecimal digits
 * @param sha256 of a large file's content, 64 hexadecimal digits; empty for a small file, which git itself holds
 * @param xet the file's name in Hugging Face's Xet store, which only its own tools use; empty if it has none
 */
record RepoFile(String path, long size, String oid, String sha256, String xet) {
    private static final long MOST_BYTES = 1L << 50;
    private static final Pattern OID = Pattern.compile("[0-9a-f]{40}");
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern OUTWARD = Pattern.compile("(?:.*/)?\\.{0,2}(?:/.*)?", Pattern.DOTALL);
    private static final Pattern CONTROL = Pattern.compile(".*[\\p{Cntrl}\\\\].*", Pattern.DOTALL);

    RepoFile {
        require(
                !OUTWARD.matcher(path).matches() && !CONTROL.matcher(path).matches(),
                "must lie inside the repository",
                path);
        require(size >= 0 && size <= MOST_BYTES, "must have at most a pebibyte, had " + size, path);
        require(OID.matcher(oid).matches(), "must have git's hash, had " + quote(oid), path);
        require(
                sha256.isEmpty() || SHA256.matcher(sha256).matches(),
                "must have a SHA-256, had " + quote(sha256),
                path);
    }

    /** Reads an entry of the hub's listing. */
    static RepoFile ofListing(JsonNode entry) {
        JsonNode lfs = entry.path("lfs");
        return new RepoFile(
                entry.path("path").asText(),
                lfs.path("size").asLong(entry.path("size").asLong(-1)),
                entry.path("oid").asText(),
                lfs.path("oid").asText(""),
                entry.path("xetHash").asText(""));
    }

    /** The name of its content in the cache, which is its ETag too. */
    String blob() {
        return isLarge() ? sha256 : oid;
    }

    boolean isLarge() {
        return !sha256.isEmpty();
    }

    private static void require(boolean rule, String message, String path) {
        if (!rule) {
            throw new CheckpointException(
                    "the hub's list of files", quote(path) + " " + message + "; nothing is taken");
        }
    }
}
