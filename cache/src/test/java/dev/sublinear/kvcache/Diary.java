package dev.sublinear.kvcache;

import java.util.ArrayList;
import java.util.List;

/** Writes down what it hears. */
final class Diary implements KvCacheListener {
    final List<String> events = new ArrayList<>();

    @Override
    public void onAppended(int layer, int seen, int retained) {
        events.add("layer " + layer + " has seen " + seen + ", holds " + retained);
    }

    @Override
    public void onTrimmed(int layer, int evicted, int retained) {
        events.add("layer " + layer + " lost " + evicted + ", holds " + retained);
    }

    @Override
    public void onTruncated(int layer, int seen, int retained) {
        events.add("layer " + layer + " back at " + seen + ", holds " + retained);
    }

    @Override
    public void onClosed() {
        events.add("closed");
    }
}
