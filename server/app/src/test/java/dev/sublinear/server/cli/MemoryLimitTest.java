package dev.sublinear.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Row G13 of the threats: a server that its control group would end says so at its start. */
final class MemoryLimitTest {
    private static final List<String> JVM =
            List.of("-Xms64m", "-Xmx128m", "-XX:+UseSerialGC", "-Dio.netty.maxDirectMemory=" + (64 << 20));

    /** A control group for memory, version 1, which whoever runs this test may make; empty where it may not. */
    private record ControlGroup(Path directory) implements AutoCloseable {
        static Optional<ControlGroup> limitedTo(long bytes) {
            Path directory = Path.of("/sys/fs/cgroup/memory/sublinear-test-"
                    + ProcessHandle.current().pid());
            try {
                Files.createDirectory(directory);
                Files.writeString(directory.resolve("memory.limit_in_bytes"), Long.toString(bytes));
                return Optional.of(new ControlGroup(directory));
            } catch (IOException e) {
                System.out.println("MemoryLimitTest: no control group can be made here: " + e);
                return Optional.empty();
            }
        }

        /** Runs the rest of its arguments in the group. */
        List<String> launcher() {
            return List.of("sh", "-c", "echo $$ > " + directory.resolve("cgroup.procs") + " && exec \"$@\"", "sh");
        }

        @Override
        public void close() throws IOException {
            Files.delete(directory);
        }
    }

    @Test
    void serve_inAControlGroupThatIsTooSmall_saysByHowMuch() throws Exception {
        Optional<ControlGroup> group = ControlGroup.limitedTo(500L << 20);
        try {
            // Where there is none, the machine itself is too small for the cache.
            try (ServeProcess server = ServeProcess.start(
                    Sublinear.class,
                    group.map(ControlGroup::launcher).orElse(List.of()),
                    JVM,
                    "--cache-capacity=" + (group.isPresent() ? "100MiB" : "1000000GiB"))) {
                String said = server.awaitLine("sublinear: this needs up to ");
                assertThat(said).contains("more than there is: heap ", " + weights ", " + cache ");
                if (group.isPresent()) {
                    assertThat(said).contains(" of 500.0 MiB; lower cache.capacity");
                }
                assertThat(server.await()).isEqualTo(2);
            }
        } finally {
            if (group.isPresent()) {
                group.get().close();
            }
        }
    }
}
