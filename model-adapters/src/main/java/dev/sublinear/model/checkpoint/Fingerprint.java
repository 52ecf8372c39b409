package dev.sublinear.model.checkpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * A number that tells one checkpoint from another: SHA-256 over the size of each weight file and 256 blocks of 4 KiB spread over
 * it, and, for a directory, over config.json and the names of these files. Blocks are enough, as other training changes each of
 * them; reading a large checkpoint whole would take as long as loading it.
 */
public final class Fingerprint {
    private static final int BLOCKS = 256;
    private static final int BLOCK = 4096;

    private Fingerprint() {}

    /**
     * Returns 64 hexadecimal digits.
     *
     * @param checkpoint a directory with config.json and safetensors, or a single file
     * @throws UncheckedIOException if a file cannot be read
     */
    public static String of(Path checkpoint) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            if (Files.isDirectory(checkpoint)) {
                digest.update(Files.readAllBytes(checkpoint.resolve("config.json")));
                for (Path file : weights(checkpoint)) {
                    digest.update((file.getFileName() + " ").getBytes(StandardCharsets.UTF_8));
                    add(digest, file);
                }
            } else {
                add(digest, checkpoint);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The same for a checkpoint that consists of these files. */
    public static String of(List<Path> files) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (Path file : files) {
                add(digest, file);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<Path> weights(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".safetensors"))
                    .sorted()
                    .toList();
        }
    }

    private static void add(MessageDigest digest, Path file) throws IOException {
        long size = Files.size(file);
        digest.update((size + "\n").getBytes(StandardCharsets.UTF_8));
        try (SeekableByteChannel channel = Files.newByteChannel(file)) {
            ByteBuffer block = ByteBuffer.allocate(BLOCK);
            for (int i = 0; i < BLOCKS; i++) {
                channel.position(Math.max(0, (size - BLOCK) / (BLOCKS - 1) * i));
                block.clear();
                int read = 0;
                while (block.hasRemaining() && read >= 0) {
                    read = channel.read(block);
                }
                digest.update(block.flip());
            }
        }
    }
}
