package dev.sublinear.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sublinear.engine.settings.CacheCapacity;
import dev.sublinear.engine.settings.ConfigException;
import dev.sublinear.engine.settings.PrecisionChoice;
import dev.sublinear.engine.settings.SamplingDefaults;
import dev.sublinear.engine.settings.SchedulerSettings;
import dev.sublinear.engine.settings.Threads;
import dev.sublinear.engine.source.CheckpointSource;
import dev.sublinear.engine.source.ModelSource;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.Protection;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.kvcache.scorer.Scorers;
import dev.sublinear.model.ComputeDevice;
import dev.sublinear.model.precision.Precisions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ConfigReaderTest {
    @TempDir
    private Path directory;

    @Test
    void read_nothing_isTheDefaultAndTheBundledModelsProfile() {
        ServerConfig config = ConfigReader.read(Map.of(), Map.of());

        EvictionPolicy policy = config.engine().cache().policy();
        assertThat(policy.budget()).hasToString("head-laws:scale=1");
        assertThat(policy.scorer().text()).isEqualTo("3xsnap:16-or-key-diff");
        assertThat(policy.protection()).isEqualTo(Protection.DEFAULT);
        assertThat(policy.slack()).isEqualTo(EvictionPolicy.DEFAULT_SLACK_BY_HEAD);
        assertThat(config.engine().cache().capacity()).isEqualTo(new CacheCapacity.OfWhatIsLeft());
        assertThat(config.engine().scheduler()).isEqualTo(SchedulerSettings.DEFAULT);
        assertThat(config.http()).isEqualTo(HttpConfig.DEFAULT);
        assertThat(config.model().name()).isEqualTo("smollm2-135m-instruct");
        assertThat(config.model().source()).isEqualTo(ModelSource.bundled());
        assertThat(config.engine().threads()).isEqualTo(new Threads.BySize());
    }

    @Test
    void read_keyInSeveralPlaces_commandLineThenEnvironmentThenFileWins() {
        Path file = write("http: {port: 1, host: file.example, max-body: 1MB}\ncache: {sinks: 8}");
        Map<String, String> environment =
                Map.of("SUBLINEAR_HTTP_PORT", "2", "SUBLINEAR_HTTP_HOST", "env.example", "SUBLINEAR_CONFIG", "no such");

        ServerConfig config = ConfigReader.read(Map.of("http.port", "3", "config", file.toString()), environment);

        assertThat(config.http().port()).isEqualTo(3);
        assertThat(config.http().host()).isEqualTo("env.example");
        assertThat(config.http().limits().maxBody()).isEqualTo(1_000_000);
        assertThat(config.engine().cache().policy().protection().sinks()).isEqualTo(8);
    }

    @Test
    void read_everyKey_isTaken() {
        Path file = write("""
                model: /models/mine
                model-name: mine
                precision: int8
                threads: 3
                generation-defaults: none
                cache:
                  capacity: 64MiB
                  budget: fixed:500
                  scorer: recency
                  sinks: 2
                  recent: 10
                  recent-share: 0.1
                  slack: 7
                  allow-override: false
                  lazy: true
                engine:
                  queue-limit: 5
                  queue-tokens: 6000
                  max-running: 7
                  max-batch-tokens: 300
                  prefill-chunk: 128
                  prefix-share: 0
                  overcommit: 0.3
                  prompt-lookup: 3
                http:
                  host: 0.0.0.0
                  port: 80
                  max-body: 1KiB
                  header-timeout: 1s
                  body-timeout: 2m
                  idle-timeout: 300ms
                  stall-timeout: 4s
                  drain-timeout: 0s
                  max-connections: 50
                  max-connections-per-address: 5
                  tls-certificate: /tls/chain.pem
                  tls-key: /tls/key.pem
                  api-keys: /keys
                  allowed-hosts: [Example.com, "example.org:8443"]
                  allowed-origins: https://app.example.com
                  access-log: /log/access
                """);

        ServerConfig config = ConfigReader.read(Map.of("config", file.toString()), Map.of());

        assertThat(config.model())
                .isEqualTo(new ServerConfig.Model(CheckpointSource.in(Path.of("/models/mine")), "mine"));
        assertThat(config.engine().precision()).isEqualTo(new PrecisionChoice.Fixed(Precisions.INT8));
        assertThat(config.engine().device()).isEqualTo(ComputeDevice.CPU);
        assertThat(config.engine().threads()).isEqualTo(new Threads.Fixed(3));
        assertThat(config.engine().sampling()).isEqualTo(SamplingDefaults.NONE);
        assertThat(config.engine().cache().policy())
                .hasToString(new EvictionPolicy(
                                new BudgetSchedule.Fixed(500),
                                new RecencyScorer(),
                                new Protection(2, 10, 0.1, Protection.Span.EMPTY),
                                7)
                        .toString());
        assertThat(config.engine().cache().capacity()).isEqualTo(new CacheCapacity.Fixed(64L << 20));
        assertThat(config.engine().cache().allowOverride()).isFalse();
        assertThat(config.engine().scheduler()).isEqualTo(new SchedulerSettings(5, 6000, 7, 300, 128, 0, 0.3, true, 3));
        assertThat(config.http())
                .isEqualTo(new HttpConfig(
                        "0.0.0.0",
                        80,
                        new HttpConfig.Limits(1024, 50, 5),
                        new HttpConfig.Timeouts(
                                Duration.ofSeconds(1),
                                Duration.ofMinutes(2),
                                Duration.ofMillis(300),
                                Duration.ofSeconds(4),
                                Duration.ZERO),
                        new HttpConfig.Transport.Tls(Path.of("/tls/chain.pem"), Path.of("/tls/key.pem")),
                        new HttpConfig.Callers.KeyHolders(Path.of("/keys")),
                        new HttpConfig.Browsers(
                                List.of("example.com", "example.org:8443"), List.of("https://app.example.com")),
                        new HttpConfig.AccessLog.File(Path.of("/log/access"))));
    }

    @Test
    void read_modelWithoutName_isCalledAsItsDirectory() {
        assertThat(ConfigReader.read(Map.of("model", "/models/tiny/"), Map.of())
                        .model()
                        .name())
                .isEqualTo("tiny");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "threads | 0 | threads: must be from 1 to 1024, was 0",
                "threads | two | threads: must be a whole number, was \"two\"",
                "model-name | ' ' | model-name must have 1 to 128 printable characters, was \" \"",
                "generation-defaults | ours | generation-defaults: must be model or none, was \"ours\"",
                "precision | f64 | precision: must be one of auto, f32, bf16, int8, int8-dynamic, int4, was \"f64\"",
                "device | gpu | device: must be cpu or a GPU such as gpu0, was \"gpu\"",
                "cache.budget | fixed:0 | cache.budget: budget.tokens must be at least 1, was 0",
                "cache.budget | power-law:alpha=2,exponent=2 | cache.budget: budget.exponent must be in (0, 0.99999] or 1, was 2.0",
                "cache.scorer | magic | cache.scorer: scorer must be one of SCORERS, was \"magic\"",
                "cache.sinks | -1 | cache.sinks must not be negative, was -1",
                "cache.recent | -1 | cache.recent must not be negative, was -1",
                "cache.recent-share | 1 | cache.recent-share must be in [0, 1), was 1.0",
                "cache.recent-share | x | cache.recent-share: must be a number, was \"x\"",
                "cache.storage | int4 | cache.storage: must be one of auto, f32, f16, int8, was \"int4\"",
                "cache.slack | -1 | cache.slack must not be negative, was -1",
                "cache.capacity | 0 | cache.capacity: must be at least 1 byte, was 0",
                "cache.capacity | much | cache.capacity: must be a number of bytes such as 512MiB or 2GB, was \"much\"",
                "cache.allow-override | yes | cache.allow-override: must be true or false, was \"yes\"",
                "engine.queue-limit | 0 | engine.queue-limit must be from 1 to 100000, was 0",
                "engine.queue-tokens | 0 | engine.queue-tokens must be at least 1, was 0",
                "engine.max-running | 0 | engine.max-running must be from 1 to 4096, was 0",
                "engine.max-running | 257 | engine.max-batch-tokens must be at least prefill-chunk + max-running, 513, was 512",
                "engine.prefill-chunk | 100 | engine.prefill-chunk must be a multiple of 64 up to 8192, was 100",
                "engine.prefix-share | 1.5 | engine.prefix-share must be from 0 to 1, was 1.5",
                "engine.overcommit | 0 | engine.overcommit must be above 0 and at most 1, was 0.0",
                "http.host | '' | http.host must not be blank, was \"\"",
                "http.port | 65536 | http.port must be from 0 to 65535, was 65536",
                "http.max-body | 0 | http.max-body must be from 1 to 1073741824, was 0",
                "http.max-body | 3GB | http.max-body must be from 1 to 1073741824, was 3000000000",
                "http.port | 99999999999 | http.port: must be a whole number from -2147483648 to 2147483647, was \"99999999999\"",
                "http.max-connections | 0 | http.max-connections must be from 1 to 1000000, was 0",
                "http.tls-key | key.pem | http.tls-certificate and http.tls-key must be given together, was only http.tls-key",
                "http.allowed-origins | example.com | http.allowed-origins must be such as https://example.com, or *, was \"example.com\"",
                "http.allowed-hosts | a/b | http.allowed-hosts must be such as example.com, was \"a/b\"",
                "http.drain-timeout | never | http.drain-timeout: must be a duration such as 500ms, 10s or 5m, was \"never\"",
                "http.idle-timeout | 0s | http.idle-timeout must be longer than 0, was PT0S",
                "http.idle-timeout | 5 | http.idle-timeout: must be a duration such as 500ms, 10s or 5m, was \"5\"",
            })
    void read_faultyValue_saysKeyRuleAndValue(String key, String value, String message) {
        assertThat(fault(Map.of(key, value))).hasMessage(message.replace("SCORERS", Scorers.names()));
    }

    @Test
    void read_protectionBeyondBudget_isOneMessage() {
        assertThat(fault(Map.of("cache.budget", "fixed:30")))
                .hasMessage("cache.sinks 4 + recent 32 + pinned 0 must be below 30, the smallest budget of fixed:30");
    }

    @Test
    void read_severalFaults_reportsAll() {
        Path file = write("http: {prot: 1}\nbudget: unlimited");

        ConfigException fault = fault(Map.of("config", file.toString(), "threads", "0", "http.port", "-1"));

        assertThat(fault.faults()).hasSize(4);
        assertThat(fault)
                .hasMessageContaining("threads: must be from 1 to 1024, was 0")
                .hasMessageContaining("http.port must be from 0 to 65535, was -1")
                .hasMessageContaining(file + ": unknown key http.prot; known are [cache.allow-override, ")
                .hasMessageContaining(file + ": unknown key budget; ");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'a: 1\na: 2' | is not YAML at line 2: ",
                "'a: [' | is not YAML at line 1: ",
                "'threads: [[1]]' | threads must have one value, was [[1]]",
                "'threads:' | threads must have one value, was null",
                "'hello' | the file must have keys, was \"hello\"",
            })
    void read_fileThatIsNoConfiguration_saysFileAndPlace(String yaml, String message) {
        Path file = write(yaml);

        assertThat(fault(Map.of("config", file.toString()))).hasMessageStartingWith(file + ": " + message);
    }

    @Test
    void read_missingFile_saysSo() {
        assertThat(fault(Map.of("config", "/no/such.yaml"))).hasMessage("/no/such.yaml: does not exist");
    }

    @Test
    void read_foreignVariables_areLeftAlone() {
        // Kubernetes sets these for a service that is called sublinear.
        Map<String, String> environment =
                Map.of("SUBLINEAR_PORT", "tcp://10.0.0.1:8080", "SUBLINEAR_SERVICE_HOST", "10.0.0.1");

        assertThat(ConfigReader.read(Map.of(), environment).http()).isEqualTo(HttpConfig.DEFAULT);
    }

    private static ConfigException fault(Map<String, String> commandLine) {
        return catchThrowableOfType(ConfigException.class, () -> ConfigReader.read(commandLine, Map.of()));
    }

    private Path write(String yaml) {
        try {
            return Files.writeString(directory.resolve("config.yaml"), yaml);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
