package dev.sublinear.server.config;

import dev.sublinear.engine.settings.ConfigException;
import dev.sublinear.engine.settings.Faults;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Values by their keys, from the command line, the environment, a file and the checkpoint's profile; the first of them that
 * has a key wins. What is wrong with values is gathered, so that all of it is told at once.
 */
final class ConfigValues {
    private static final String PREFIX = "SUBLINEAR_";
    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m)");

    private final Map<String, String> commandLine;
    private final Map<String, String> environment;
    private final Map<String, String> file;
    private Map<String, String> profile = Map.of();
    private final Set<String> known = new TreeSet<>();
    private final Faults faults = new Faults();

    ConfigValues(Map<String, String> commandLine, Map<String, String> environment, Map<String, String> file) {
        this.commandLine = commandLine;
        this.environment = environment;
        this.file = file;
    }

    Map<String, String> environment() {
        return environment;
    }

    Faults faults() {
        return faults;
    }

    /** Values for keys that are nowhere else. */
    void addProfile(Map<String, String> values) {
        profile = values;
    }

    /** Adds a fault for each key of the file that nobody has looked up. */
    void requireKnownKeys(String fileName) {
        for (String key : file.keySet()) {
            faults.require(known.contains(key), "%s: unknown key %s; known are %s", fileName, key, known);
        }
    }

    /** Makes one part of the configuration; its faults join the others. */
    <T> Optional<T> part(Supplier<T> reading) {
        try {
            return Optional.of(reading.get());
        } catch (ConfigException e) {
            faults.addAll(e.faults());
            return Optional.empty();
        }
    }

    /** Returns the text of a key, of the first place that has it. */
    Optional<String> lookUp(String key) {
        known.add(key);
        return Optional.ofNullable(commandLine.get(key))
                .or(() -> Optional.ofNullable(environment.get(variable(key))))
                .or(() -> Optional.ofNullable(file.get(key)))
                .or(() -> Optional.ofNullable(profile.get(key)));
    }

    String text(String key, String otherwise) {
        return lookUp(key).orElse(otherwise);
    }

    /** Texts with commas between them. */
    List<String> list(String key) {
        return lookUp(key)
                .map(text -> Arrays.stream(text.split(",", -1))
                        .map(String::trim)
                        .filter(part -> !part.isEmpty())
                        .toList())
                .orElse(List.of());
    }

    int integer(String key, int otherwise) {
        return parsed(key, ConfigValues::wholeNumber, otherwise);
    }

    double number(String key, double otherwise) {
        return parsed(key, ConfigValues::decimal, otherwise);
    }

    /** Returns the value of a key, or the other one if it is nowhere, or if it is wrong: then with a fault that names it. */
    <T> T parsed(String key, Function<String, T> parse, T otherwise) {
        try {
            return lookUp(key).map(parse).orElse(otherwise);
        } catch (IllegalArgumentException e) {
            faults.add(key + ": " + e.getMessage());
            return otherwise;
        }
    }

    static int wholeNumber(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            String rule = text.matches("[+-]?\\d+") ? " from " + Integer.MIN_VALUE + " to " + Integer.MAX_VALUE : "";
            throw new IllegalArgumentException("must be a whole number" + rule + ", was \"" + text + "\"", e);
        }
    }

    private static double decimal(String text) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("must be a number, was \"" + text + "\"", e);
        }
    }

    static boolean yesOrNo(String text) {
        if (text.equals("true") || text.equals("false")) {
            return text.equals("true");
        }
        throw new IllegalArgumentException("must be true or false, was \"" + text + "\"");
    }

    static Duration duration(String text) {
        Matcher matcher = DURATION.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("must be a duration such as 500ms, 10s or 5m, was \"" + text + "\"");
        }
        long count = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(count);
            case "s" -> Duration.ofSeconds(count);
            default -> Duration.ofMinutes(count);
        };
    }

    Optional<Path> path(String key) {
        return lookUp(key).flatMap(text -> {
            try {
                return Optional.of(Path.of(text));
            } catch (InvalidPathException e) {
                faults.add(key + " must be a path, was \"" + text + "\"");
                return Optional.empty();
            }
        });
    }

    /** The environment's name for a key. */
    static String variable(String key) {
        return PREFIX + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }
}
