package dev.sublinear.model.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Optional;
import java.util.Set;

/**
 * Bounds from below how many tokens a text has, in a small part of the time that it takes to split it.
 *
 * <p>A byte counts 1/L, where L is the length in bytes of the longest token that has it. A token of n bytes, each of which is in
 * a token at least as long, then counts at most 1, so the sum over a text is at most the number of its tokens. Bytes that no
 * token has, and that may be lost, count nothing.
 */
final class LeastTokens {
    private static final int BYTES = 256;
    private static final char SPACE = '\u2581';
    private static final double ROUNDING = 1e-3; // far more than the sum over a text can be wrong by

    private static final Set<String> KEEPING = Set.of("ByteLevel", "Metaspace", "Digits", "Punctuation", "Split");

    private final double[] counts = new double[BYTES];
    private final boolean composes;
    private final boolean marksSpace;
    private final boolean stripsSpace;

    private LeastTokens(boolean composes, boolean marksSpace, boolean stripsSpace) {
        this.composes = composes;
        this.marksSpace = marksSpace;
        this.stripsSpace = stripsSpace;
    }

    /**
     * Reads the lengths of tokens.
     *
     * @param json tokenizer.json
     * @param pieces the bytes of each id
     * @return empty if the tokenizer changes or drops what it reads in ways that are not known here
     */
    static Optional<LeastTokens> of(ObjectNode json, byte[][] pieces) {
        JsonNode normalizer = json.path("normalizer");
        boolean composes = normalizer.path("type").asText().equals("NFC");
        boolean overBytes = json.path("decoder").toString().contains("\"ByteLevel\"");
        boolean fallsBack = json.path("model").path("byte_fallback").asBoolean();
        boolean known =
                (overBytes || fallsBack) && (composes || keepsText(normalizer)) && keeps(json.path("pre_tokenizer"));
        if (!known) {
            return Optional.empty();
        }
        boolean strips = false;
        int[] longest = new int[BYTES];
        for (byte[] piece : pieces) {
            lengthen(longest, piece);
        }
        for (JsonNode token : json.path("added_tokens")) {
            lengthen(longest, token.path("content").asText().getBytes(StandardCharsets.UTF_8));
            strips |= token.path("lstrip").asBoolean() || token.path("rstrip").asBoolean();
        }
        LeastTokens least = new LeastTokens(composes, !overBytes, strips);
        for (int b = 0; b < BYTES; b++) {
            least.counts[b] = longest[b] == 0 ? 0 : 1.0 / longest[b];
        }
        return Optional.of(least);
    }

    private static void lengthen(int[] longest, byte[] token) {
        for (byte b : token) {
            longest[b & 0xff] = Math.max(longest[b & 0xff], token.length);
        }
    }

    /** Whether a normalizer does nothing but mark spaces, and put one first. */
    private static boolean keepsText(JsonNode normalizer) {
        return switch (normalizer.path("type").asText()) {
            case "" -> true;
            case "Prepend" -> true;
            case "Replace" ->
                normalizer.path("pattern").path("String").asText().equals(" ")
                        && normalizer.path("content").asText().equals(String.valueOf(SPACE));
            case "Sequence" -> {
                boolean all = true;
                for (JsonNode part : normalizer.path("normalizers")) {
                    all &= keepsText(part);
                }
                yield all;
            }
            default -> false;
        };
    }

    /** Whether all that comes out of a pre-tokenizer is all that went in. */
    private static boolean keeps(JsonNode splitter) {
        String type = splitter.path("type").asText();
        if (type.equals("Sequence")) {
            boolean all = true;
            for (JsonNode part : splitter.path("pretokenizers")) {
                all &= keeps(part);
            }
            return all;
        }
        return type.isEmpty()
                || (KEEPING.contains(type)
                        && !splitter.path("behavior").asText().equals("Removed"));
    }

    /** Returns a number of tokens that the text has at least. */
    long of(String text) {
        String read = composes ? Normalizer.normalize(text, Normalizer.Form.NFC) : text;
        double sum = 0;
        for (int i = 0; i < read.length(); ) {
            int c = read.codePointAt(i);
            i += Character.charCount(c);
            sum += of(marksSpace && c == SPACE ? ' ' : c);
        }
        return (long) Math.ceil(sum - ROUNDING);
    }

    private double of(int c) {
        if (stripsSpace && (Character.isWhitespace(c) || Character.isSpaceChar(c) || c == 0x85)) {
            return 0;
        }
        if (c < 0x80) {
            return counts[c];
        }
        double last = continuation(c);
        if (c < 0x800) {
            return counts[0xc0 | (c >> 6)] + last;
        }
        last += continuation(c >> 6);
        if (c < 0x10000) {
            return counts[0xe0 | (c >> 12)] + last;
        }
        return counts[0xf0 | (c >> 18)] + continuation(c >> 12) + last;
    }

    /** The count of the byte of UTF-8 that has these six bits. */
    private double continuation(int bits) {
        return counts[0x80 | (bits & 0x3f)];
    }
}
