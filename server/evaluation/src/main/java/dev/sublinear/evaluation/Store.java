package dev.sublinear.evaluation;

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
 * What has been measured so far, a line of JSON each in a file that only grows: a run that was stopped goes on where it
 * was. For several threads.
 */
final class Store {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path file;
    private final Map<String, JsonNode> results = new LinkedHashMap<>();

    /**
     * Opens a file, new or not. A last line that was cut short is dropped.
     *
     * @throws UncheckedIOException if it cannot be read
     * @throws IllegalArgumentException if another line is not a result
     */
    Store(Path file) {
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

    synchronized boolean has(String key) {
        return results.containsKey(key);
    }

    synchronized <T> Optional<T> find(String key, Class<T> type) {
        return Optional.ofNullable(results.get(key)).map(node -> {
            try {
                return JSON.treeToValue(node, type);
            } catch (JsonProcessingException e) {
                throw new IllegalArgumentException(
                        file + ": " + key + " was written by another version; move the file away", e);
            }
        });
    }

    /** Returns the results whose keys begin so, in the order in which they were added. */
    synchronized <T> List<T> startingWith(String prefix, Class<T> type) {
        return results.keySet().stream()
                .filter(key -> key.startsWith(prefix))
                .flatMap(key -> find(key, type).stream())
                .toList();
    }

    /** Adds a result; it is on the disk when this returns. */
    synchronized void add(String key, Object result) {
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
