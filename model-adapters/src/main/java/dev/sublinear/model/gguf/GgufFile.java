package dev.sublinear.model.gguf;

import static dev.sublinear.model.checkpoint.CheckpointException.quote;

import dev.sublinear.model.checkpoint.CheckpointException;
import dev.sublinear.model.checkpoint.StoredWeights.Grid;
import dev.sublinear.model.checkpoint.WatchedFile;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * One GGUF file, opened once. Rows are read a chunk at a time, not mapped: a mapped file that someone truncates takes the JVM
 * down when it is touched. For one thread at a time.
 */
final class GgufFile implements AutoCloseable {
    private static final int CHUNK_BYTES = 1 << 20;
    private static final int CHUNK_FLOATS = 1 << 16;

    private final WatchedFile file;
    private final GgufHead head;
    private final byte[] bytes = new byte[CHUNK_BYTES];
    private final float[] floats = new float[CHUNK_FLOATS];

    /**
     * Opens a file and reads its head.
     *
     * @throws CheckpointException if it is not GGUF, or says what cannot be
     */
    static GgufFile open(Path path) {
        if (!Files.exists(path)) {
            throw new CheckpointException(path.toString(), "no such file");
        }
        if (!Files.isRegularFile(path)) {
            throw new CheckpointException(path.toString(), "must be a regular file");
        }
        WatchedFile file = WatchedFile.open(path);
        try {
            return new GgufFile(file, GgufHead.read(file));
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private GgufFile(WatchedFile file, GgufHead head) {
        this.file = file;
        this.head = head;
    }

    String name() {
        return file.name();
    }

    Path path() {
        return file.path();
    }

    long size() {
        return file.size();
    }

    GgufMetadata metadata() {
        return head.metadata();
    }

    Map<String, GgufTensor> tensors() {
        return head.tensors();
    }

    /**
     * Puts rows of a tensor into {@code into}, as floats.
     *
     * @param tensor one of this file's
     * @param first the first row, of all matrices if it is several
     * @throws CheckpointException if a number is not finite, or the file has changed since it was opened
     */
    void read(GgufTensor tensor, long first, long rows, FloatBuffer into) {
        GgufType type = tensor.type();
        read(tensor, type.decoder(), type.blockWeights(), first, rows, into);
    }

    /** Puts the grid of rows of a tensor that has one into {@code into}. */
    void readGrid(GgufTensor tensor, long first, long rows, FloatBuffer into) {
        GgufType type = tensor.type();
        read(tensor, type.grid().orElseThrow(), 2 * type.blockWeights() / Grid.GROUP, first, rows, into);
    }

    private void read(
            GgufTensor tensor, BlockDecoder decoder, int floatsOfBlock, long first, long rows, FloatBuffer into) {
        GgufType type = tensor.type();
        int most = Math.min(CHUNK_BYTES / type.blockBytes(), CHUNK_FLOATS / type.blockWeights());
        long position = tensor.position() + first * tensor.rowBytes();
        long left = rows * (tensor.width() / type.blockWeights());
        while (left > 0) {
            int blocks = (int) Math.min(most, left);
            file.read(position, ByteBuffer.wrap(bytes, 0, blocks * type.blockBytes()));
            decoder.decode(bytes, blocks, floats);
            requireFinite(tensor, blocks * floatsOfBlock);
            into.put(floats, 0, blocks * floatsOfBlock);
            position += (long) blocks * type.blockBytes();
            left -= blocks;
        }
    }

    private void requireFinite(GgufTensor tensor, int count) {
        int greatest = 0;
        for (int i = 0; i < count; i++) {
            greatest = Math.max(greatest, Float.floatToRawIntBits(floats[i]) & 0x7fffffff);
        }
        if (greatest >= 0x7f800000) {
            throw new CheckpointException(
                    name(), "tensor " + quote(tensor.name()) + ": must be finite, has a number or scale that is not");
        }
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
