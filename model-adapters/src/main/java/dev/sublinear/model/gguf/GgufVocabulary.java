package dev.sublinear.model.gguf;

import static dev.sublinear.model.checkpoint.CheckpointException.quote;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/** The tokens of a GGUF file by id, and the purpose of each. */
final class GgufVocabulary {
    /** The purpose of a token. In the file it is the ordinal here; 0 is unknown. */
    enum Kind {
        UNDEFINED,
        NORMAL,
        UNKNOWN,
        CONTROL,
        USER_DEFINED,
        UNUSED,
        BYTE
    }

    private static final String TOKENS = "tokenizer.ggml.tokens";
    private static final String TYPES = "tokenizer.ggml.token_type";
    private static final String SCORES = "tokenizer.ggml.scores";

    /** Control tokens that always end an answer, as in llama.cpp. */
    private static final Set<String> ENDS = Set.of(
            "<|eot_id|>",
            "<|im_end|>",
            "<|end|>",
            "<end_of_turn>",
            "<|endoftext|>",
            "<|end_of_text|>",
            "<|eom_id|>",
            "<EOT>",
            "</s>",
            "<\uff5cend\u2581of\u2581sentence\uff5c>");

    private final GgufMetadata metadata;
    private final List<String> tokens;
    private final Map<String, Integer> ids;
    private final long[] types;

    GgufVocabulary(GgufMetadata metadata) {
        this.metadata = metadata;
        this.tokens = metadata.strings(TOKENS);
        if (tokens.isEmpty()) {
            throw metadata.refuse(
                    quote(TOKENS) + " must be there, was absent: a model without a vocabulary is not read");
        }
        this.types = metadata.integers(TYPES).orElseGet(() -> new long[0]);
        if (types.length != 0 && types.length != tokens.size()) {
            throw metadata.refuse(
                    quote(TYPES) + " must have one for each of " + tokens.size() + " tokens, had " + types.length);
        }
        this.ids = new HashMap<>();
        for (int id = 0; id < tokens.size(); id++) {
            Integer other = ids.put(tokens.get(id), id);
            if (other != null && !tokens.get(id).isEmpty()) {
                throw metadata.refuse(quote(TOKENS) + " must all be different, " + other + " and " + id + " are "
                        + quote(tokens.get(id)));
            }
        }
    }

    int size() {
        return tokens.size();
    }

    String text(int id) {
        return tokens.get(id);
    }

    /** A token as the model's own pieces are spelled. */
    String piece(int id) {
        return isSpaces(id) ? tokens.get(id).replace(" ", ScoredMerges.SPACE) : tokens.get(id);
    }

    /** Whether a token is a run of spaces that SentencePiece makes by merging, though files call it an added token. */
    boolean isSpaces(int id) {
        return isSentencePiece()
                && kind(id) == Kind.USER_DEFINED
                && tokens.get(id).matches("[ " + ScoredMerges.SPACE + "]+");
    }

    private boolean isSentencePiece() {
        return metadata.string("tokenizer.ggml.model").orElse("").equals("llama");
    }

    /** Whether an id is a token; an id without a text has only an embedding. */
    boolean isUsed(int id) {
        return kind(id) != Kind.UNUSED && !tokens.get(id).isEmpty();
    }

    Kind kind(int id) {
        if (types.length == 0) {
            return Kind.NORMAL;
        }
        long type = types[id];
        Kind kind = type >= 0 && type < Kind.values().length ? Kind.values()[(int) type] : Kind.UNDEFINED;
        return kind == Kind.USER_DEFINED && looksLikeControl(tokens.get(id)) ? Kind.CONTROL : kind;
    }

    /** Whether a token is a control token by its look: older files do not tell these from other added tokens. */
    private static boolean looksLikeControl(String token) {
        return ENDS.contains(token)
                || token.equals("<start_of_turn>")
                || (token.startsWith("<|") && token.endsWith("|>"))
                || (token.startsWith("<\uff5c") && token.endsWith("\uff5c>"));
    }

    OptionalInt idOf(String token) {
        Integer id = ids.get(token);
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    /** The score of each token: SentencePiece makes the one with the highest score first. */
    double[] scores() {
        double[] scores = metadata.numbers(SCORES)
                .orElseThrow(() -> metadata.refuse(quote(SCORES) + " must be there for this kind of tokenizer"));
        if (scores.length != tokens.size()) {
            throw metadata.refuse(
                    quote(SCORES) + " must have one for each of " + tokens.size() + " tokens, had " + scores.length);
        }
        return scores;
    }

    /** The token that the file names for a purpose, such as {@code bos}; SentencePiece's usual ones if it is silent. */
    OptionalInt special(String purpose) {
        String key = "tokenizer.ggml." + purpose + "_token_id";
        long none = 0xffffffffL; // some writers say -1
        long id = metadata.integer(key)
                .filter(value -> value != none && value != -1)
                .orElse(usual(purpose));
        if (id >= tokens.size() || id < -1) {
            throw metadata.refuse(quote(key) + " must be below the " + tokens.size() + " tokens, was " + id);
        }
        return id < 0 ? OptionalInt.empty() : OptionalInt.of((int) id);
    }

    private long usual(String purpose) {
        boolean sentencePiece =
                metadata.string("tokenizer.ggml.model").orElse("").equals("llama");
        long id = !sentencePiece
                ? -1
                : switch (purpose) {
                    case "unknown" -> 0;
                    case "bos" -> 1;
                    case "eos" -> 2;
                    default -> -1;
                };
        return id < tokens.size() ? id : -1;
    }

    /** The ids that end an answer. */
    Set<Integer> ends() {
        Set<Integer> ends = new TreeSet<>();
        for (String purpose : List.of("eos", "eot", "eom")) {
            special(purpose).ifPresent(ends::add);
        }
        for (String end : ENDS) {
            OptionalInt id = idOf(end);
            if (id.isPresent() && kind(id.getAsInt()) == Kind.CONTROL) {
                ends.add(id.getAsInt());
            }
        }
        return ends;
    }

    /** The texts of {@code bos_token} and other variables of templates. */
    Map<String, String> specialTokens() {
        Map<String, String> named = new LinkedHashMap<>();
        Map.of("bos", "bos", "eos", "eos", "unk", "unknown", "pad", "padding", "sep", "seperator", "mask", "mask")
                .forEach((name, purpose) ->
                        special(purpose).ifPresent(id -> named.put(name + "_token", tokens.get(id))));
        return named;
    }
}
