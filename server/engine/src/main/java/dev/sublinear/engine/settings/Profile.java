package dev.sublinear.engine.settings;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.model.checkpoint.CheckpointException;
import dev.sublinear.model.checkpoint.StrictJson;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * What {@code calibrate} has found for a checkpoint: {@code kv-profile.json} in its directory, whose {@code cache} has keys
 * and values of the configuration. They hold where nothing else is configured.
 *
 * @param cache keys such as {@code cache.budget}, and their text
 */
public record Profile(Map<String, String> cache) {
    public static final String FILE = "kv-profile.json";
    public static final int FORMAT = 1;

    private static final int MAX_BYTES = 1 << 20;
    private static final List<String> KEYS = List.of("budget", "scorer", "sinks", "recent", "recent-share", "slack");

    public Profile {
        cache = Map.copyOf(cache);
    }

    /**
     * Reads the profile of a checkpoint, if it has one: in its directory; or, of a file, {@code NAME.kv-profile.json} beside
     * {@code NAME.gguf}, or else {@code kv-profile.json} there, which may belong to another file.
     *
     * @param checkpoint a directory, or a file that holds all
     * @param fingerprint of the checkpoint; asked for when there is a profile
     * @throws ConfigException if the file is not a profile, or was made for other weights
     */
    public static Optional<Profile> beside(Path checkpoint, Supplier<String> fingerprint) {
        try {
            if (Files.isDirectory(checkpoint)) {
                return read(checkpoint.resolve(FILE), json -> true, fingerprint);
            }
            String name = String.valueOf(checkpoint.getFileName()).replaceFirst("\\.[^.]*$", "");
            return read(checkpoint.resolveSibling(name + "." + FILE), json -> true, fingerprint)
                    .or(() -> read(
                            checkpoint.resolveSibling(FILE),
                            json -> made(json).equals(fingerprint.get()),
                            fingerprint));
        } catch (CheckpointException | UncheckedIOException e) {
            throw new ConfigException(List.of(String.valueOf(e.getMessage())));
        }
    }

    private static Optional<Profile> read(Path file, Predicate<ObjectNode> counts, Supplier<String> fingerprint) {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        return Optional.of(StrictJson.read(file, MAX_BYTES)).filter(counts).map(json -> read(json, fingerprint.get()));
    }

    /** The weights that it was made for. */
    private static String made(ObjectNode json) {
        return json.path("model").path("fingerprint").asText();
    }

    /** Returns one line that says what it gives. */
    public String describe() {
        return FILE + " gives, where nothing else is configured: "
                + new TreeMap<>(cache)
                        .entrySet().stream()
                                .map(entry -> entry.getKey() + " " + entry.getValue())
                                .collect(Collectors.joining(", "));
    }

    private static Profile read(ObjectNode json, String own) {
        Faults faults = new Faults();
        faults.require(
                json.path("format").asInt() == FORMAT,
                "%s: format must be %s, was %s",
                FILE,
                FORMAT,
                json.path("format"));
        String made = made(json);
        faults.require(
                made.equals(own),
                "%s was calibrated for another model: model.fingerprint must be %s, that of the weights beside it, was \"%s\"; "
                        + "calibrate again, or remove the file",
                FILE,
                own,
                made);
        Map<String, String> cache = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : json.path("cache").properties()) {
            faults.require(
                    KEYS.contains(entry.getKey()) && entry.getValue().isValueNode(),
                    "%s: cache may have values for %s, had %s",
                    FILE,
                    KEYS,
                    entry.getKey());
            cache.put("cache." + entry.getKey(), entry.getValue().asText());
        }
        faults.require(!cache.isEmpty(), "%s: cache must have at least one of %s", FILE, KEYS);
        faults.raise();
        return new Profile(cache);
    }
}
