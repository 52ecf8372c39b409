package dev.sublinear.model.text;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * The simplest byte-level BPE, for models that no text was ever trained on: four control tokens, the same as the fixture
 * model's, then one token for each byte.
 *
 * <p>It has no merges, so text of n bytes is n tokens and byte b is token {@code FIRST_BYTE + b}.
 */
public final class ByteTokenizer {
    /** The token that ends a text; nothing puts it in front. */
    public static final int END_OF_TEXT = 0;

    /** The token of the byte zero. */
    public static final int FIRST_BYTE = 4;

    /** The number of tokens. */
    public static final int VOCABULARY = FIRST_BYTE + 256;

    private static final List<String> SPECIALS = List.of("<|endoftext|>", "<|user|>", "<|assistant|>", "<|system|>");

    private ByteTokenizer() {}

    /**
     * Makes it for a model.
     *
     * @param rows of its embedding, at least {@link #VOCABULARY}; those beyond are spelt {@code <260>} and so on, and no
     *     text becomes them
     */
    public static Tokenizer open(int rows) {
        ObjectNode json = json();
        ObjectNode vocabulary = (ObjectNode) json.path("model").path("vocab");
        for (int id = VOCABULARY; id < rows; id++) {
            vocabulary.put("<" + id + ">", id);
        }
        return Tokenizer.of(json, rows);
    }

    /** Returns it as tokenizer.json has it, with no row beyond. */
    public static ObjectNode json() {
        ObjectNode tokenizer = JsonNodeFactory.instance.objectNode().put("version", "1.0");
        tokenizer.putNull("truncation").putNull("padding");
        ArrayNode added = tokenizer.putArray("added_tokens");
        for (int id = 0; id < SPECIALS.size(); id++) {
            added.addObject()
                    .put("id", id)
                    .put("content", SPECIALS.get(id))
                    .put("single_word", false)
                    .put("lstrip", false)
                    .put("rstrip", false)
                    .put("normalized", false)
                    .put("special", true);
        }
        tokenizer.putNull("normalizer");
        byteLevel(tokenizer.putObject("pre_tokenizer"));
        tokenizer.putNull("post_processor");
        byteLevel(tokenizer.putObject("decoder"));
        ObjectNode model = tokenizer.putObject("model").put("type", "BPE");
        model.putNull("dropout")
                .putNull("unk_token")
                .putNull("continuing_subword_prefix")
                .putNull("end_of_word_suffix");
        model.put("fuse_unk", false).put("byte_fallback", false).put("ignore_merges", false);
        ObjectNode vocabulary = model.putObject("vocab");
        for (int id = 0; id < SPECIALS.size(); id++) {
            vocabulary.put(SPECIALS.get(id), id);
        }
        int unprintable = 0;
        for (int value = 0; value < 256; value++) {
            // GPT-2 spells bytes that do not print by the characters from U+0100 on.
            int spelling = prints(value) ? value : 0x100 + unprintable++;
            vocabulary.put(Character.toString(spelling), FIRST_BYTE + value);
        }
        model.putArray("merges");
        return tokenizer;
    }

    private static void byteLevel(ObjectNode step) {
        step.put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", true)
                .put("use_regex", true);
    }

    private static boolean prints(int value) {
        return (value >= '!' && value <= '~') || (value >= 0xa1 && value != 0xad);
    }
}
