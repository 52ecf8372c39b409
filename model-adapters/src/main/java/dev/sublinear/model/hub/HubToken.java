package dev.sublinear.model.hub;

import dev.sublinear.model.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where the token lies that says to the hub who asks.
 *
 * @param given the value of HF_TOKEN; empty if there is none
 * @param file where to look then
 * @param sent false if none shall be sent at all
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

    /** How to give one. */
    String advice() {
        return sent
                ? "put a token into HF_TOKEN or " + file
                : "unset HF_HUB_DISABLE_IMPLICIT_TOKEN and put a token into HF_TOKEN or " + file;
    }

    /** Without the token itself: what is printed ends in logs. */
    @Override
    public String toString() {
        return "token from " + place();
    }
}
