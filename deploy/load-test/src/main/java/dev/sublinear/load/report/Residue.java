package dev.sublinear.load.report;

import dev.sublinear.load.workload.LoadTestException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a server holds while it has nothing to do; after any load it must hold no more than before. */
public final class Residue {
    /** Must be exactly what they were. */
    private static final List<String> EXACT = List.of(
            "sublinear_native_tensors",
            "sublinear_kvcache_bytes",
            "sublinear_kvcache_reserved_bytes",
            "sublinear_kvcache_live_seen_tokens",
            "sublinear_kvcache_live_retained_tokens",
            "sublinear_requests_running",
            "sublinear_requests_waiting");

    /** Must not be more: a pool may let a thread or a chunk go that it had at the start. */
    private static final List<String> AT_MOST =
            List.of("sublinear_netty_direct_bytes", "process_files_open_files", "jvm_threads_live_threads");

    /** Shown, but the garbage collector decides when they go: DJL hands tensors over in buffers. */
    private static final List<String> COLLECTED =
            List.of("jvm_buffer_count_buffers{id=\"direct\"}", "jvm_buffer_memory_used_bytes{id=\"direct\"}");

    private static final int SETTLED_LOOKS = 5;
    private static final int MOST_LOOKS = 100;

    private Residue() {}

    /**
     * One value.
     *
     * @param isClean whether it has returned to what it was
     */
    public record Value(String name, double before, double after, boolean isClean) {}

    /** Returns what a server holds once that has not changed for a moment. */
    public static MetricsPage settled(MetricsPage.Reader reader) {
        MetricsPage page = reader.read();
        for (int same = 0, looks = 0; same < SETTLED_LOOKS && looks < MOST_LOOKS; looks++) {
            pause();
            MetricsPage next = reader.read();
            boolean still = compare(page, next).stream()
                    .allMatch(value -> value.before() == value.after() || COLLECTED.contains(value.name()));
            same = still ? same + 1 : 0;
            page = next;
        }
        return page;
    }

    /** Waits until a server holds no more than it did, as long as {@code patience} lasts; returns what it holds then. */
    public static List<Value> awaitReturn(MetricsPage.Reader reader, MetricsPage before, Duration patience) {
        long begin = System.nanoTime();
        while (true) {
            List<Value> values = compare(before, reader.read());
            if (values.stream().allMatch(Value::isClean) || System.nanoTime() - begin > patience.toNanos()) {
                return values;
            }
            pause();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(200);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LoadTestException("interrupted");
        }
    }

    static List<Value> compare(MetricsPage before, MetricsPage after) {
        Map<String, Value> values = new LinkedHashMap<>();
        for (String name : EXACT) {
            double was = before.value(name);
            double is = after.value(name);
            values.put(name, new Value(name, was, is, was == is));
        }
        for (String name : AT_MOST) {
            double was = before.value(name);
            double is = after.value(name);
            values.put(name, new Value(name, was, is, is <= was));
        }
        for (String name : COLLECTED) {
            values.put(name, new Value(name, before.value(name), after.value(name), true));
        }
        return List.copyOf(values.values());
    }
}
