package dev.sublinear.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.kvcache.scorer.Scorers;
import dev.sublinear.model.reference.RandomCheckpoint;
import dev.sublinear.server.Fixture;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SublinearTest {
    @TempDir
    private Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... args) {
        return Sublinear.run(args, Fixture.ENVIRONMENT, new PrintWriter(out), new PrintWriter(err));
    }

    @Test
    void generate_modelOfTheEnvironment_printsTheSameTextForTheSameSeed() {
        assertThat(run("generate", "It was a dark", "--max-tokens", "12", "--seed", "3"))
                .isZero();
        String first = out.toString();
        out.getBuffer().setLength(0);
        assertThat(run("generate", "It was a dark", "--max-tokens=12", "--seed=3"))
                .isZero();

        assertThat(out.toString()).isEqualTo(first).isNotBlank().endsWith(System.lineSeparator());
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void generate_randomCheckpoint_runsByItsDirectory() {
        Path model = RandomCheckpoint.seeded(1).write(directory.resolve("random"));

        assertThat(run("generate", "ab", "--model", model.toString(), "--max-tokens", "5", "--temperature", "0"))
                .as(err.toString())
                .isZero();
    }

    @Test
    void generate_statsOverAPrunedCache_tellsBudgetAndTheSameBytesTwice() {
        assertThat(run(
                        "generate",
                        "the quick brown fox ".repeat(30),
                        "--max-tokens=40",
                        "--budget=fixed:100",
                        "--slack=5",
                        "--stats"))
                .isZero();

        String stats = err.toString();
        assertThat(stats).containsPattern("prefill \\d+ tokens, \\d+\\.\\d tokens/s");
        assertThat(stats).containsPattern("decode \\d+ tokens, \\d+\\.\\d tokens/s");
        Matcher layers =
                Pattern.compile("(?m)^ +(\\d) +(\\d+) +(\\d+) +(\\d+) +(\\d+)$").matcher(stats);
        int count = 0;
        long bytes = 0;
        while (layers.find()) {
            assertThat(Integer.parseInt(layers.group(2))).as("seen").isGreaterThan(150);
            assertThat(Integer.parseInt(layers.group(3))).as("retained").isBetween(100, 105);
            assertThat(layers.group(4)).as("budget").isEqualTo("100");
            bytes += Long.parseLong(layers.group(5));
            count++;
        }
        assertThat(count).isEqualTo(6);
        assertThat(stats).contains("counted by the cache's memory: " + bytes + " bytes");
    }

    @Test
    void inspect_selfTest_saysForEachMatrixWhetherNeighboursChangeBits() {
        assertThat(run("inspect", "--self-test", "--precision", "int8-dynamic", "--threads", "1"))
                .isZero();

        assertThat(out.toString())
                .contains("batch invariance, int8-dynamic, 1 threads")
                .containsPattern("(?m)^  feed-forward +(bitwise|tolerant)$")
                .containsPattern("(?m)^  head +(bitwise|tolerant)$");
    }

    @Test
    void inspect_modelOfTheEnvironment_tellsSizesPolicyAndTable() {
        assertThat(run("inspect", "--slack", "7")).isZero();

        assertThat(out.toString())
                .contains("model         fixture-5m (LlamaForCausalLM)")
                .contains("budget        power-law:alpha=32,exponent=0.5")
                .contains("slack         7")
                .containsPattern("(?m)^ +4,096 +2,048 +\\S+ +\\S+ +50\\.8%$")
                .containsPattern("(?m)^ +8,192 +2,897 ");
        assertThat(err.toString()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | a command is needed: serve, generate, chat, inspect, bench, evaluate, calibrate, pull or models; see sublinear --help",
                "nope | Unmatched argument at index 0: 'nope'; see sublinear --help",
                "generate | Missing required parameter: 'PROMPT'; see sublinear --help",
                "generate x --bogus | Unknown option: '--bogus'; see sublinear --help",
                "generate x --temperature 9 | --temperature must be from 0 to 2, was 9.0; see sublinear --help",
                "generate x --top-p 0 | --top-p must be above 0 and at most 1, was 0.0; see sublinear --help",
                "generate x --top-k -1 | --top-k must be 0 for all tokens, or positive, was -1; see sublinear --help",
                "generate x --min-p 2 | --min-p must be from 0 to 1, was 2.0; see sublinear --help",
                "chat stub: --temperature 9 | --temperature must be from 0 to 2, was 9.0; see sublinear --help",
                "generate x --seed a | Invalid value for option '--seed': 'a' is not a long; see sublinear --help",
                "generate x --budget fixed:0 | cache.budget: budget.tokens must be at least 1, was 0",
                "generate x --scorer a | cache.scorer: scorer must be one of SCORERS, was \"a\"",
                "generate x --sinks -1 | cache.sinks must not be negative, was -1",
                "generate x --recent -1 | cache.recent must not be negative, was -1",
                "generate x --recent-share 2 | cache.recent-share must be in [0, 1), was 2.0",
                "generate x --slack -1 | cache.slack must not be negative, was -1",
                "generate x --threads 0 | threads: must be from 1 to 1024, was 0",
                "generate x --precision int2 | precision: must be one of auto, f32, bf16, int8, int8-dynamic, int4, was \"int2\"",
                "generate x --config /no/such.yaml | /no/such.yaml: does not exist",
                "serve --port 99999 | http.port must be from 0 to 65535, was 99999",
                "serve --port a | http.port: must be a whole number, was \"a\"",
                "serve --host '' | http.host must not be blank, was \"\"",
                "serve --max-body 0 | http.max-body must be from 1 to 1073741824, was 0",
                "serve --queue-limit 0 | engine.queue-limit must be from 1 to 100000, was 0",
                "inspect --cache-capacity x | cache.capacity: must be a number of bytes such as 512MiB or 2GB, was \"x\"",
            })
    void run_misused_saysSoInOneLineWithCodeTwo(String command, String message) {
        String[] args =
                command.isEmpty() ? new String[0] : command.replace("''", "").split(" ", -1);

        assertThat(run(args)).isEqualTo(2);
        assertThat(err.toString())
                .isEqualTo("sublinear: " + message.replace("SCORERS", Scorers.names()) + System.lineSeparator());
        assertThat(out.toString()).isEmpty();
    }

    /** Row G20 of the threats. */
    @Test
    void g20_deviceThatIsNotThere_isSaidInOneLine() {
        assertThat(run("generate", "x", "--device", "gpu0", "--precision", "f32"))
                .isEqualTo(2);
        assertOneLine(
                "device must be cpu, or a GPU that libtorch can use (deploy/README.md, \"On a GPU\", says what it needs),"
                        + " was gpu0: ");
        assertThat(err.toString()).doesNotContain("registered at").hasSizeLessThan(400);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "generate x --max-tokens 0 | max_tokens must be at least 1, was 0",
                "generate x --max-tokens 9000 | the model's context is 8192 tokens; the prompt has 1 and max_tokens is 9000, 9001 together",
                "generate x --cache-capacity 1KB | a cache for 129 tokens needs up to 746496 bytes, and the capacity is 1000",
            })
    void generate_thatCannotRun_saysSoInOneLineWithCodeOne(String command, String message) {
        assertThat(run(command.split(" ", -1))).isEqualTo(1);
        assertThat(err.toString()).isEqualTo("sublinear: " + message + System.lineSeparator());
    }

    @Test
    void run_checkpointThatIsMissing_saysSo() {
        assertThat(run("inspect", "--model", directory.resolve("none").toString()))
                .isEqualTo(1);
        assertOneLine("no such directory");
    }

    @Test
    void run_checkpointThatIsBroken_namesTheFile() throws IOException {
        Path model = RandomCheckpoint.seeded(1).write(directory.resolve("broken"));
        Path weights = model.resolve("model.safetensors");
        Files.write(weights, Arrays.copyOf(Files.readAllBytes(weights), 100));

        assertThat(run("generate", "x", "--model", model.toString())).isEqualTo(1);
        assertOneLine("model.safetensors");
    }

    @Test
    void run_unknownArchitecture_namesIt() throws IOException {
        Path model = RandomCheckpoint.seeded(1).write(directory.resolve("other"));
        Path config = model.resolve("config.json");
        Files.writeString(config, Files.readString(config).replace("LlamaForCausalLM", "OracleForCausalLM"));

        assertThat(run("serve", "--model", model.toString())).isEqualTo(1);
        assertOneLine("OracleForCausalLM");
    }

    @Test
    void run_unknownYamlKey_namesFileAndKey() throws IOException {
        Path file = Files.writeString(directory.resolve("config.yaml"), "cache: {bugdet: unlimited}");

        assertThat(run("inspect", "--config", file.toString())).isEqualTo(2);
        assertOneLine(file + ": unknown key cache.bugdet; known are [");
    }

    @Test
    void serve_busyPort_saysSo() throws IOException {
        try (ServerSocket busy = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThat(run("serve", "--port", Integer.toString(busy.getLocalPort())))
                    .isEqualTo(1);
            assertOneLine("cannot listen on 127.0.0.1:" + busy.getLocalPort()
                    + ": the port is in use; choose another with --port");
        }
    }

    @Test
    void serve_foreignAddress_saysSo() {
        assertThat(run("serve", "--port", "0", "--host", "203.0.113.1")).isEqualTo(1);
        assertOneLine("cannot listen on 203.0.113.1:0: the address cannot be used");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--help", "generate --help", "chat --help", "serve --help", "inspect --help", "--version"})
    void run_asked_helps(String command) {
        assertThat(run(command.split(" ", -1))).isZero();
        assertThat(out.toString()).containsIgnoringCase("sublinear");
        assertThat(err.toString()).isEmpty();
    }

    private void assertOneLine(String part) {
        assertThat(err.toString()).startsWith("sublinear: ").contains(part);
        assertThat(err.toString().lines()).hasSize(1);
    }
}
