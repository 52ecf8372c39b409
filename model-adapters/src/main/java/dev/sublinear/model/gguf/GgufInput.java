package dev.sublinear.model.gguf;

import dev.sublinear.model.CheckpointException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Reads the head of a file through a window, little endian. What it is told to read it first compares with what is left, so
 * that a length in a file costs no memory that the file does not have.
 */
final class GgufInput {
    private static final int WINDOW = 1 << 16;

    private final String file;
    private final FileChannel channel;
    private final long end;
    private final boolean cut;
    private final ByteBuffer window = ByteBuffer.allocate(WINDOW).order(ByteOrder.LITTLE_ENDIAN);
    private long filled;

    /**
     * @param size of the file, in bytes
     * @param most how far into the file the head may reach, in bytes
     */
    GgufInput(String file, FileChannel channel, long size, long most) {
        this.file = file;
        this.channel = channel;
        this.end = Math.min(size, most);
        this.cut = most < size;
        window.limit(0);
    }

    /** Where the next byte is read. */
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
     * A number of things that follow.
     *
     * @param least how many bytes one of them takes at least
     * @param most how many there may be
     */
    int count(String what, long least, int most) {
        long count = i64(what);
        if (count < 0 || count > most) {
            throw refuse(what + " must be at most " + most + ", was " + Long.toUnsignedString(count));
        }
        require(count * least, what + " " + count);
        return (int) count;
    }

    /** A string of at most so many bytes of UTF-8. */
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
            throw new CheckpointException(file, what + " must be UTF-8", e);
        }
    }

    /** The window, with at least {@code bytes} to be read, which are no more than it has room for. */
    private ByteBuffer next(int bytes, String what) {
        if (window.remaining() < bytes) {
            require(bytes, what);
            try {
                window.compact();
                window.limit((int) Math.min(window.capacity(), window.position() + (end - filled)));
                while (window.hasRemaining()) {
                    int read = channel.read(window, filled);
                    if (read < 0) {
                        throw refuse("became shorter while it was read");
                    }
                    filled += read;
                }
                window.flip();
            } catch (IOException e) {
                throw new CheckpointException(file, "cannot be read: " + e.getMessage(), e);
            }
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
        return new CheckpointException(file, rule);
    }
}
