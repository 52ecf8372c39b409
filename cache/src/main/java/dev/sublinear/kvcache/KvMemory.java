package dev.sublinear.kvcache;

import static dev.sublinear.kvcache.precondition.Preconditions.require;

import java.util.Optional;

/**
 * Counts the bytes that caches may use and do use. Holds no tensors.
 *
 * <p>A sequence reserves its peak before it starts; its cache then reports every tensor that it makes or closes, and may
 * not go beyond the reservation. So memory cannot run out half way.
 */
public final class KvMemory {
    private final long capacity;
    private long reserved;
    private long used;

    /** @param capacity in bytes */
    public KvMemory(long capacity) {
        require(capacity > 0, "cache capacity must be positive, was %s bytes", capacity);
        this.capacity = capacity;
    }

    /** Reserves {@code bytes}, or returns empty when they do not fit now. */
    public Optional<Reservation> reserve(long bytes) {
        require(bytes >= 0, "a reservation must not be negative, was %s bytes", bytes);
        if (bytes > capacity - reserved) {
            return Optional.empty();
        }
        reserved += bytes;
        return Optional.of(new Reservation(bytes));
    }

    public long capacity() {
        return capacity;
    }

    public long reserved() {
        return reserved;
    }

    /** Returns the bytes of all tensors that caches hold now. */
    public long used() {
        return used;
    }

    /** Bytes set aside for one sequence until closed. */
    public final class Reservation implements AutoCloseable {
        private long bytes;
        private long taken;
        private boolean closed;

        private Reservation(long bytes) {
            this.bytes = bytes;
        }

        public long bytes() {
            return bytes;
        }

        /** Sets {@code more} bytes aside, or returns false when they do not fit now. */
        public boolean extend(long more) {
            require(more >= 0, "a reservation must not shrink, was %s bytes", more);
            if (closed || more > capacity - reserved) {
                return false;
            }
            bytes += more;
            reserved += more;
            return true;
        }

        /** Returns the bytes in use. */
        public long used() {
            return taken;
        }

        /** @throws IllegalStateException if the cache would outgrow its reservation, and takes nothing then */
        void take(long more) {
            requireRoom(more);
            taken += more;
            used += more;
        }

        /** @throws IllegalStateException if the cache would outgrow its reservation */
        void requireRoom(long more) {
            if (closed || more > bytes - taken) {
                throw new IllegalStateException("the cache needs " + more + " bytes beyond the " + taken
                        + " that it uses of its " + (closed ? "closed " : "") + "reservation of " + bytes);
            }
        }

        void give(long less) {
            taken -= less;
            used -= less;
        }

        /** Returns the bytes to the memory. Close the cache that uses them first. */
        @Override
        public void close() {
            if (taken != 0) {
                throw new IllegalStateException("a reservation is closed with " + taken + " bytes in use");
            }
            if (!closed) {
                closed = true;
                reserved -= bytes;
            }
        }
    }
}
