package dev.sublinear.server.http.connection;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/** The bytes of one request's body, which count towards a limit of all bodies until they have been read. */
public final class RequestBody {
    private final byte[] bytes;
    private final Memory memory;
    private boolean counted = true;

    /** @param bytes which {@code memory} has set aside */
    RequestBody(byte[] bytes, Memory memory) {
        this.bytes = bytes;
        this.memory = memory;
    }

    /** Parses the bytes, which are forgotten after that. */
    public <T> T read(Function<byte[], T> parse) {
        try {
            return parse.apply(bytes);
        } finally {
            forget();
        }
    }

    /** Stops counting the bytes: they have been read, or will not be. */
    synchronized void forget() {
        if (counted) {
            counted = false;
            memory.free(bytes.length);
        }
    }

    /** Bounds the bytes that the bodies of all requests take together: many clients may send at once. */
    public static final class Memory {
        private final long limit;
        private final AtomicLong used = new AtomicLong();

        public Memory(long limit) {
            this.limit = limit;
        }

        /** Sets aside this number of bytes, and returns whether the limit leaves room for them. */
        boolean reserve(int length) {
            if (used.addAndGet(length) <= limit) {
                return true;
            }
            used.addAndGet(-length);
            return false;
        }

        void free(int length) {
            used.addAndGet(-length);
        }

        public long used() {
            return used.get();
        }
    }
}
