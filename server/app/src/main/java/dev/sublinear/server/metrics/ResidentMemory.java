package dev.sublinear.server.metrics;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The bytes of memory that the kernel has given this process, heap and tensors included. Read from {@code /proc}, so on Linux only. */
final class ResidentMemory {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String KEY = "VmRSS:";

    private ResidentMemory() {}

    static void bindTo(MeterRegistry registry) {
        if (Files.isReadable(STATUS)) {
            Gauge.builder("process.resident.memory.bytes", ResidentMemory::bytes)
                    .description("Memory that is resident: heap, tensors, threads, code")
                    .register(registry);
        }
    }

    private static double bytes() {
        try {
            return Files.readAllLines(STATUS).stream()
                    .filter(line -> line.startsWith(KEY))
                    .mapToDouble(line -> kibibytes(line) * 1024)
                    .findFirst()
                    .orElse(Double.NaN);
        } catch (IOException e) {
            return Double.NaN; // Prometheus's value for "unknown"
        }
    }

    /** Reads {@code VmRSS:     123456 kB}. */
    private static double kibibytes(String line) {
        return Double.parseDouble(line.substring(KEY.length()).replace("kB", "").strip());
    }
}
