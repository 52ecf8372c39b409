package dev.sublinear.engine.settings;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.kvcache.budget.HeadLaws;
import dev.sublinear.model.checkpoint.CheckpointException;
import dev.sublinear.model.checkpoint.StrictJson;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * What {@code calibrate} has found for a checkpoint, {@code kv-profile.json}: keys and values of the configuration, which hold
 * where nothing else is configured, and the power law of each head, which the budget {@code head-laws} means.
 *
 * @param cache keys such as {@code cache.budget}, and their text
 * @param laws of the heads; none in format 1, which had one law for all; format 2 knew no whole heads but by α and C of 1
 * @param date of the measurement, if the file tells it
 */
public record Profile(Map<String, String> cache, Optional<HeadLaws> laws, Optional<String> date) {
    public static final String FILE = "kv-profile.json";
    public static final int FORMAT = 3;

    /** Knew no laws. */
    private static final int FIRST_FORMAT = 1;

    private static final int MAX_BYTES = 1 << 24;
    private static final List<String> CACHE = List.of("budget", "scorer", "sinks", "recent", "recent-share", "slack");
    private static final Set<String> KEYS = Set.of("format", "model", "cache", "laws", "measured");

    public Profile {
        cache = Map.copyOf(cache);
    }

    /**
     * Reads the profile of a checkpoint, if it has one: in its directory; or, of a file, {@code NAME.kv-profile.json} beside
     * {@code NAME.gguf}, or else {@code kv-profile.json} there, which may belong to another file; or in the user's directory.
     *
     * @param fingerprint of the checkpoint; asked for when there is a profile
     * @throws ConfigException if the file is not a profile, or was made for other weights
     */
    public static Optional<Profile> at(ProfilePlace place, Supplier<String> fingerprint) {
        try {
            return read(place.own(), json -> true, fingerprint)
                    .or(() -> Files.isDirectory(place.checkpoint())
                            ? Optional.empty()
                            : read(place.shared(), json -> madeFor(json).equals(fingerprint.get()), fingerprint))
                    .or(() -> Files.isDirectory(place.profiles())
                            ? read(place.kept(fingerprint.get()), json -> true, fingerprint)
                            : Optional.empty());
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
    private static String madeFor(ObjectNode json) {
        return json.path("model").path("fingerprint").asText();
    }

    /** Returns one line that says what it gives. */
    public String describe() {
        return FILE + date.map(day -> " of " + day).orElse("") + " gives, where nothing else is configured: "
                + new TreeMap<>(cache)
                        .entrySet().stream()
                                .map(entry -> entry.getKey() + " " + entry.getValue())
                                .collect(Collectors.joining(", "));
    }

    private static Profile read(ObjectNode json, String own) {
        Faults faults = new Faults();
        int format = json.path("format").asInt();
        faults.require(
                format >= FIRST_FORMAT && format <= FORMAT,
                "%s: format must be from %s to %s, was %s",
                FILE,
                FIRST_FORMAT,
                FORMAT,
                json.path("format"));
        for (Map.Entry<String, JsonNode> entry : json.properties()) {
            faults.require(
                    KEYS.contains(entry.getKey()), "%s may have %s, had %s", FILE, new TreeSet<>(KEYS), entry.getKey());
        }
        String made = madeFor(json);
        faults.require(
                made.equals(own),
                "%s was calibrated for another model: model.fingerprint must be %s, that of the weights beside it, was \"%s\"; "
                        + "calibrate again, or remove the file",
                FILE,
                own,
                made);
        Map<String, String> cache = cache(json, faults);
        Optional<HeadLaws> laws = Optional.ofNullable(json.get("laws")).flatMap(node -> LawsReader.read(node, faults));
        faults.raise();
        return new Profile(
                cache,
                laws,
                Optional.ofNullable(json.path("measured").path("date").textValue()));
    }

    private static Map<String, String> cache(ObjectNode json, Faults faults) {
        Map<String, String> cache = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : json.path("cache").properties()) {
            faults.require(
                    CACHE.contains(entry.getKey()) && entry.getValue().isValueNode(),
                    "%s: cache may have values for %s, had %s",
                    FILE,
                    CACHE,
                    entry.getKey());
            cache.put("cache." + entry.getKey(), entry.getValue().asText());
        }
        faults.require(!cache.isEmpty(), "%s: cache must have at least one of %s", FILE, CACHE);
        return cache;
    }
}
