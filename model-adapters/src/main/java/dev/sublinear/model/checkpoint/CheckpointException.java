package dev.sublinear.model.checkpoint;

/** A checkpoint cannot be used. The message names the file, the tensor or key, the rule and the value. */
public final class CheckpointException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private static final int QUOTED_CHARACTERS = 120;

    /** A fault of {@code file}: the message is {@code file: rule}. */
    public CheckpointException(String file, String rule) {
        super(file + ": " + rule);
    }

    /** A fault of {@code file} that was noticed through {@code cause}. */
    public CheckpointException(String file, String rule, Throwable cause) {
        super(file + ": " + rule, cause);
    }

    /** Returns a name from an untrusted file in quotes, on one line, and cut to 120 characters. */
    public static String quote(String name) {
        StringBuilder quoted = new StringBuilder("\"");
        for (int i = 0; i < Math.min(name.length(), QUOTED_CHARACTERS); i++) {
            char c = name.charAt(i);
            boolean printable = c >= ' ' && c < 127 && c != '"' && c != '\\';
            quoted.append(printable ? String.valueOf(c) : String.format("\\u%04x", (int) c));
        }
        return quoted.append(name.length() > QUOTED_CHARACTERS ? "…\"" : "\"").toString();
    }
}
