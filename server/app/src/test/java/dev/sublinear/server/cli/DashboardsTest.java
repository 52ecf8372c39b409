package dev.sublinear.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sublinear.server.Fixture;
import dev.sublinear.server.cli.serve.Server;
import dev.sublinear.server.config.ConfigReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The dashboards and rules of deploy: well made, and with a server that is scraped for real, full of data. */
@Tag("slow")
final class DashboardsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final Path DEPLOY =
            Path.of("..", "..", "deploy").toAbsolutePath().normalize();
    private static final Path PROMETHEUS = Path.of("/usr/bin/prometheus");
    private static final Path PROMTOOL = Path.of("/usr/bin/promtool");
    private static final Pattern COUNTER = Pattern.compile("[a-z_]+_(total|sum|count|bucket)\\b(?!:)");
    private static final Pattern AGGREGATED =
            Pattern.compile("\\b(rate|increase)\\([a-z_]+_(total|sum|count|bucket)\\{");
    private static final Pattern METRIC = Pattern.compile("\\b((?:sublinear|process|jvm|system)_[a-z0-9_]+)\\{");
    private static final Pattern RECORDED = Pattern.compile("\\b[a-z_]+:sublinear_[a-z_]+:[a-z0-9]+\\{");
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @TempDir
    private Path directory;

    /** The rules of grafana/dashboard-linter, those that can be told from the file. */
    @Test
    void dashboards_asFiles_keepTheLintersRules() {
        List<String> faults = new ArrayList<>();
        for (Path file : dashboards()) {
            JsonNode dashboard = read(file);
            String name = file.getFileName().toString();
            require(faults, dashboard.get("id").isNull(), name + ": id must be null");
            require(faults, !dashboard.get("editable").booleanValue(), name + ": must not be editable");
            require(faults, dashboard.get("schemaVersion").intValue() >= 39, name + ": schemaVersion");
            require(faults, !dashboard.has("__inputs"), name + ": __inputs are for the import dialogue alone");
            lintVariables(faults, name, dashboard.get("templating").get("list"));
            Set<Integer> ids = new TreeSet<>();
            for (JsonNode panel : dashboard.get("panels")) {
                require(faults, ids.add(panel.get("id").intValue()), name + ": ids must differ");
                if (!panel.get("type").textValue().equals("row")) {
                    lintPanel(faults, name + ", " + panel.get("title").textValue(), panel);
                }
            }
        }
        assertThat(faults).isEmpty();
    }

    private static void lintVariables(List<String> faults, String name, JsonNode variables) {
        JsonNode source = named(variables, "datasource");
        require(faults, source.get("type").textValue().equals("datasource"), name + ": a data source to choose");
        for (String each : List.of("job", "instance")) {
            JsonNode variable = named(variables, each);
            require(
                    faults,
                    variable.get("multi").booleanValue()
                            && variable.get("includeAll").booleanValue()
                            && variable.get("allValue").textValue().equals(".+")
                            && variable.get("refresh").intValue() == 2
                            && variable.get("query").get("query").textValue().startsWith("label_values("),
                    name + ": variable " + each);
        }
    }

    private static void lintPanel(List<String> faults, String name, JsonNode panel) {
        require(faults, !panel.get("title").textValue().isBlank(), name + ": title");
        require(faults, panel.get("description").textValue().length() > 5, name + ": description");
        require(faults, panel.get("datasource").get("uid").textValue().equals("${datasource}"), name + ": data source");
        require(
                faults,
                !panel.get("fieldConfig")
                        .get("defaults")
                        .get("unit")
                        .textValue()
                        .isBlank(),
                name + ": unit");
        require(faults, panel.get("targets").size() > 0, name + ": targets");
        JsonNode place = panel.get("gridPos");
        require(faults, place.get("x").intValue() + place.get("w").intValue() <= 24, name + ": wider than the grid");
        for (JsonNode target : panel.get("targets")) {
            String expression = target.get("expr").textValue();
            int selectors = count(Pattern.compile("\\{"), expression);
            require(faults, selectors == count(Pattern.compile("job=~\"\\$job\""), expression), name + ": job");
            require(
                    faults,
                    selectors == count(Pattern.compile("instance=~\"\\$instance\""), expression),
                    name + ": instance");
            require(
                    faults,
                    count(COUNTER, expression) == count(AGGREGATED, expression),
                    name + ": a counter must stand in rate or increase: " + expression);
            require(
                    faults,
                    count(Pattern.compile("\\["), expression)
                            == count(Pattern.compile("\\[\\$__(rate_interval|range)]"), expression),
                    name + ": an interval that does not follow the time axis: " + expression);
        }
    }

    /** As in a panel, with the variables filled in. */
    @Test
    void expressions_onAScrapedServer_returnData() throws Exception {
        requireTools();
        try (Server server = Server.start(ConfigReader.read(
                Map.of(
                        "http.port", "0",
                        "cache.budget", "power-law:alpha=6,exponent=0.5",
                        "cache.scorer", "heavy-hitter"), // the default reads no attention, and so knows no lost mass
                Fixture.ENVIRONMENT))) {
            int port = freePort();
            Process prometheus = startPrometheus(port, server.port());
            AtomicBoolean enough = new AtomicBoolean();
            CompletableFuture<Void> traffic = CompletableFuture.runAsync(() -> sendTraffic(server.port(), enough));
            try {
                Set<String> empty = new TreeSet<>();
                expressions().forEach(empty::add);
                assertThat(empty.size()).isGreaterThan(60);
                await().atMost(PATIENCE).pollInterval(Duration.ofSeconds(1)).untilAsserted(() -> {
                    empty.removeIf(expression -> hasSample(port, expression));
                    assertThat(empty).as("without a sample").isEmpty();
                });
                assertThat(value(port, "count(ALERTS{alertstate=\"firing\"}) or vector(0)"))
                        .isZero();
                enough.set(true);
                traffic.join();
            } finally {
                enough.set(true);
                prometheus.destroy();
                assertThat(prometheus.waitFor(1, TimeUnit.MINUTES)).isTrue();
            }
        }
    }

    @Test
    void metricsOfExpressions_areInTheTableOfMeters() throws IOException {
        String table = Files.readString(DEPLOY.resolve("prometheus/README.md"));
        for (Path file : dashboards()) {
            METRIC.matcher(read(file).toString().replace("\\\"", "\""))
                    .results()
                    .map(found -> found.group(1).replaceFirst("_(bucket|sum|count|max)$", ""))
                    .forEach(metric -> assertThat(table).contains("| `" + metric));
            RECORDED.matcher(read(file).toString())
                    .results()
                    .map(found -> found.group().replace("{", ""))
                    .forEach(series -> assertThat(DEPLOY.resolve("prometheus/rules.yml"))
                            .content()
                            .contains("record: " + series));
        }
    }

    @Test
    void rules_everyAlert_firesAndIsSilentAsItsTestsSay() throws Exception {
        requireTools();
        Path rules = DEPLOY.resolve("prometheus");
        String tests = Files.readString(rules.resolve("rules.test.yml"));
        Pattern.compile("- alert: (\\w+)")
                .matcher(Files.readString(rules.resolve("rules.yml")))
                .results()
                .forEach(alert -> {
                    assertThat(tests).contains("alertname: " + alert.group(1) + ", exp_alerts: []");
                    assertThat(tests).contains("alertname: " + alert.group(1) + "\n        exp_alerts:\n");
                });
        for (List<String> command : List.of(
                List.of("check", "config", "prometheus.yml"),
                List.of("check", "rules", "rules.yml"),
                List.of("test", "rules", "rules.test.yml"))) {
            List<String> line = new ArrayList<>(List.of(PROMTOOL.toString()));
            line.addAll(command);
            Process promtool = new ProcessBuilder(line)
                    .directory(rules.toFile())
                    .redirectErrorStream(true)
                    .start();
            String said = new String(promtool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(promtool.waitFor()).as(said).isZero();
        }
    }

    private static void requireTools() {
        assumeTrue(
                Files.isExecutable(PROMETHEUS) && Files.isExecutable(PROMTOOL),
                "needs Debian's package prometheus; .ci/run installs it");
    }

    private Process startPrometheus(int port, int serverPort) throws IOException {
        Path config = directory.resolve("prometheus.yml");
        Files.writeString(
                config,
                Files.readString(DEPLOY.resolve("prometheus/prometheus.yml"))
                        .replace("15s", "1s")
                        .replace(
                                "rules.yml",
                                DEPLOY.resolve("prometheus/rules.yml").toString())
                        .replace("127.0.0.1:8080", "127.0.0.1:" + serverPort));
        return new ProcessBuilder(
                        PROMETHEUS.toString(),
                        "--config.file=" + config,
                        "--storage.tsdb.path=" + directory.resolve("data"),
                        "--web.listen-address=127.0.0.1:" + port)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("prometheus.log").toFile())
                .start();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    /** Contexts in several buckets, evictions, a refusal; over and over, so that a scrape sees some of it live. */
    private static void sendTraffic(int port, AtomicBoolean enough) {
        while (!enough.get()) {
            for (int words : new int[] {5, 100, 200, 400}) {
                post(port, "{\"prompt\":\"" + "word ".repeat(words) + "\",\"max_tokens\":20,\"seed\":1}");
            }
            post(port, "{\"prompt\":\"x\",\"max_tokens\":-1}");
        }
    }

    private static void post(int port, String json) {
        try {
            CLIENT.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v1/completions"))
                            .header("content-type", "application/json")
                            .POST(BodyPublishers.ofString(json))
                            .build(),
                    BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Stream<String> expressions() {
        return dashboards().stream()
                .flatMap(file -> StreamSupport.stream(read(file).get("panels").spliterator(), false))
                .filter(panel -> panel.has("targets"))
                .flatMap(panel -> StreamSupport.stream(panel.get("targets").spliterator(), false))
                .map(target -> target.get("expr")
                        .textValue()
                        .replace("$__rate_interval", "1m")
                        .replace("$__range", "30m")
                        .replace("$job", ".+")
                        .replace("$instance", ".+")
                        .replace("$ttft_slo", "1.0")
                        .replace("$itl_slo", "0.1"));
    }

    private static boolean hasSample(int port, String expression) {
        JsonNode results = query(port, expression);
        return StreamSupport.stream(results.spliterator(), false)
                .anyMatch(result -> !result.get("value").get(1).textValue().equals("NaN"));
    }

    private static double value(int port, String expression) {
        JsonNode results = query(port, expression);
        return results.isEmpty()
                ? Double.NaN
                : Double.parseDouble(results.get(0).get("value").get(1).textValue());
    }

    private static JsonNode query(int port, String expression) {
        URI uri = URI.create("http://127.0.0.1:" + port + "/api/v1/query?query="
                + URLEncoder.encode(expression, StandardCharsets.UTF_8));
        try {
            JsonNode answer =
                    JSON.readTree(CLIENT.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
                            .body());
            assertThat(answer.get("status").textValue())
                    .as("%s: %s", expression, answer)
                    .isEqualTo("success");
            return answer.get("data").get("result");
        } catch (IOException e) {
            return JSON.createArrayNode(); // it is still starting
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<Path> dashboards() {
        try (Stream<Path> files = Files.list(DEPLOY.resolve("grafana/dashboards"))) {
            List<Path> all = files.sorted().toList();
            assertThat(all).hasSize(3);
            return all;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode read(Path file) {
        try {
            return JSON.readTree(file.toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode named(JsonNode list, String name) {
        return StreamSupport.stream(list.spliterator(), false)
                .filter(each -> each.get("name").textValue().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no variable " + name));
    }

    private static int count(Pattern pattern, String text) {
        return (int) pattern.matcher(text).results().count();
    }

    private static void require(List<String> faults, boolean holds, String fault) {
        if (!holds) {
            faults.add(fault);
        }
    }
}
