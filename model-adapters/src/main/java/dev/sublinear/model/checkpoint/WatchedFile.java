package dev.sublinear.model.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import org.jspecify.annotations.Nullable;

/**
 * A file that is opened once and read in parts, and whose changes are noticed. It is not mapped into memory: a mapping lasts until
 * the garbage collector runs, and the JVM crashes when it reads a mapping of a truncated file. For one thread at a time.
 */
public final class WatchedFile implements AutoCloseable {
    /** The attributes of a file, of which at least one differs once it is replaced or rewritten. */
    private record Identity(
            long size, FileTime modified, @Nullable Object key) {
        static Identity of(Path path) throws IOException {
            BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
            return new Identity(attributes.size(), attributes.lastModifiedTime(), attributes.fileKey());
        }
    }

    private final Path path;
    private final String name;
    private final Identity identity;
    private final SeekableByteChannel channel;

    /**
     * Opens a file.
     *
     * @throws CheckpointException if it cannot be read
     */
    public static WatchedFile open(Path path) {
        try {
            Identity identity = Identity.of(path);
            return new WatchedFile(path, identity, Files.newByteChannel(path));
        } catch (IOException e) {
            throw new CheckpointException(String.valueOf(path.getFileName()), "cannot be read: " + e.getMessage(), e);
        }
    }

    private WatchedFile(Path path, Identity identity, SeekableByteChannel channel) {
        this.path = path;
        this.name = String.valueOf(path.getFileName());
        this.identity = identity;
        this.channel = channel;
    }

    /** Its name, without the directory. */
    public String name() {
        return name;
    }

    public Path path() {
        return path;
    }

    /** Its size in bytes when it was opened. */
    public long size() {
        return identity.size;
    }

    /** The channel, to read a header from. */
    public SeekableByteChannel channel() {
        return channel;
    }

    /**
     * Fills what remains of {@code into}.
     *
     * @param position of the first byte
     * @throws CheckpointException if the file ends before, has another size than when it was opened, or cannot be read
     */
    public void read(long position, ByteBuffer into) {
        try {
            if (channel.size() != identity.size) {
                throw changed();
            }
            channel.position(position);
            while (into.hasRemaining()) {
                if (channel.read(into) < 0) {
                    throw changed();
                }
            }
        } catch (IOException e) {
            throw new CheckpointException(name, "cannot be read: " + e.getMessage(), e);
        }
    }

    /**
     * Refuses a file that is no longer the one that was opened.
     *
     * @throws CheckpointException if it is another, or gone
     */
    public void verifyUnchanged() {
        try {
            if (channel.size() != identity.size || !Identity.of(path).equals(identity)) {
                throw changed();
            }
        } catch (IOException e) {
            throw new CheckpointException(name, "disappeared while it was read: " + e.getMessage(), e);
        }
    }

    private CheckpointException changed() {
        return new CheckpointException(name, "changed while it was read");
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new CheckpointException(name, "cannot be closed: " + e.getMessage(), e);
        }
    }
}
