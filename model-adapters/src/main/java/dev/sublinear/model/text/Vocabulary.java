package dev.sublinear.model.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.sublinear.model.checkpoint.CheckpointException;
import dev.sublinear.model.jinja.Text;
import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What tokenizer.json says of its tokens.
 *
 * @param ids every id that has a token
 * @param added the tokens that are found in a text before any other, control tokens among them
 */
record Vocabulary(BitSet ids, List<Added> added) {
    /**
     * A token added to the model's own.
     *
     * @param special whether it is a control token
     * @param normalized whether it is looked for only in what is left beside those that are not
     */
    record Added(int id, String content, boolean special, boolean normalized) {}

    private static final String FILE = "tokenizer.json";

    /** From the first to the last letter of Canadian syllabics, which every normalizer leaves as they are. */
    private static final int FIRST_LETTER = 0x1401;

    private static final int LAST_LETTER = 0x166c;

    /**
     * Reads and checks the ids.
     *
     * @param rows rows of the embedding: ids must be below it
     */
    static Vocabulary of(ObjectNode json, int rows) {
        refuseWhatAborts(json);
        BitSet ids = new BitSet();
        JsonNode vocab = json.path("model").path("vocab");
        if (vocab instanceof ObjectNode named) {
            named.forEach(id -> ids.set(id("model.vocab", id, rows)));
        } else if (vocab instanceof ArrayNode listed) {
            if (listed.size() > rows) {
                throw refuse("\"model.vocab\" must not have more tokens than the embedding's " + rows + " rows, has "
                        + listed.size());
            }
            ids.set(0, listed.size());
        } else {
            throw refuse("\"model.vocab\" must be an object or an array");
        }
        List<Added> added = new ArrayList<>();
        for (JsonNode token : json.path("added_tokens")) {
            if (!token.path("content").isTextual()
                    || token.path("content").textValue().isEmpty()) {
                throw refuse("\"added_tokens\" must each have a content");
            }
            int id = id("added_tokens", token.path("id"), rows);
            ids.set(id);
            added.add(new Added(
                    id,
                    token.path("content").textValue(),
                    token.path("special").asBoolean(),
                    token.path("normalized").asBoolean()));
        }
        return new Vocabulary(ids, List.copyOf(added));
    }

    /** Where the native library panics, it takes the JVM with it. */
    private static void refuseWhatAborts(ObjectNode json) {
        JsonNode model = json.path("model");
        String prefix = model.path("continuing_subword_prefix").asText("");
        // It cuts the prefix off merges that need not have it. Models of this kind with a prefix are not in use.
        if (!prefix.isEmpty() && !model.path("type").asText().equals("WordPiece")) {
            throw refuse("\"continuing_subword_prefix\" must be empty, it is supported for WordPiece only");
        }
    }

    private static int id(String where, JsonNode id, int rows) {
        if (!id.isIntegralNumber() || !id.canConvertToInt() || id.intValue() < 0 || id.intValue() >= rows) {
            throw refuse("\"" + where + "\" must have ids below the embedding's " + rows + " rows, has "
                    + (id.isNumber() ? id.asText() : "none"));
        }
        return id.intValue();
    }

    /** The ids whose text is shown: those that have a token that is not a control token. */
    BitSet shown() {
        BitSet shown = (BitSet) ids.clone();
        added.stream().filter(Added::special).forEach(token -> shown.clear(token.id()));
        return shown;
    }

    /**
     * What the names of control tokens begin with: no text contains it. Its first letter is in no added token, or what ends in a
     * part of it, behind a text that begins such a token, would be found before it.
     */
    String nonce() {
        int first = IntStream.rangeClosed(FIRST_LETTER, LAST_LETTER)
                .filter(letter ->
                        added.stream().noneMatch(token -> token.content().indexOf(letter) >= 0))
                .findFirst()
                .orElseThrow(() -> refuse("\"added_tokens\" must leave out a letter from U+1401 to U+166C"));
        // 128 random bits: an author of texts cannot know them.
        return Character.toString(first) + "control-" + new BigInteger(128, new SecureRandom()).toString(36) + "-";
    }

    /**
     * A copy of tokenizer.json in which control tokens carry names that no text contains, see {@link #name}. They keep
     * their places, since the library renumbers the tokens after one that is left out.
     */
    ObjectNode unspeakable(ObjectNode json, String nonce) {
        ObjectNode copy = json.deepCopy();
        ObjectNode model = (ObjectNode) copy.get("model");
        for (Added token : added) {
            if (token.special()) {
                rename(model, token.content(), name(nonce, token.id()));
            }
        }
        for (JsonNode token : copy.path("added_tokens")) {
            if (token.path("special").asBoolean()) {
                ((ObjectNode) token).put("content", name(nonce, token.path("id").intValue()));
            }
        }
        return copy;
    }

    /**
     * The name of a control token, which texts cannot spell. No name begins another, and no text after one changes
     * it: without an end to its number, the 1 of one token and a digit that a message begins with would be another token.
     */
    private static String name(String nonce, int id) {
        return nonce + id + ';';
    }

    /**
     * A text in which the control tokens that a template wrote carry the names that {@link #unspeakable} gave them. Of
     * several added tokens that begin at one place the longest is meant, as the library has it, be it a control token or not.
     */
    String withControlTokens(Text text, String nonce) {
        String characters = text.toString();
        Map<Character, List<Added>> byFirst = added.stream()
                .filter(token -> token.special() || !token.normalized())
                .sorted(Comparator.comparingInt((Added token) -> token.content().length())
                        .reversed())
                .collect(Collectors.groupingBy(token -> token.content().charAt(0)));
        StringBuilder named = new StringBuilder();
        int at = 0;
        while (at < characters.length()) {
            Optional<Added> token = Optional.empty();
            for (Added candidate : byFirst.getOrDefault(characters.charAt(at), List.of())) {
                int end = at + candidate.content().length();
                boolean meant = characters.startsWith(candidate.content(), at)
                        && !(candidate.special() && text.isGiven(at, end));
                if (meant) {
                    token = Optional.of(candidate);
                    break;
                }
            }
            if (token.isPresent()) {
                Added found = token.get();
                named.append(found.special() ? name(nonce, found.id()) : found.content());
                at += found.content().length();
            } else {
                named.append(characters.charAt(at++));
            }
        }
        return named.toString();
    }

    /** A copy of tokenizer.json that neither cuts nor pads a text, nor puts control tokens around it. */
    static ObjectNode plain(ObjectNode json) {
        ObjectNode copy = json.deepCopy();
        copy.putNull("truncation");
        copy.putNull("padding");
        copy.putNull("post_processor");
        return copy;
    }

    private static void rename(ObjectNode model, String from, String to) {
        JsonNode vocab = model.get("vocab");
        if (vocab instanceof ObjectNode named) {
            JsonNode id = named.remove(from);
            if (id != null) {
                named.set(to, id);
            }
        } else if (vocab instanceof ArrayNode listed) {
            for (JsonNode piece : listed) {
                if (piece.path(0).asText().equals(from)) {
                    ((ArrayNode) piece).set(0, TextNode.valueOf(to));
                }
            }
        }
        if (model.path("unk_token").asText().equals(from)) {
            model.put("unk_token", to);
        }
    }

    private static CheckpointException refuse(String rule) {
        return new CheckpointException(FILE, rule);
    }
}
