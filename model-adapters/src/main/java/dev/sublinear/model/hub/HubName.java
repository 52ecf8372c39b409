package dev.sublinear.model.hub;

import static dev.sublinear.model.checkpoint.CheckpointException.quote;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A model as the hub calls it: {@code org/name}, {@code name}, {@code org/name@revision}, {@code org/name:FILE.gguf} or
 * {@code org/name:QUANTISATION}.
 *
 * @param repository {@code org/name}, or {@code name} for the few that have no organisation
 * @param revision a branch, a tag, or the 40 hexadecimal digits of a commit
 * @param part the GGUF file or the quantisation in its name; empty for a checkpoint in safetensors
 */
public record HubName(String repository, String revision, String part) {
    static final String MAIN = "main";
    private static final int MAX_REPOSITORY = 96;
    private static final int MAX_REVISION = 200;
    private static final int MAX_PART = 200;
    private static final String SEGMENT = "[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?";
    private static final Pattern REPOSITORY = Pattern.compile("(?:" + SEGMENT + "/)?" + SEGMENT);
    private static final Pattern REVISION = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._/+-]*");
    private static final Pattern PART = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._/+ -]*");
    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

    public HubName {
        require(
                repository.length() <= MAX_REPOSITORY
                        && REPOSITORY.matcher(repository).matches()
                        && !repository.contains("--")
                        && !repository.contains("..")
                        && !repository.endsWith(".git"),
                "must be NAME or ORGANISATION/NAME of at most 96 letters, digits, '.', '_' and '-', without \"--\", \"..\" and"
                        + " \".git\" at its end",
                repository);
        require(
                revision.length() <= MAX_REVISION && REVISION.matcher(revision).matches() && isPlain(revision),
                "its revision, after '@', must be a branch, a tag or a commit",
                revision);
        require(
                part.isEmpty()
                        || (part.length() <= MAX_PART && PART.matcher(part).matches() && isPlain(part)),
                "after ':' must come a GGUF file or its quantisation",
                part);
    }

    /**
     * Reads a name.
     *
     * @throws IllegalArgumentException if the text is not a name; the message has the rule and the value
     */
    public static HubName parse(String text) {
        int colon = text.indexOf(':');
        String whole = colon < 0 ? text : text.substring(0, colon);
        int at = whole.indexOf('@');
        require(colon < text.length() - 1, "after ':' must come a GGUF file or its quantisation", text);
        return new HubName(
                at < 0 ? whole : whole.substring(0, at),
                at < 0 ? MAIN : whole.substring(at + 1),
                colon < 0 ? "" : text.substring(colon + 1));
    }

    /** Reads a text; empty if it is not a name. */
    public static Optional<HubName> find(String text) {
        try {
            return Optional.of(parse(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Whether a text is the name of a commit. */
    static boolean isCommit(String revision) {
        return COMMIT.matcher(revision).matches();
    }

    boolean wantsGguf() {
        return !part.isEmpty();
    }

    boolean namesFile() {
        return part.toLowerCase(Locale.ROOT).endsWith(".gguf");
    }

    /** The same repository and revision, another part. */
    HubName with(String otherPart) {
        return new HubName(repository, revision, otherPart);
    }

    private static boolean isPlain(String path) {
        return !path.contains("..") && !path.contains("//") && !path.endsWith("/") && !path.endsWith(".lock");
    }

    private static void require(boolean rule, String message, String value) {
        if (!rule) {
            throw new IllegalArgumentException("a model on the hub: " + message + ", was " + quote(value));
        }
    }

    /** The name as {@link #parse} reads it. */
    @Override
    public String toString() {
        return repository + (revision.equals(MAIN) ? "" : "@" + revision) + (part.isEmpty() ? "" : ":" + part);
    }
}
