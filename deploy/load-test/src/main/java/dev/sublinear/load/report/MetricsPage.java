package dev.sublinear.load.report;

import dev.sublinear.load.workload.LoadTestException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * What {@code GET /metrics} shows at one moment.
 *
 * @param series by name and labels, as Prometheus writes them
 */
public record MetricsPage(Map<String, Double> series) {
    private static final String CONTEXT = "{context=\"";

    /** Reads such pages, over one connection. */
    public static final class Reader {
        private final HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        private final HttpRequest request;

        public Reader(URI server) {
            this.request = HttpRequest.newBuilder(server.resolve("/metrics"))
                    .timeout(Duration.ofMinutes(1))
                    .build();
        }

        public MetricsPage read() {
            try {
                return parse(client.send(request, BodyHandlers.ofString()).body());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new LoadTestException("interrupted");
            }
        }
    }

    static MetricsPage parse(String text) {
        Map<String, Double> series = new LinkedHashMap<>();
        text.lines().filter(line -> !line.startsWith("#") && !line.isBlank()).forEach(line -> {
            int space = line.lastIndexOf(' ');
            series.put(line.substring(0, space), Double.parseDouble(line.substring(space + 1)));
        });
        return new MetricsPage(series);
    }

    /**
     * Returns a value.
     *
     * @throws LoadTestException if there is no such series: then this server is not of the version that the test knows
     */
    public double value(String name) {
        Double value = series.get(name);
        if (value == null) {
            throw new LoadTestException("the server's /metrics has no " + name);
        }
        return value;
    }

    /** Returns the means, by context, of what a summary has been told since an earlier page. */
    Map<Integer, Double> meansByContext(String name, MetricsPage earlier) {
        Map<Integer, Double> means = new TreeMap<>();
        String counts = name + "_count" + CONTEXT;
        for (String series : series.keySet()) {
            if (series.startsWith(counts)) {
                String context = series.substring(counts.length(), series.indexOf('"', counts.length()));
                String sums = name + "_sum" + series.substring(counts.length() - CONTEXT.length());
                double count = value(series) - earlier.value(series);
                if (count > 0) {
                    means.put((int) Double.parseDouble(context), (value(sums) - earlier.value(sums)) / count);
                }
            }
        }
        return means;
    }
}
