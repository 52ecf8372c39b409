package dev.sublinear.load.run;

/** How requests are sent. */
public sealed interface Load {

    /** When they are due. */
    record Open(Arrivals arrivals) implements Load {
        @Override
        public String toString() {
            return arrivals.toString();
        }
    }

    /** The next when one has ended, so that there are always so many: how to find what a server can carry at most. */
    record Closed(int streams) implements Load {
        public Closed {
            if (streams < 1) {
                throw new IllegalArgumentException("streams must be at least 1, was " + streams);
            }
        }

        @Override
        public String toString() {
            return streams == 1 ? "1 stream" : streams + " streams";
        }
    }
}
