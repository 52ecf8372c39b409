package dev.sublinear.server.http;

import dev.sublinear.engine.settings.ConfigException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The keys that let callers in, each as its SHA-256: a reader of the file learns no key.
 *
 * <p>A line is {@code name:sha256}, where the name says who holds the key and the hash has 64 hexadecimal digits; empty
 * lines and those that begin with {@code #} are skipped. {@code printf %s "$KEY" | sha256sum} makes a hash.
 */
final class ApiKeys {
    private static final int MAX_BYTES = 1 << 20;
    private static final int MAX_NAME = 64;
    private static final int HASH_BYTES = 32;

    private final Map<String, byte[]> hashes;

    private ApiKeys(Map<String, byte[]> hashes) {
        this.hashes = hashes;
    }

    /** @throws ConfigException naming the file, the line and the rule, but never the text of the line */
    static ApiKeys read(Path file) {
        Map<String, byte[]> hashes = new LinkedHashMap<>();
        int number = 0;
        for (String line : lines(file)) {
            number++;
            if (!line.isBlank() && !line.startsWith("#")) {
                add(hashes, line.strip(), file + ", line " + number);
            }
        }
        if (hashes.isEmpty()) {
            throw fault(file.toString(), "must have at least one line name:sha256");
        }
        return new ApiKeys(hashes);
    }

    private static List<String> lines(Path file) {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw fault(file.toString(), "must not be larger than " + MAX_BYTES + " bytes");
            }
            return Files.readAllLines(file);
        } catch (NoSuchFileException e) {
            throw fault(file.toString(), "does not exist");
        } catch (IOException e) {
            throw fault(file.toString(), "cannot be read as UTF-8 text");
        }
    }

    private static void add(Map<String, byte[]> hashes, String line, String where) {
        int colon = line.indexOf(':');
        if (colon < 1 || colon > MAX_NAME || line.chars().anyMatch(Character::isISOControl)) {
            throw fault(where, "must be name:sha256 with a name of 1 to " + MAX_NAME + " printable characters");
        }
        byte[] hash = hash(line.substring(colon + 1).strip(), where);
        if (hashes.putIfAbsent(line.substring(0, colon), hash) != null) {
            throw fault(where, "must not repeat a name");
        }
    }

    private static byte[] hash(String hex, String where) {
        try {
            byte[] hash = HexFormat.of().parseHex(hex);
            if (hash.length == HASH_BYTES) {
                return hash;
            }
        } catch (IllegalArgumentException e) {
            // thrown below, without the text: it may be a key that should have been hashed
        }
        throw fault(where, "must have 64 hexadecimal digits after the colon");
    }

    private static ConfigException fault(String where, String rule) {
        return new ConfigException(List.of(where + ": " + rule));
    }

    /** Returns the name of a key's holder, empty for an unknown key. Takes the same time for every key, known or not. */
    Optional<String> holder(String key) {
        byte[] asked = sha256(key);
        Optional<String> holder = Optional.empty();
        for (Map.Entry<String, byte[]> entry : hashes.entrySet()) {
            if (MessageDigest.isEqual(asked, entry.getValue())) {
                holder = Optional.of(entry.getKey());
            }
        }
        return holder;
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JVM has it
        }
    }
}
