package dev.sublinear.model.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The bytes that each token adds to a text, where tokens add the same bytes wherever they stand. That holds for the two
 * common kinds of tokenizers: those over bytes, as GPT-2's, and those that write a space as {@code ▁} and fall back to
 * bytes, as Llama 2's. A character may be split over several tokens.
 */
final class Pieces {
    private static final int BYTES = 256;
    private static final String BYTE_LEVEL = "ByteLevel";
    private static final String SPACE = "\u2581";
    private static final Pattern BYTE = Pattern.compile("<0x([0-9A-F]{2})>");
    private static final Set<String> WITH_SPACE_MARK = Set.of("Metaspace", "Replace", "ByteFallback", "Fuse", "Strip");

    private Pieces() {}

    /**
     * Returns the bytes of each id; none for control tokens and ids without a token.
     *
     * @param json tokenizer.json
     * @param rows of the embedding
     * @return empty if the tokenizer is of another kind
     */
    static Optional<byte[][]> of(ObjectNode json, int rows) {
        Set<String> decoders = new HashSet<>();
        collect(json.path("decoder"), decoders);
        if (decoders.contains(BYTE_LEVEL)) {
            Map<Integer, Byte> alphabet = alphabet();
            return Optional.of(pieces(json, rows, token -> bytes(token, alphabet)));
        }
        if (!decoders.isEmpty() && WITH_SPACE_MARK.containsAll(decoders)) {
            boolean fallsBack = decoders.contains("ByteFallback");
            return Optional.of(pieces(json, rows, token -> marked(token, fallsBack)));
        }
        return Optional.empty();
    }

    private static void collect(JsonNode decoder, Set<String> types) {
        if (decoder.path("type").asText().equals("Sequence")) {
            decoder.path("decoders").forEach(part -> collect(part, types));
        } else if (decoder.isObject()) {
            boolean spaces =
                    decoder.path("pattern").path("String").asText(SPACE).equals(SPACE)
                            && decoder.path("content").asText(" ").equals(" ");
            types.add(spaces ? decoder.path("type").asText() : "other");
        }
    }

    private interface Spelling {
        byte[] bytes(String token);
    }

    private static byte[][] pieces(ObjectNode json, int rows, Spelling spelling) {
        byte[][] pieces = new byte[rows][0];
        JsonNode vocab = json.path("model").path("vocab");
        if (vocab instanceof ArrayNode listed) {
            for (int id = 0; id < listed.size(); id++) {
                pieces[id] = spelling.bytes(listed.get(id).path(0).asText());
            }
        } else {
            vocab.properties().forEach(token -> pieces[token.getValue().intValue()] = spelling.bytes(token.getKey()));
        }
        for (JsonNode token : json.path("added_tokens")) {
            pieces[token.path("id").intValue()] = token.path("special").asBoolean()
                    ? new byte[0]
                    : token.path("content").asText().getBytes(StandardCharsets.UTF_8);
        }
        return pieces;
    }

    /**
     * The characters for bytes, as GPT-2 chose them: printable ones stand for themselves, the others, in order, are
     * U+0100 and the following.
     */
    private static Map<Integer, Byte> alphabet() {
        Map<Integer, Byte> alphabet = new HashMap<>();
        int next = BYTES;
        for (int b = 0; b < BYTES; b++) {
            boolean printable = (b >= '!' && b <= '~') || (b >= 0xa1 && b <= 0xac) || b >= 0xae;
            alphabet.put(printable ? b : next++, (byte) b);
        }
        return alphabet;
    }

    private static byte[] bytes(String token, Map<Integer, Byte> alphabet) {
        byte[] bytes = new byte[token.length()];
        for (int i = 0; i < bytes.length; i++) {
            Byte b = alphabet.get((int) token.charAt(i));
            if (b == null) { // not from the alphabet, so it stands for itself
                return token.getBytes(StandardCharsets.UTF_8);
            }
            bytes[i] = b;
        }
        return bytes;
    }

    private static byte[] marked(String token, boolean fallsBack) {
        Matcher matcher = BYTE.matcher(token);
        if (fallsBack && matcher.matches()) {
            return new byte[] {(byte) Integer.parseInt(matcher.group(1), 16)};
        }
        return token.replace(SPACE, " ").getBytes(StandardCharsets.UTF_8);
    }
}
