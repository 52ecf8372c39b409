package dev.sublinear.model;

import static dev.sublinear.model.CheckpointException.quote;

import dev.sublinear.model.SafetensorsHeader.Entry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;

/**
 * One safetensors file, opened once. Numbers are read a chunk at a time into one buffer, not mapped: maps stay until the
 * garbage collector comes, and a mapped file that someone truncates takes the JVM down when it is touched.
 */
final class WeightFile implements AutoCloseable {
    private static final int CHUNK_BYTES = 1 << 20;

    private final Path path;
    private final String name;
    private final FileIdentity identity;
    private final SeekableByteChannel channel;
    private final Map<String, Entry> entries;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);

    /** Opens {@code path} and reads its header. */
    static WeightFile open(Path path) {
        String name = String.valueOf(path.getFileName());
        try {
            FileIdentity identity = FileIdentity.of(path);
            SeekableByteChannel channel = Files.newByteChannel(path);
            try {
                return new WeightFile(path, identity, channel, SafetensorsHeader.read(name, channel));
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        } catch (IOException e) {
            throw new CheckpointException(name, "cannot be read: " + e.getMessage(), e);
        }
    }

    private WeightFile(Path path, FileIdentity identity, SeekableByteChannel channel, SafetensorsHeader header) {
        this.path = path;
        this.name = String.valueOf(path.getFileName());
        this.identity = identity;
        this.channel = channel;
        this.entries = header.entries();
    }

    String name() {
        return name;
    }

    /** The tensors, in the order in which they lie in the file. */
    Map<String, Entry> entries() {
        return entries;
    }

    /** See {@link WeightFiles#read}. */
    void read(String tensor, long fromElement, FloatBuffer into) {
        Entry entry = Objects.requireNonNull(entries.get(tensor), tensor);
        ElementType type = entry.info().type();
        if (!type.readable()) {
            throw new CheckpointException(
                    name, "tensor " + quote(tensor) + ": must be F32, F16 or BF16, was " + type.name());
        }
        Objects.checkFromIndexSize(fromElement, into.remaining(), entry.info().elements());
        FloatBlocks blocks = new FloatBlocks(type);
        long element = fromElement;
        while (into.hasRemaining()) {
            int count = Math.min(into.remaining(), CHUNK_BYTES / type.bytes());
            int finite = copy(blocks, entry.position() + element * type.bytes(), count, into);
            if (finite < count) {
                throw new CheckpointException(
                        name, "tensor " + quote(tensor) + ": must be finite, was not at element " + (element + finite));
            }
            element += count;
        }
    }

    private int copy(FloatBlocks blocks, long position, int count, FloatBuffer into) {
        try {
            if (channel.size() != identity.size()) {
                throw changed();
            }
            return blocks.copy(chunk(position, count * blocks.type().bytes()), count, into);
        } catch (IOException e) {
            throw new CheckpointException(name, "cannot be read: " + e.getMessage(), e);
        }
    }

    private ByteBuffer chunk(long position, int bytes) throws IOException {
        ByteBuffer chunk = buffer.clear().limit(bytes);
        channel.position(position);
        while (chunk.hasRemaining()) {
            if (channel.read(chunk) < 0) {
                throw changed();
            }
        }
        return chunk.flip();
    }

    /** Refuses a file that is no longer the one that was opened. */
    void verifyUnchanged() {
        try {
            if (channel.size() != identity.size() || !FileIdentity.of(path).equals(identity)) {
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
