package dev.sublinear.server.http.connection;

import dev.sublinear.engine.fairness.DynamicThreshold;
import dev.sublinear.server.http.connection.wire.StrictRequestDecoder;

/** Bounds the bytes that the heads, bodies or replies of all requests take together, and of them each caller's by a {@link DynamicThreshold}. */
public final class SharedMemory {
    private final DynamicThreshold bytes;

    public SharedMemory(long limit) {
        this.bytes = DynamicThreshold.ofAll(limit);
    }

    /** Returns what one caller has of it. */
    StrictRequestDecoder.Room of(String caller) {
        return new StrictRequestDecoder.Room() {
            @Override
            public boolean reserve(int bytes) {
                return SharedMemory.this.reserve(caller, bytes);
            }

            @Override
            public void free(int bytes) {
                SharedMemory.this.free(caller, bytes);
            }
        };
    }

    /** Begins to hold something of a caller's that grows. */
    public Held hold(String caller) {
        return new Held(this, caller);
    }

    /** What one caller holds of it for one thing, until it is released as a whole. */
    public static final class Held {
        private final SharedMemory memory;
        private final String caller;
        private int length;
        private boolean released;

        private Held(SharedMemory memory, String caller) {
            this.memory = memory;
            this.caller = caller;
        }

        /** Sets aside more bytes, and returns whether there is room for them, or nothing is held any more. */
        public synchronized boolean more(int bytes) {
            if (released) {
                return true;
            }
            boolean fits = memory.reserve(caller, bytes);
            length += fits ? bytes : 0;
            return fits;
        }

        public synchronized void release() {
            released = true;
            memory.free(caller, length);
            length = 0;
        }
    }

    /** Sets aside this number of bytes, and returns whether the caller's share leaves room for them. */
    synchronized boolean reserve(String caller, int length) {
        boolean allowed = bytes.allows(caller, length);
        if (allowed) {
            bytes.add(caller, length);
        }
        return allowed;
    }

    synchronized void free(String caller, int length) {
        bytes.remove(caller, length);
    }

    public synchronized long used() {
        return bytes.held();
    }
}
