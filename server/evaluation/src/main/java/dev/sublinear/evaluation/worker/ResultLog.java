package dev.sublinear.evaluation.worker;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Results by key in an append-only file, one line of JSON each: a run that was stopped looks up what it has measured. Safe for
 * several threads.
 */
public final class ResultLog {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path file;
    private final Map<String, JsonNode> results = new LinkedHashMap<>();

    /**
     * Opens a log, whose file need not exist yet. An incomplete last line is dropped.
     *
     * @throws UncheckedIOException if the file cannot be read
     * @throws IllegalArgumentException if any other line is not a result, naming it
     */
    public ResultLog(Path file) {
        this.file = file;
        try {
            if (Files.exists(file)) {
                read(Files.readString(file));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void read(String text) throws IOException {
        int whole = text.lastIndexOf('\n') + 1;
        List<String> lines = text.substring(0, whole).lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            try {
                JsonNode line = JSON.readTree(lines.get(i));
                results.put(line.required("key").asText(), line.required("result"));
            } catch (JsonProcessingException | IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        file + ": line " + (i + 1) + " is not a result of an evaluation; move the file away", e);
            }
        }
        if (whole < text.length()) {
            Files.writeString(file, text.substring(0, whole));
        }
    }

    public synchronized boolean has(String key) {
        return results.containsKey(key);
    }

    /**
     * Returns the result of a key.
     *
     * @throws IllegalArgumentException if the result has another type
     */
    public synchronized <T> Optional<T> find(String key, Class<T> type) {
        return Optional.ofNullable(results.get(key)).map(node -> {
            try {
                return JSON.treeToValue(node, type);
            } catch (JsonProcessingException e) {
                throw new IllegalArgumentException(
                        file + ": " + key + " was written by another version; move the file away", e);
            }
        });
    }

    /** Returns the results whose keys have this prefix, in the order in which they were added. */
    public synchronized <T> List<T> startingWith(String prefix, Class<T> type) {
        return results.keySet().stream()
                .filter(key -> key.startsWith(prefix))
                .flatMap(key -> find(key, type).stream())
                .toList();
    }

    /** Adds a result, which the file has when this returns. */
    public synchronized void add(String key, Object result) {
        JsonNode node = JSON.valueToTree(result);
        ObjectNode line = JSON.createObjectNode().put("key", key);
        line.set("result", node);
        try {
            Files.write(
                    file,
                    (line + "\n").getBytes(StandardCharsets.UTF_8),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        results.put(key, node);
    }
}
