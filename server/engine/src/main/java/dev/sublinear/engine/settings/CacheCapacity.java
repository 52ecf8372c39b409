package dev.sublinear.engine.settings;

/** How many bytes the caches of all sequences may take. */
public sealed interface CacheCapacity {

    /**
     * Returns the bytes for all caches.
     *
     * @param left bytes that everything else leaves
     */
    long of(long left);

    /** A number of bytes that the operator sets. */
    record Fixed(long bytes) implements CacheCapacity {
        public Fixed {
            if (bytes < 1) {
                throw new IllegalArgumentException("must be at least 1 byte, was " + bytes);
            }
        }

        @Override
        public long of(long left) {
            return bytes;
        }
    }

    /** Three quarters of what everything else leaves: allocators keep some, and so do other processes. */
    record OfWhatIsLeft() implements CacheCapacity {
        @Override
        public long of(long left) {
            return Math.max(1, left / 4 * 3);
        }
    }
}
