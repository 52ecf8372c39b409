package dev.sublinear.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs {@code deploy/sublinear} in a made-up checkout, with stand-ins for Java and Maven that say how they were called. */
final class LauncherTest {
    private static final Path SCRIPT =
            Path.of("..", "..", "deploy", "sublinear").toAbsolutePath().normalize();

    @TempDir
    private Path root;

    /** How a run ended. */
    private record Result(int code, String out, String err) {}

    @BeforeEach
    void checkout() throws IOException {
        Files.createDirectories(root.resolve("deploy"));
        Files.copy(SCRIPT, root.resolve("deploy/sublinear"));
        Files.setPosixFilePermissions(root.resolve("deploy/sublinear"), PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.createDirectories(root.resolve("server/app/src/main"));
        Files.writeString(root.resolve("pom.xml"), "<project/>");
        Files.writeString(root.resolve("server/app/pom.xml"), "<project/>");
        java("17.0.15");
        program("mvn", """
                echo "mvn $*" >&2
                mkdir -p server/app/target/lib && touch server/app/target/sublinear.jar
                """);
    }

    @Test
    void run_noJar_buildsThenStarts() throws Exception {
        Result result = run(Map.of(), "generate", "two words");

        assertThat(result.code()).isZero();
        assertThat(result.err()).contains("sublinear: building").contains("mvn -q -B -DskipTests package");
        assertThat(result.out())
                .contains("arg: -jar")
                .contains("arg: " + root.toRealPath().resolve("server/app/target/sublinear.jar"))
                .endsWith("arg: generate\narg: two words\n");
    }

    @Test
    void run_jarNewerThanSources_startsAtOnce() throws Exception {
        built();
        assertThat(run(Map.of(), "inspect").err()).isEmpty();
    }

    @Test
    void run_sourceNewerThanJar_buildsOnce() throws Exception {
        built();
        Path source = Files.writeString(root.resolve("server/app/src/main/New.java"), "");
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(2)));

        assertThat(run(Map.of(), "inspect").err()).contains("mvn");
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().minusSeconds(60)));
        assertThat(run(Map.of(), "inspect").err()).isEmpty();
    }

    @Test
    void run_anyCommand_setsWhatNativeLibrariesRead() throws Exception {
        built();

        assertThat(run(Map.of(), "serve").out())
                .contains("env: DJL_OFFLINE=true\n")
                .contains("env: OPT_OUT_TRACKING=true\n")
                .contains("env: GOMP_SPINCOUNT=1000\n")
                .contains("env: MALLOC_ARENA_MAX=2\n")
                .contains("env: OMP_NUM_THREADS=" + Runtime.getRuntime().availableProcessors() + "\n")
                .contains(
                        "arg: -Xms64m\narg: -Xmx768m\narg: -XX:G1PeriodicGCInterval=60000\narg: -XX:+ExitOnOutOfMemoryError\n")
                .contains("arg: -Dai.djl.offline=true\n")
                .contains("arg: -Dio.netty.allocator.type=pooled\narg: -Dio.netty.maxDirectMemory=134217728\n");
    }

    /** Row G13 of the threats: tensors of many sizes between those that stay keep memory that no plan has. */
    @Test
    void g13_inF32_tensorsGetPagesOfTheirOwn() throws Exception {
        built();
        Map<String, String> f32 = Map.of("SUBLINEAR_PRECISION", "f32");
        String bound = "env: MALLOC_MMAP_THRESHOLD_=1048576\n";

        assertThat(run(Map.of(), "serve", "--precision", "f32").out()).contains(bound);
        assertThat(run(Map.of(), "serve", "--precision=f32").out()).contains(bound);
        assertThat(run(f32, "serve").out()).contains(bound);
        assertThat(run(f32, "evaluate").out()).doesNotContain("MALLOC_MMAP_THRESHOLD_");
        assertThat(run(Map.of(), "serve").out()).doesNotContain("MALLOC_MMAP_THRESHOLD_");
        assertThat(run(Map.of("MALLOC_MMAP_THRESHOLD_", "65536"), "serve", "--precision", "f32")
                        .out())
                .contains("env: MALLOC_MMAP_THRESHOLD_=65536\n");
    }

    @Test
    void run_variables_override() throws Exception {
        built();
        Map<String, String> variables = Map.of(
                "SUBLINEAR_HEAP", "1g",
                "SUBLINEAR_THREADS", "3",
                "GOMP_SPINCOUNT", "7",
                "SUBLINEAR_JAVA_OPTIONS", "-Da=1 -Db=2");

        assertThat(run(variables, "serve").out())
                .contains("env: OMP_NUM_THREADS=3\n")
                .contains("env: GOMP_SPINCOUNT=7\n")
                .contains("arg: -Xms64m\narg: -Xmx1g\n")
                .contains("arg: -Da=1\narg: -Db=2\narg: -jar\n");
        assertThat(run(variables, "serve", "--threads", "5").out()).contains("env: OMP_NUM_THREADS=5\n");
        assertThat(run(variables, "serve", "--threads=6").out()).contains("env: OMP_NUM_THREADS=6\n");
    }

    @Test
    void run_unlessThePrecisionIsF32_asksForJavasVectors() throws Exception {
        built();
        String vectors = "arg: --add-modules\narg: jdk.incubator.vector\n";

        assertThat(run(Map.of(), "serve", "--precision", "int8-dynamic").out()).contains(vectors);
        assertThat(run(Map.of(), "serve", "--config", "a.conf").out()).contains(vectors);
        assertThat(run(Map.of("SUBLINEAR_PRECISION", "bf16"), "serve").out()).contains(vectors);
        assertThat(run(Map.of("SUBLINEAR_CONFIG", "a.conf"), "serve").out()).contains(vectors);
        assertThat(run(Map.of(), "serve").out()).contains(vectors);
        assertThat(run(Map.of("SUBLINEAR_PRECISION", "f32"), "serve", "--precision", "auto")
                        .out())
                .contains(vectors);
        assertThat(run(Map.of(), "serve", "--precision", "f32").out()).doesNotContain("incubator");
        assertThat(run(Map.of(), "serve", "--precision=f32").out()).doesNotContain("incubator");
        assertThat(run(Map.of("SUBLINEAR_PRECISION", "f32"), "serve").out()).doesNotContain("incubator");
        assertThat(run(Map.of(), "pull", "a/b").out()).doesNotContain("incubator");
    }

    @Test
    void run_oldJava_saysWhichIsNeeded() throws Exception {
        built();
        java("11.0.2");

        Result result = run(Map.of(), "serve");

        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err()).startsWith("sublinear: Java must be version 17 or later, is 11 at ");
    }

    @Test
    void run_noJava_saysWhatToInstall() throws Exception {
        built();
        Files.delete(root.resolve("bin/java"));

        Result result = run(Map.of(), "serve");

        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err())
                .isEqualTo("sublinear: no Java found; install a JDK, version 17 or later, or set JAVA_HOME\n");
    }

    /** Row G20 of the threats: what an operator gets wrong is said by key, rule, value and what to do. */
    @ParameterizedTest
    @CsvSource({
        "16m,was 16m",
        "lots,was \"lots\"",
        "-1g,was \"-1g\"",
        "1.5g,was \"1.5g\"",
        "100000g,was 100000g",
        "999999999999g,was 999999999999g",
        "512mb,was \"512mb\""
    })
    void g20_heapThatCannotBe_isRefusedWithItsRule(String heap, String was) throws Exception {
        built();

        Result result = run(Map.of("SUBLINEAR_HEAP", heap), "serve");

        assertThat(result.code()).isEqualTo(2);
        assertThat(result.err())
                .startsWith(
                        "sublinear: SUBLINEAR_HEAP must be a size such as 512m or 2g, at least 64m and less than the"
                                + " machine's memory, ")
                .endsWith(was + "\n");
        assertThat(result.out()).isEmpty();
    }

    @Test
    void g20_wrongJavaHome_isNamed() throws Exception {
        built();

        Result result = run(Map.of("JAVA_HOME", "/no/such"), "serve");

        assertThat(result.code()).isEqualTo(2);
        assertThat(result.err())
                .isEqualTo(
                        "sublinear: JAVA_HOME must be the directory of a JDK, version 17 or later, was /no/such, which has"
                                + " no bin/java; correct it, or unset it for the java on the PATH\n");
    }

    @Test
    void g20_fewOpenFiles_saysHowManyAreNeeded() throws Exception {
        built();

        Result result = run("ulimit -n 64; ", Map.of(), "serve");

        assertThat(result.code()).isEqualTo(2);
        assertThat(result.err())
                .isEqualTo(
                        "sublinear: the limit of open files (ulimit -n) must be at least 256, was 64; raise it, as ulimit"
                                + " -n 4096 does\n");
    }

    /** With the JDK of this test, which ends there without a word of the limit. */
    @Test
    void g20_limitOfVirtualMemory_isNamedAsWhatKeepsJavaFromStarting() throws Exception {
        built();

        Result result = run("ulimit -v 1000000; ", Map.of("JAVA_HOME", System.getProperty("java.home")), "serve");

        assertThat(result.code()).isEqualTo(2);
        assertThat(result.err())
                .startsWith(
                        "sublinear: Java cannot start with SUBLINEAR_HEAP=768m where the limit of virtual memory (ulimit"
                                + " -v) is 1000000 KiB: ")
                .contains("lift it (ulimit -v unlimited)")
                .contains("Java says: ");
    }

    @Test
    void g20_javaThatCannotStart_saysWhatItSays() throws Exception {
        built();
        program("java", "echo '#'; echo '# broken link' >&2; exit 1");

        Result result = run(Map.of(), "serve");

        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err())
                .isEqualTo("sublinear: " + root.resolve("bin/java")
                        + " cannot start with SUBLINEAR_HEAP=768m; it says: broken link\n");
    }

    @Test
    void run_noMaven_saysWhatToInstallOrRunsTheOldJar() throws Exception {
        Files.delete(root.resolve("bin/mvn"));
        Result result = run(Map.of(), "serve");
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err())
                .isEqualTo("sublinear: no Maven found to build it with; install Maven 3.8.7 or later\n");

        built();
        Files.setLastModifiedTime(
                root.resolve("pom.xml"), FileTime.from(Instant.now().plusSeconds(60)));
        result = run(Map.of(), "serve");
        assertThat(result.code()).isZero();
        assertThat(result.err()).contains("running it as it is");
    }

    @Test
    void run_buildThatFails_saysSo() throws Exception {
        program("mvn", "echo broken >&2; exit 1");

        Result result = run(Map.of(), "serve");

        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err()).contains("broken\n").endsWith("sublinear: the build failed\n");
    }

    private void built() throws IOException {
        Files.createDirectories(root.resolve("server/app/target/lib"));
        Path jar = root.resolve("server/app/target/sublinear.jar");
        Files.deleteIfExists(jar);
        Files.createFile(jar);
        Files.setLastModifiedTime(jar, FileTime.from(Instant.now().plusSeconds(1)));
    }

    private void java(String version) throws IOException {
        program("java", """
                for arg in "$@"; do
                    if [ "$arg" = -version ]; then echo 'openjdk version "%s" 2025-04-15' >&2; exit; fi
                done
                env | sed 's/^/env: /'
                for arg in "$@"; do echo "arg: $arg"; done
                """.formatted(version));
    }

    private void program(String name, String body) throws IOException {
        Path file = root.resolve("bin").resolve(name);
        Files.createDirectories(root.resolve("bin"));
        Files.writeString(file, "#!/bin/bash\n" + body);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Result run(Map<String, String> variables, String... args) throws Exception {
        return run("", variables, args);
    }

    /** @param limits commands of the shell that starts it, each with a semicolon */
    private Result run(String limits, Map<String, String> variables, String... args) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                "/bin/bash",
                "-c",
                limits + "exec /bin/bash \"$@\"",
                "bash",
                root.resolve("deploy/sublinear").toString()));
        command.addAll(List.of(args));
        Path out = root.resolve("out");
        Path err = root.resolve("err");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().clear();
        builder.environment().put("PATH", root.resolve("bin") + ":" + toolsWithoutJava());
        builder.environment().putAll(variables);
        int code = builder.start().waitFor();
        return new Result(
                code, Files.readString(out, StandardCharsets.UTF_8), Files.readString(err, StandardCharsets.UTF_8));
    }

    /** Links to the few programs that the script needs, and to nothing else. */
    private Path toolsWithoutJava() throws IOException {
        Path tools = Files.createDirectories(root.resolve("tools"));
        for (String name :
                List.of("bash", "dirname", "readlink", "find", "sed", "head", "touch", "mkdir", "getconf", "env")) {
            Path link = tools.resolve(name);
            Path real = Path.of("/usr/bin", name);
            if (!Files.exists(link)) {
                Files.createSymbolicLink(link, Files.exists(real) ? real : Path.of("/bin", name));
            }
        }
        return tools;
    }
}
