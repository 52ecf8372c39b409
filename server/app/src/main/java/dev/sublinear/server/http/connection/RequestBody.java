package dev.sublinear.server.http.connection;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Function;

/** The bytes of one request's body, which count towards a limit of all bodies from when they come until they have been read. */
public final class RequestBody {
    private static final int FIRST_BYTES = 64; // grows as bytes come: a client may declare a length and send less

    private final SharedMemory.Held held;
    private byte[] bytes = {};
    private int length;
    private boolean forgotten;

    /** @param caller whose share of the memory it takes */
    RequestBody(SharedMemory memory, String caller) {
        this.held = memory.hold(caller);
    }

    /**
     * Takes what has come, and returns whether there was memory for it.
     *
     * @param most bytes of the whole body
     */
    synchronized boolean append(ByteBuf content, int most) {
        int more = content.readableBytes();
        if (!held.more(more)) {
            return false;
        }
        int needed = length + more;
        if (needed > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(needed, Math.min(most, Math.max(FIRST_BYTES, 2 * bytes.length))));
        }
        content.readBytes(bytes, length, more);
        length = needed;
        return true;
    }

    /** Returns how many have come. */
    public int length() {
        return length;
    }

    /** Parses the bytes, which are forgotten after that; empty if they are forgotten already: the client has gone. */
    public <T> Optional<T> read(Function<byte[], T> parse) {
        try {
            return taken().map(parse);
        } finally {
            forget();
        }
    }

    private synchronized Optional<byte[]> taken() {
        if (forgotten) {
            return Optional.empty();
        }
        byte[] taken = bytes.length == length ? bytes : Arrays.copyOf(bytes, length);
        bytes = new byte[0];
        return Optional.of(taken);
    }

    /** Stops holding the bytes: they have been read, or will not be. */
    synchronized void forget() {
        forgotten = true;
        bytes = new byte[0];
        held.release();
    }
}
