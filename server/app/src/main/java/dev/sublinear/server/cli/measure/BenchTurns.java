package dev.sublinear.server.cli.measure;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sublinear.evaluation.bench.TurnBenchmark;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** A benchmark that another program steers: each line of its input asks for a measurement, and one line of JSON answers it. */
final class BenchTurns {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final TurnBenchmark benchmark;
    private final PrintWriter out;

    /** What a line asks for; numbers that the measurement does not need are absent, and 0 here. */
    private record Asked(
            @JsonProperty(value = "measure", required = true)
            String measure,

            @JsonProperty("tokens") int tokens,
            @JsonProperty("depth") int depth,
            @JsonProperty("streams") int streams,
            @JsonProperty("room") int room) {}

    BenchTurns(TurnBenchmark benchmark, PrintWriter out) {
        this.benchmark = benchmark;
        this.out = out;
    }

    /** Says what it is, then answers until the input ends. */
    void run(BufferedReader in, Map<String, Object> about) {
        print(about);
        try {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                print(answer(line));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Map<String, Object> answer(String line) {
        try {
            Asked asked = JSON.readValue(line, Asked.class);
            double seconds = switch (asked.measure()) {
                case "read" -> benchmark.read(asked.tokens(), asked.room());
                case "fill" -> benchmark.fill(asked.depth(), asked.streams(), asked.room());
                case "decode" -> benchmark.decode(asked.tokens());
                default ->
                    throw new IllegalArgumentException(
                            "measure must be read, fill or decode, was \"" + asked.measure() + "\"");
            };
            Map<String, Object> measured = new LinkedHashMap<>();
            measured.put("milliseconds", seconds * 1e3);
            measured.put("cache_bytes", benchmark.bytes());
            return measured;
        } catch (JsonProcessingException e) {
            return Map.of("error", "a line must be a request as JSON: " + e.getOriginalMessage());
        } catch (IllegalArgumentException e) {
            return Map.of("error", String.valueOf(e.getMessage()));
        }
    }

    private void print(Object value) {
        try {
            out.println(JSON.writeValueAsString(value));
            out.flush();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
