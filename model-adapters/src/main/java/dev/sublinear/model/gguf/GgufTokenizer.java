package dev.sublinear.model.gguf;

import static dev.sublinear.model.checkpoint.CheckpointException.quote;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.model.gguf.GgufVocabulary.Kind;
import java.util.OptionalInt;

/** Writes the tokenizer.json that a GGUF file's tokens, merges and scores were made from. */
final class GgufTokenizer {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final String MODEL = "tokenizer.ggml.model";
    private static final String PRE = "tokenizer.ggml.pre";
    private static final String MERGES = "tokenizer.ggml.merges";

    private final GgufMetadata metadata;
    private final GgufVocabulary vocabulary;

    GgufTokenizer(GgufMetadata metadata, GgufVocabulary vocabulary) {
        this.metadata = metadata;
        this.vocabulary = vocabulary;
    }

    /** Returns tokenizer.json. */
    ObjectNode json() {
        String model = metadata.requiredString(MODEL);
        return switch (model) {
            case "gpt2" -> byteLevel();
            case "llama" -> sentencePiece();
            default ->
                throw metadata.refuse(
                        quote(MODEL) + " must be gpt2 or llama, others are not supported yet, was " + quote(model));
        };
    }

    private ObjectNode byteLevel() {
        String pre = metadata.string(PRE).orElse("default");
        PreTokenizer words = PreTokenizer.of(pre)
                .orElseThrow(() -> metadata.refuse(
                        quote(PRE) + " must be one of " + PreTokenizer.names() + ", was " + quote(pre)));
        ObjectNode json = document(words.addsBos());
        if (words.normalizes()) {
            json.putObject("normalizer").put("type", "NFC");
        }
        json.set("pre_tokenizer", words.json());
        json.putObject("decoder")
                .put("type", "ByteLevel")
                .put("add_prefix_space", true)
                .put("trim_offsets", true)
                .put("use_regex", true);
        ObjectNode model = json.putObject("model").put("type", "BPE").put("ignore_merges", words.ignoresMerges());
        model.set("vocab", vocab());
        model.set("merges", merges());
        return json;
    }

    private ArrayNode merges() {
        if (!metadata.has(MERGES)) {
            throw metadata.refuse(quote(MERGES) + " must be there for this kind of tokenizer");
        }
        ArrayNode merges = JSON.arrayNode();
        for (String merge : metadata.strings(MERGES)) {
            // The first part may begin with a space, and is not empty.
            int space = merge.indexOf(' ', 1);
            if (space < 0 || space == merge.length() - 1) {
                throw metadata.refuse(quote(MERGES) + " must each be two tokens, was " + quote(merge));
            }
            String left = merge.substring(0, space);
            String right = merge.substring(space + 1);
            requireToken(merge, left);
            requireToken(merge, right);
            requireToken(merge, left + right);
            merges.addArray().add(left).add(right);
        }
        return merges;
    }

    private void requireToken(String merge, String token) {
        OptionalInt id = vocabulary.idOf(token);
        if (id.isEmpty() || !vocabulary.isUsed(id.getAsInt())) {
            throw metadata.refuse(quote(MERGES) + " must be of tokens, " + quote(merge) + " needs " + quote(token)
                    + ", which is none");
        }
    }

    private ObjectNode sentencePiece() {
        ObjectNode json = document(true);
        boolean prefixed = metadata.flag("tokenizer.ggml.add_space_prefix").orElse(true);
        ArrayNode normalizers =
                json.putObject("normalizer").put("type", "Sequence").putArray("normalizers");
        if (prefixed) {
            normalizers.addObject().put("type", "Prepend").put("prepend", ScoredMerges.SPACE);
        }
        replace(normalizers.addObject(), " ", ScoredMerges.SPACE);
        ArrayNode decoders = json.putObject("decoder").put("type", "Sequence").putArray("decoders");
        replace(decoders.addObject(), ScoredMerges.SPACE, " ");
        decoders.addObject().put("type", "ByteFallback");
        decoders.addObject().put("type", "Fuse");
        if (prefixed) {
            decoders.addObject()
                    .put("type", "Strip")
                    .put("content", " ")
                    .put("start", 1)
                    .put("stop", 0);
        }
        ObjectNode model = json.putObject("model")
                .put("type", "BPE")
                .put("fuse_unk", true)
                .put("byte_fallback", true)
                .put("ignore_merges", false);
        vocabulary.special("unknown").ifPresent(id -> model.put("unk_token", vocabulary.text(id)));
        model.set("vocab", vocab());
        model.set("merges", new ScoredMerges(metadata, vocabulary).json());
        return json;
    }

    private static void replace(ObjectNode step, String from, String to) {
        step.put("type", "Replace").putObject("pattern").put("String", from);
        step.put("content", to);
    }

    /** The parts that both kinds of tokenizer have. */
    private ObjectNode document(boolean addsBos) {
        ObjectNode json = JSON.objectNode().put("version", "1.0");
        json.putNull("truncation");
        json.putNull("padding");
        json.set("added_tokens", addedTokens());
        json.putNull("normalizer");
        json.putNull("pre_tokenizer");
        json.putNull("post_processor");
        OptionalInt bos = vocabulary.special("bos");
        if (bos.isPresent() && metadata.flag("tokenizer.ggml.add_bos_token").orElse(addsBos)) {
            json.set("post_processor", beginning(bos.getAsInt()));
        }
        return json;
    }

    private ArrayNode addedTokens() {
        ArrayNode added = JSON.arrayNode();
        for (int id = 0; id < vocabulary.size(); id++) {
            Kind kind = vocabulary.kind(id);
            boolean special = kind == Kind.CONTROL || kind == Kind.UNKNOWN;
            boolean matched = special || (kind == Kind.USER_DEFINED && !vocabulary.isSpaces(id));
            if (matched && vocabulary.isUsed(id)) {
                added.addObject()
                        .put("id", id)
                        .put("content", vocabulary.text(id))
                        .put("single_word", false)
                        .put("lstrip", false)
                        .put("rstrip", false)
                        .put("normalized", false)
                        .put("special", special);
            }
        }
        return added;
    }

    /** A template that puts a token before a text. */
    private ObjectNode beginning(int bos) {
        String token = vocabulary.text(bos);
        ObjectNode template = JSON.objectNode().put("type", "TemplateProcessing");
        ArrayNode single = template.putArray("single");
        single.addObject().putObject("SpecialToken").put("id", token).put("type_id", 0);
        single.addObject().putObject("Sequence").put("id", "A").put("type_id", 0);
        ArrayNode pair = template.putArray("pair");
        pair.addObject().putObject("SpecialToken").put("id", token).put("type_id", 0);
        pair.addObject().putObject("Sequence").put("id", "A").put("type_id", 0);
        pair.addObject().putObject("SpecialToken").put("id", token).put("type_id", 1);
        pair.addObject().putObject("Sequence").put("id", "B").put("type_id", 1);
        ObjectNode special =
                template.putObject("special_tokens").putObject(token).put("id", token);
        special.putArray("ids").add(bos);
        special.putArray("tokens").add(token);
        return template;
    }

    private ObjectNode vocab() {
        ObjectNode vocab = JSON.objectNode();
        for (int id = 0; id < vocabulary.size(); id++) {
            if (vocabulary.isUsed(id)) {
                vocab.put(vocabulary.piece(id), id);
            }
        }
        return vocab;
    }
}
