package dev.sublinear.model.huggingface;

import static dev.sublinear.model.checkpoint.CheckpointException.quote;

import dev.sublinear.model.checkpoint.CheckpointException;
import dev.sublinear.model.checkpoint.ElementType;
import dev.sublinear.model.checkpoint.FloatBlocks;
import dev.sublinear.model.checkpoint.WatchedFile;
import dev.sublinear.model.huggingface.SafetensorsHeader.Entry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;

/** One safetensors file. Numbers are read a chunk at a time into one buffer. */
final class WeightFile implements AutoCloseable {
    private static final int CHUNK_BYTES = 1 << 20;

    private final WatchedFile file;
    private final Map<String, Entry> entries;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);

    /** Opens {@code path} and reads its header. */
    static WeightFile open(Path path) {
        WatchedFile file = WatchedFile.open(path);
        try {
            return new WeightFile(file, SafetensorsHeader.read(file.name(), file.channel()));
        } catch (IOException e) {
            file.close();
            throw new CheckpointException(file.name(), "cannot be read: " + e.getMessage(), e);
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private WeightFile(WatchedFile file, SafetensorsHeader header) {
        this.file = file;
        this.entries = header.entries();
    }

    String name() {
        return file.name();
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
                    name(), "tensor " + quote(tensor) + ": must be F32, F16 or BF16, was " + type.name());
        }
        Objects.checkFromIndexSize(fromElement, into.remaining(), entry.info().elements());
        FloatBlocks blocks = new FloatBlocks(type);
        long element = fromElement;
        while (into.hasRemaining()) {
            int count = Math.min(into.remaining(), CHUNK_BYTES / type.bytes());
            int finite = copy(blocks, entry.position() + element * type.bytes(), count, into);
            if (finite < count) {
                throw new CheckpointException(
                        name(),
                        "tensor " + quote(tensor) + ": must be finite, was not at element " + (element + finite));
            }
            element += count;
        }
    }

    private int copy(FloatBlocks blocks, long position, int count, FloatBuffer into) {
        ByteBuffer chunk = buffer.clear().limit(count * blocks.type().bytes());
        file.read(position, chunk);
        return blocks.copy(chunk.flip(), count, into);
    }

    /** Refuses a file that is no longer the one that was opened. */
    void verifyUnchanged() {
        file.verifyUnchanged();
    }

    @Override
    public void close() {
        file.close();
    }
}
