package dev.sublinear.model.hub;

import dev.sublinear.model.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The token that tells the hub whose request it is, and where it is found.
 *
 * @param given the value of HF_TOKEN; empty if there is none
 * @param file that is read without {@code given}
 * @param sent false if no token is ever sent
 */
record HubToken(String given, Path file, boolean sent) {
    private static final Pattern HEADER_SAFE = Pattern.compile("[!-~]+");

    /** Returns the token, if there is one. */
    Optional<String> read() {
        if (!sent) {
            return Optional.empty();
        }
        String token = given.isBlank() ? fromFile() : given;
        String clean = token.replaceAll("[\\r\\n]", "").strip();
        if (clean.isEmpty()) {
            return Optional.empty();
        }
        if (!HEADER_SAFE.matcher(clean).matches()) {
            throw new CheckpointException(place(), "must hold a token, which is one word of letters, digits and signs");
        }
        return Optional.of(clean);
    }

    private String fromFile() {
        try {
            return Files.readString(file);
        } catch (NoSuchFileException e) {
            return "";
        } catch (IOException e) {
            throw new CheckpointException(file.toString(), "the token in it cannot be read: " + e.getMessage(), e);
        }
    }

    /** Where the token comes from. */
    String place() {
        return given.isBlank() ? file.toString() : "HF_TOKEN";
    }

    /** A hint for users without a token. */
    String advice() {
        return sent
                ? "put a token into HF_TOKEN or " + file
                : "unset HF_HUB_DISABLE_IMPLICIT_TOKEN and put a token into HF_TOKEN or " + file;
    }

    /** The places without the token itself, which must not end in logs. */
    @Override
    public String toString() {
        return "token from " + place();
    }
}
