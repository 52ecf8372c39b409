package dev.sublinear.model.gguf;

import dev.sublinear.model.checkpoint.CheckpointException;
import dev.sublinear.model.checkpoint.WatchedFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Reads the head of a file through a window, little endian. A length is compared with the bytes that are left before
 * anything is allocated, so that a file cannot ask for more memory than it has bytes.
 */
final class GgufInput {
    private static final int WINDOW = 1 << 16;

    private final WatchedFile file;
    private final long end;
    private final boolean cut;
    private final ByteBuffer window = ByteBuffer.allocate(WINDOW).order(ByteOrder.LITTLE_ENDIAN);
    private long filled;

    /** @param most how far into the file the head may reach, in bytes */
    GgufInput(WatchedFile file, long most) {
        this.file = file;
        this.end = Math.min(file.size(), most);
        this.cut = most < file.size();
        window.limit(0);
    }

    /** The offset of the next byte in the file. */
    long position() {
        return filled - window.remaining();
    }

    /** How many more bytes the head may have. */
    private long left() {
        return end - position();
    }

    int u8(String what) {
        return next(1, what).get() & 0xff;
    }

    short i16(String what) {
        return next(Short.BYTES, what).getShort();
    }

    int i32(String what) {
        return next(Integer.BYTES, what).getInt();
    }

    long i64(String what) {
        return next(Long.BYTES, what).getLong();
    }

    /**
     * Reads how many elements follow.
     *
     * @param least the smallest number of bytes that an element takes
     * @param most the largest number of elements that is allowed
     */
    int count(String what, long least, int most) {
        long count = i64(what);
        if (count < 0 || count > most) {
            throw refuse(what + " must be at most " + most + ", was " + Long.toUnsignedString(count));
        }
        require(count * least, what + " " + count);
        return (int) count;
    }

    /** A string of at most {@code most} bytes of UTF-8. */
    String string(String what, int most) {
        int length = count("the length of " + what, 1, most);
        byte[] bytes = new byte[length];
        for (int done = 0; done < length; ) {
            int part = Math.min(length - done, WINDOW);
            next(part, what).get(bytes, done, part);
            done += part;
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new CheckpointException(file.name(), what + " must be UTF-8", e);
        }
    }

    /** The window, with at least {@code bytes} to be read, which are no more than it has room for. */
    private ByteBuffer next(int bytes, String what) {
        if (window.remaining() < bytes) {
            require(bytes, what);
            window.compact();
            window.limit((int) Math.min(window.capacity(), window.position() + (end - filled)));
            int more = window.remaining();
            file.read(filled, window);
            filled += more;
            window.flip();
        }
        return window;
    }

    private void require(long bytes, String what) {
        if (bytes > left()) {
            throw refuse(
                    cut
                            ? "its head must not be larger than " + end + " bytes, " + what + " at byte " + position()
                                    + " ends beyond"
                            : "must be complete, but ends at byte " + end + ", within " + what + " at byte "
                                    + position());
        }
    }

    CheckpointException refuse(String rule) {
        return new CheckpointException(file.name(), rule);
    }
}
