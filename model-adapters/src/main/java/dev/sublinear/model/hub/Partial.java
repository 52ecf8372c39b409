package dev.sublinear.model.hub;

import dev.sublinear.model.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The bytes of a file that have come, hashed as they come. Faults of the disk are refusals, never tried again. */
final class Partial implements AutoCloseable {
    private static final int BUFFER = 1 << 20;

    private final RepoFile file;
    private final Path path;
    private final FileChannel channel;
    private final MessageDigest hash;
    private long size;

    private Partial(RepoFile file, Path path, FileChannel channel) {
        this.file = file;
        this.path = path;
        this.channel = channel;
        this.hash = digest(file);
    }

    /** Goes on with a partial file, unless it is longer than the file. */
    static Partial open(RepoFile file, Path path) {
        try {
            FileChannel channel = FileChannel.open(
                    path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            try {
                Partial partial = new Partial(file, path, channel);
                if (channel.size() > file.size()) {
                    channel.truncate(0);
                }
                partial.readAgain();
                return partial;
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        } catch (IOException e) {
            throw unwritable(path, e);
        }
    }

    private void readAgain() throws IOException {
        begin();
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
        for (long there = channel.size(); size < there; ) {
            if (channel.read(buffer) < 0) {
                throw new IOException("it became shorter while it was read");
            }
            size += buffer.flip().remaining();
            hash.update(buffer);
            buffer.clear();
        }
    }

    private void begin() {
        hash.reset();
        size = 0;
        if (!file.isLarge()) {
            hash.update(("blob " + file.size() + "\0").getBytes(StandardCharsets.UTF_8));
        }
    }

    /** The number of bytes that have come. */
    long size() {
        return size;
    }

    void append(ByteBuffer bytes) {
        hash.update(bytes.duplicate());
        try {
            while (bytes.hasRemaining()) {
                size += channel.write(bytes, size);
            }
        } catch (IOException e) {
            throw unwritable(path, e);
        }
    }

    /** Empties the partial file. */
    void restart() {
        try {
            channel.truncate(0);
            begin();
        } catch (IOException e) {
            throw unwritable(path, e);
        }
    }

    /**
     * Gives the whole file its final name, once it is on the disk.
     *
     * @throws CheckpointException if size or hash are not those of the hub's list; then the file is deleted
     */
    void finish(Path blob) {
        String found = HexFormat.of().formatHex(hash.digest());
        if (!found.equals(file.blob())) {
            delete();
            throw new CheckpointException(
                    file.path(),
                    "its " + (file.isLarge() ? "SHA-256" : "git hash") + " must be " + file.blob()
                            + " by the hub's list, was " + found
                            + "; what came was deleted: try again, and if it stays so, the hub or what is between is broken");
        }
        try {
            channel.force(true);
            channel.close();
            Files.move(path, blob, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw unwritable(blob, e);
        }
    }

    /** Deletes the partial file. */
    void delete() {
        try {
            channel.close();
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw unwritable(path, e);
        }
    }

    static CheckpointException unwritable(Path path, IOException e) {
        return new CheckpointException(
                path.toString(),
                "cannot be written (" + e.getClass().getSimpleName() + ": " + e.getMessage()
                        + "); HF_HUB_CACHE names another place",
                e);
    }

    private static MessageDigest digest(RepoFile file) {
        try {
            return MessageDigest.getInstance(file.isLarge() ? "SHA-256" : "SHA-1");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-1 and SHA-256", e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw unwritable(path, e);
        }
    }
}
