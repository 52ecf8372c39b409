package dev.sublinear.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.server.Fixture;
import dev.sublinear.server.cli.serve.Server;
import dev.sublinear.server.config.ConfigReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The table of meters in deploy/prometheus and what a running server shows are the same. */
final class MeterTableTest {
    private static final Path TABLE = Path.of("..", "..", "deploy", "prometheus", "README.md");
    private static final Pattern ROW = Pattern.compile("(?m)^\\| `([a-z][a-z0-9_]*)(?:\\{[^}]*})?` \\| (\\w+) \\|");
    private static final Pattern TYPE = Pattern.compile("(?m)^# TYPE (\\S+) (\\S+)$");

    @Test
    void table_everyMeter_isShownWithItsType() throws Exception {
        Map<String, String> documented = pairs(ROW, Files.readString(TABLE));

        Map<String, String> shown = pairs(TYPE, scrape());
        shown.keySet()
                .removeIf(name -> name.startsWith("jvm_gc_pause") || name.startsWith("jvm_gc_concurrent")); // after one
        shown.keySet().removeIf(name -> name.endsWith("_max") && shown.containsKey(name.replaceFirst("_max$", "")));

        assertThat(documented).isEqualTo(shown);
    }

    private static Map<String, String> pairs(Pattern pattern, String text) {
        Map<String, String> pairs = new TreeMap<>();
        pattern.matcher(text).results().forEach(row -> pairs.put(row.group(1), row.group(2)));
        return pairs;
    }

    private static String scrape() throws IOException, InterruptedException {
        try (Server server = Server.start(ConfigReader.read(Map.of("http.port", "0"), Fixture.ENVIRONMENT))) {
            URI uri = URI.create("http://127.0.0.1:" + server.port() + "/metrics");
            return HttpClient.newHttpClient()
                    .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
                    .body();
        }
    }
}
