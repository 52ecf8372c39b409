package dev.sublinear.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.lang.Runtime.Version;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is left of tensors that are closed. */
@Tag("model")
final class NativeHeapTest {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final int TENSORS = 2000;
    private static final long BYTES = 64L << 10; // too few for the allocator to ask the system for each

    @Test
    void trim_freedBetweenTensorsInUse_givesMemoryBack() throws IOException {
        assumeThat(STATUS).isReadable();
        assumeThat(Runtime.version()).as("a JVM that can trim").isGreaterThanOrEqualTo(Version.parse("17.0.9"));

        try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
            List<NDArray> freed = new ArrayList<>();
            for (int i = 0; i < TENSORS; i++) {
                NDArray array = manager.ones(new Shape(BYTES / Float.BYTES));
                if (i % 16 != 0) {
                    freed.add(array);
                }
            }
            freed.forEach(NDArray::close);
            long before = residentBytes();

            NativeHeap.trim();

            assertThat(before - residentBytes()).isGreaterThan(TENSORS * BYTES / 2);
        }
    }

    private static long residentBytes() throws IOException {
        return Files.readAllLines(STATUS).stream()
                .filter(line -> line.startsWith("RssAnon:"))
                .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }
}
