package dev.sublinear.engine.settings;

/** How many bytes the caches of all sequences may take. */
public sealed interface CacheCapacity {

    /** Returns the bytes, where so many are left by everything else. */
    long of(long left);

    /** As many as the operator says. */
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
