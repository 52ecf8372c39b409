package dev.sublinear.engine.settings;

import dev.sublinear.model.ModelSpec;

/** How many threads compute a tensor operation. Results are reproducible for one number of them. */
public sealed interface Threads {

    /** Returns how many a model of these sizes gets. */
    int of(ModelSpec spec);

    /** A number of threads that the operator sets. */
    record Fixed(int count) implements Threads {
        private static final int MAX = 1024;

        public Fixed {
            if (count < 1 || count > MAX) {
                throw new IllegalArgumentException("must be from 1 to " + MAX + ", was " + count);
            }
        }

        @Override
        public int of(ModelSpec spec) {
            return count;
        }
    }

    /** One for a small model, whose operations take less time than threads need to meet; else every core. */
    record BySize() implements Threads {
        private static final long SMALL = 50_000_000;

        @Override
        public int of(ModelSpec spec) {
            return spec.parameters() < SMALL ? 1 : Runtime.getRuntime().availableProcessors();
        }
    }
}
