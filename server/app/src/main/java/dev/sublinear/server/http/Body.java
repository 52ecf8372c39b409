package dev.sublinear.server.http;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/** The bytes of a request, counted until they have been read. */
final class Body {
    private final byte[] bytes;
    private final Memory memory;
    private boolean counted = true;

    /** @param bytes which {@code memory} has set aside */
    Body(byte[] bytes, Memory memory) {
        this.bytes = bytes;
        this.memory = memory;
    }

    /** Makes something of the bytes, which are not needed after that. */
    <T> T read(Function<byte[], T> parse) {
        try {
            return parse.apply(bytes);
        } finally {
            forget();
        }
    }

    /** They will not be read, or have been. */
    synchronized void forget() {
        if (counted) {
            counted = false;
            memory.free(bytes.length);
        }
    }

    /** What the bodies of all requests may take together, in bytes: many clients may send at once. */
    static final class Memory {
        private final long limit;
        private final AtomicLong used = new AtomicLong();

        Memory(long limit) {
            this.limit = limit;
        }

        /** Returns whether there is room for so many more. */
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

        long used() {
            return used.get();
        }
    }
}
