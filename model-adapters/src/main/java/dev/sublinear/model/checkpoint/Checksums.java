package dev.sublinear.model.checkpoint;

import static dev.sublinear.model.checkpoint.CheckpointException.quote;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * SHA-256 sums as {@code sha256sum} writes them: in SHA256SUMS for several files, or in FILE.sha256 for one. Where a checkpoint
 * has them, they are checked before anything is read.
 */
public final class Checksums {
    private static final String SUMS = "SHA256SUMS";
    private static final String SUFFIX = ".sha256";
    private static final int MAX_BYTES = 1 << 20;
    private static final int BUFFER = 1 << 20;
    private static final Pattern LINE = Pattern.compile("([0-9a-fA-F]{64})(?:[ \t]+\\*?(?:\\./)?(.+))?");

    private Checksums() {}

    /**
     * Checks the files of a directory. A listed file that is missing is ignored.
     *
     * @throws CheckpointException if a file has another sum
     */
    public static void verify(CheckpointFiles files) {
        if (files.has(SUMS)) {
            sums(SUMS, files.path(SUMS), "").forEach((file, sum) -> verify(files, SUMS, file, sum));
        }
        for (String manifest : files.endingWith(SUFFIX)) {
            String only = manifest.substring(0, manifest.length() - SUFFIX.length());
            sums(manifest, files.path(manifest), only).forEach((file, sum) -> verify(files, manifest, file, sum));
        }
    }

    /**
     * Checks one file by the sums that lie beside it.
     *
     * @throws CheckpointException if it has another sum
     */
    public static void verify(Path file) {
        String name = String.valueOf(file.getFileName());
        for (String manifest : List.of(SUMS, name + SUFFIX)) {
            Path path = file.resolveSibling(manifest);
            if (Files.exists(path)) {
                String expected =
                        sums(manifest, path, manifest.equals(SUMS) ? "" : name).get(name);
                if (expected != null) {
                    compare(manifest, name, file, expected);
                }
            }
        }
    }

    /** @param only the file that a line without a name is about; empty if every line must have a name */
    private static Map<String, String> sums(String manifest, Path path, String only) {
        Map<String, String> sums = new LinkedHashMap<>();
        for (String line : StrictJson.text(path, MAX_BYTES).lines().toList()) {
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            Matcher matcher = LINE.matcher(line.strip());
            if (!matcher.matches() || (matcher.group(2) == null && only.isEmpty())) {
                throw new CheckpointException(
                        manifest, "a line must be 64 hexadecimal digits and a file name, was " + quote(line));
            }
            sums.put(
                    matcher.group(2) == null || !only.isEmpty() ? only : matcher.group(2),
                    matcher.group(1).toLowerCase(Locale.ROOT));
        }
        if (sums.isEmpty()) {
            throw new CheckpointException(manifest, "must have a line for each file, has none");
        }
        return sums;
    }

    private static void verify(CheckpointFiles files, String manifest, String file, String expected) {
        if (files.has(file)) {
            compare(manifest, file, files.path(file), expected);
        }
    }

    private static void compare(String manifest, String file, Path path, String expected) {
        String found = sha256(file, path);
        if (!found.equals(expected)) {
            throw new CheckpointException(
                    file, "its SHA-256 must be " + expected + " by " + manifest + ", was " + found);
        }
    }

    private static String sha256(String file, Path path) {
        try (InputStream in = Files.newInputStream(path)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] buffer = new byte[BUFFER];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                digest.update(buffer, 0, read);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (IOException e) {
            throw new CheckpointException(file, "cannot be read: " + e.getMessage(), e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
