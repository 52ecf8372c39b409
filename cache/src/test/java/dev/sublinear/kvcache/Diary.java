package dev.sublinear.kvcache;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Writes down what it hears. */
final class Diary implements KvCacheListener {
    final List<String> events = new ArrayList<>();

    @Override
    public void onAppended(int layer, HeadLengths held) {
        events.add("layer " + layer + " has seen " + held.seen() + ", holds " + lengths(held));
    }

    @Override
    public void onTrimmed(int layer, int evicted, HeadLengths held) {
        events.add("layer " + layer + " lost " + evicted + ", holds " + lengths(held));
    }

    @Override
    public void onTruncated(int layer, HeadLengths held) {
        events.add("layer " + layer + " back at " + held.seen() + ", holds " + lengths(held));
    }

    private static String lengths(HeadLengths held) {
        return IntStream.range(0, held.heads())
                .mapToObj(head -> String.valueOf(held.length(head)))
                .collect(Collectors.joining(" and "));
    }

    @Override
    public void onClosed() {
        events.add("closed");
    }
}
