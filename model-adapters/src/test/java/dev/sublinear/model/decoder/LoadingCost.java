package dev.sublinear.model.decoder;

import com.sun.management.OperatingSystemMXBean;
import dev.sublinear.model.CausalLm;
import dev.sublinear.model.ComputeDevice;
import dev.sublinear.model.Execution;
import dev.sublinear.model.checkpoint.Checkpoint;
import dev.sublinear.model.gguf.GgufCheckpoint;
import dev.sublinear.model.huggingface.HuggingFaceCheckpoint;
import dev.sublinear.model.precision.Precision;
import dev.sublinear.model.precision.Precisions;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * What loading a checkpoint costs: {@code LoadingCost PRECISION TIMES PATH}. Prints, for each time, seconds by the clock and
 * of all cores; at the end what the process has held at most.
 */
final class LoadingCost {
    private LoadingCost() {}

    public static void main(String[] arguments) throws IOException {
        Precision precision = Precisions.named(arguments[0]);
        int times = Integer.parseInt(arguments[1]);
        Path path = Path.of(arguments[2]);
        Supplier<Checkpoint> open =
                () -> GgufCheckpoint.isGguf(path) ? GgufCheckpoint.open(path) : HuggingFaceCheckpoint.open(path);
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        for (int time = 0; time < times; time++) {
            long clock = System.nanoTime();
            long cores = system.getProcessCpuTime();
            try (Checkpoint checkpoint = open.get();
                    CausalLm model = DecoderLm.load(checkpoint, new Execution(precision, ComputeDevice.CPU, 2))) {
                Objects.requireNonNull(model);
                System.out.printf(
                        Locale.ROOT,
                        "%s, %s to %s: %.2f s, %.2f s of cores, %s%n",
                        checkpoint.name(),
                        checkpoint.weights().type(),
                        precision,
                        (System.nanoTime() - clock) / 1e9,
                        (system.getProcessCpuTime() - cores) / 1e9,
                        held("VmRSS"));
            }
        }
        System.out.println("at most " + held("VmHWM"));
    }

    /** A line of what Linux says of this process. */
    private static String held(String what) throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith(what))
                .findFirst()
                .orElseThrow()
                .replaceAll("\\s+", " ");
    }
}
