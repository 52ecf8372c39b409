package dev.sublinear.server.config;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.sublinear.engine.settings.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A YAML file as dotted keys and their text: {@code http: {port: 80}} is {@code http.port} and {@code 80}. A list of plain
 * values is their text with commas between.
 */
final class ConfigFile {
    private static final int MAX_BYTES = 1 << 20;
    private static final ObjectMapper YAML =
            new ObjectMapper(new YAMLFactory().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION));

    private ConfigFile() {}

    /** @throws ConfigException if the file cannot be read, or has anything but keys and plain values */
    static Map<String, String> read(Path file) {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw fault(file, "must not be larger than " + MAX_BYTES + " bytes, was " + Files.size(file));
            }
            Map<String, String> values = new LinkedHashMap<>();
            JsonNode root = YAML.readTree(Files.readAllBytes(file));
            if (!root.isMissingNode() && !root.isNull()) {
                flatten(file, "", root, values);
            }
            return values;
        } catch (JacksonException e) {
            String where =
                    e.getLocation() == null ? "" : " at line " + e.getLocation().getLineNr();
            throw fault(file, "is not YAML" + where + ": " + firstLine(e.getOriginalMessage()));
        } catch (NoSuchFileException e) {
            throw fault(file, "does not exist");
        } catch (IOException e) {
            throw fault(file, "cannot be read: " + firstLine(String.valueOf(e.getMessage())));
        }
    }

    private static void flatten(Path file, String key, JsonNode node, Map<String, String> values) {
        if (node.isObject()) {
            node.properties().forEach(entry -> flatten(file, child(key, entry.getKey()), entry.getValue(), values));
        } else if (node.isValueNode() && !node.isNull() && !key.isEmpty()) {
            values.put(key, node.asText());
        } else if (isList(node) && !key.isEmpty()) {
            List<String> parts = new ArrayList<>();
            node.forEach(part -> parts.add(part.asText()));
            values.put(key, String.join(",", parts));
        } else {
            String what = key.isEmpty() ? "the file" : key;
            throw fault(file, what + " must have " + (key.isEmpty() ? "keys" : "one value") + ", was " + node);
        }
    }

    private static boolean isList(JsonNode node) {
        boolean plain = node.isArray() && !node.isEmpty();
        for (JsonNode part : node) {
            plain &= part.isValueNode() && !part.isNull();
        }
        return plain;
    }

    private static String child(String key, String name) {
        return key.isEmpty() ? name : key + "." + name;
    }

    private static String firstLine(String message) {
        return message.lines().findFirst().orElse("");
    }

    private static ConfigException fault(Path file, String rule) {
        return new ConfigException(List.of(file + ": " + rule));
    }
}
