package dev.sublinear.server.http;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/** Keys of test servers: each holder's is {@code sk-} and the name. */
public final class TestKeys {
    private TestKeys() {}

    /** Writes a file of the keys of these holders. */
    public static Path write(Path directory, String... holders) throws IOException {
        return Files.write(
                directory.resolve("keys"),
                Arrays.stream(holders).map(name -> line(name, "sk-" + name)).toList());
    }

    /** A line of a file of keys. */
    static String line(String name, String key) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
            return name + ":" + HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JVM has it
        }
    }

    /** The header, with the end of its line, by which a holder asks. */
    public static String header(String holder) {
        return "Authorization: Bearer sk-" + holder + "\r\n";
    }
}
