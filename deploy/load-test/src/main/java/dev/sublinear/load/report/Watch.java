package dev.sublinear.load.report;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Looks at the server's metrics while a stage runs. */
public final class Watch implements AutoCloseable {
    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private final MetricsPage.Reader reader;
    private final Duration every;
    private final MetricsPage first;
    private final long firstNanos = System.nanoTime();
    private final long firstCpu = SYSTEM.getProcessCpuTime();
    private final List<Moment> moments = new ArrayList<>(); // of the thread, until it has ended
    private final Thread thread = new Thread(this::look, "watch");

    /**
     * What sequences held at one moment.
     *
     * @param context tokens that a running sequence had read, the mean
     * @param retained tokens that its layers held, the mean
     * @param bytes of its cache, the mean
     * @param fullBytes what they would be if nothing were evicted
     */
    record Moment(double running, double context, double retained, double bytes, double fullBytes, double allBytes) {}

    /** Tokens of a context, what was held of it and what could have been, the means of a bucket of contexts. */
    record Retained(double context, double retained, double bound) {}

    /**
     * What was seen of a stage.
     *
     * @param clientCpu cores that this process used
     * @param serverCpu cores that the server used
     * @param mostRunning sequences at once
     * @param mostBytes of all caches at once
     */
    public record Sight(
            double clientCpu,
            double serverCpu,
            int mostRunning,
            double meanRunning,
            long mostBytes,
            long mostReserved,
            List<Moment> moments,
            List<Retained> retained) {}

    private final CountDownLatch ending = new CountDownLatch(1);
    private double mostRunning;
    private double sumRunning;
    private double mostBytes;
    private double mostReserved;
    private int looks;

    public Watch(URI server, Duration every) {
        this.reader = new MetricsPage.Reader(server);
        this.every = every;
        this.first = reader.read();
        thread.setDaemon(true);
        thread.start();
    }

    private void look() {
        try {
            do {
                add(reader.read());
            } while (!ending.await(every.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            return; // nobody wants to know any more
        }
    }

    private void add(MetricsPage page) {
        double running = page.value("sublinear_requests_running");
        double layers = page.value("sublinear_kvcache_layers");
        double seen = page.value("sublinear_kvcache_live_seen_tokens") / layers;
        double full = page.value("sublinear_kvcache_full_bytes");
        double bytes = page.value("sublinear_kvcache_bytes");
        double retained = page.value("sublinear_kvcache_live_retained_tokens") / layers;
        looks++;
        sumRunning += running;
        mostRunning = Math.max(mostRunning, running);
        mostBytes = Math.max(mostBytes, bytes);
        mostReserved = Math.max(mostReserved, page.value("sublinear_kvcache_reserved_bytes"));
        if (running > 0 && seen > 0) {
            moments.add(
                    new Moment(running, seen / running, retained / running, bytes / running, full / running, bytes));
        }
    }

    /** Ends it and returns what it saw. */
    public Sight end() {
        close();
        MetricsPage last = reader.read();
        double seconds = (System.nanoTime() - firstNanos) / 1e9;
        String cpu = "process_cpu_time_ns_total";
        return new Sight(
                (SYSTEM.getProcessCpuTime() - firstCpu) / 1e9 / seconds,
                (last.value(cpu) - first.value(cpu)) / 1e9 / seconds,
                (int) mostRunning,
                looks == 0 ? 0 : sumRunning / looks,
                (long) mostBytes,
                (long) mostReserved,
                List.copyOf(moments),
                retained(last));
    }

    private List<Retained> retained(MetricsPage last) {
        Map<Integer, Double> seen = last.meansByContext("sublinear_kvcache_seen_tokens", first);
        Map<Integer, Double> retained = last.meansByContext("sublinear_kvcache_retained_tokens", first);
        Map<Integer, Double> bound = last.meansByContext("sublinear_kvcache_bound_tokens", first);
        return seen.entrySet().stream()
                .map(mean -> new Retained(
                        mean.getValue(),
                        retained.getOrDefault(mean.getKey(), 0.0),
                        bound.getOrDefault(mean.getKey(), 0.0)))
                .toList();
    }

    @Override
    public void close() {
        ending.countDown();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
