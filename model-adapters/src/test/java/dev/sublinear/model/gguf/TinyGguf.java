package dev.sublinear.model.gguf;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** A Llama of one layer and 21 tokens, a few kB; tests write it otherwise than it should be. */
public final class TinyGguf {
    static final int HIDDEN = 4;
    static final List<String> TOKENS = List.of(
            "<|endoftext|>",
            "<|im_end|>",
            "<tool>",
            "a",
            "b",
            "c",
            "ab",
            "\u0120",
            "\u0120a",
            "1",
            "2",
            "[PAD11]",
            "'",
            "!",
            "\u010a",
            "bc",
            "\u0120ab",
            "d",
            "e",
            "\u0120\u0120",
            "A");
    static final int[] TYPES =
            IntStream.range(0, TOKENS.size()).map(TinyGguf::type).toArray();
    static final List<String> MERGES = List.of("a b", "\u0120 a", "\u0120 ab", "b c", "\u0120 \u0120");

    private static int type(int id) {
        return switch (id) {
            case 0, 1 -> 3;
            case 2 -> 4;
            case 11 -> 5;
            default -> 1;
        };
    }

    private TinyGguf() {}

    /** Writes all of it. */
    public static Path write(Path directory, String name) {
        return whole().write(directory, name);
    }

    /** All of it. */
    static GgufBuilder whole() {
        return tensors(tokens(sizes(new GgufBuilder())));
    }

    static GgufBuilder sizes(GgufBuilder builder) {
        return builder.string("general.architecture", "llama")
                .u32("llama.context_length", 64)
                .u32("llama.embedding_length", HIDDEN)
                .u32("llama.block_count", 1)
                .u32("llama.feed_forward_length", 6)
                .u32("llama.attention.head_count", 2)
                .u32("llama.attention.head_count_kv", 1)
                .f32("llama.attention.layer_norm_rms_epsilon", 1e-5f)
                .f32("llama.rope.freq_base", 1000f);
    }

    static GgufBuilder tokens(GgufBuilder builder) {
        return builder.string("tokenizer.ggml.model", "gpt2")
                .string("tokenizer.ggml.pre", "smollm")
                .strings("tokenizer.ggml.tokens", TOKENS)
                .i32s("tokenizer.ggml.token_type", TYPES)
                .strings("tokenizer.ggml.merges", MERGES)
                .u32("tokenizer.ggml.bos_token_id", 0)
                .u32("tokenizer.ggml.eos_token_id", 0)
                .string("tokenizer.chat_template", "{{ bos_token }}{{ messages[0].content }}");
    }

    static GgufBuilder tensors(GgufBuilder builder) {
        return tensors(builder, TOKENS.size());
    }

    static GgufBuilder tensors(GgufBuilder builder, int rows) {
        Random random = new Random(1);
        builder.floats("token_embd.weight", floats(random, HIDDEN * rows), HIDDEN, rows);
        for (String norm : List.of("output_norm", "blk.0.attn_norm", "blk.0.ffn_norm")) {
            builder.floats(norm + ".weight", floats(random, HIDDEN), HIDDEN);
        }
        builder.floats("blk.0.attn_q.weight", floats(random, 16), HIDDEN, 4);
        builder.floats("blk.0.attn_k.weight", floats(random, 8), HIDDEN, 2);
        builder.floats("blk.0.attn_v.weight", floats(random, 8), HIDDEN, 2);
        builder.floats("blk.0.attn_output.weight", floats(random, 16), 4, HIDDEN);
        builder.floats("blk.0.ffn_gate.weight", floats(random, 24), HIDDEN, 6);
        builder.floats("blk.0.ffn_up.weight", floats(random, 24), HIDDEN, 6);
        return builder.floats("blk.0.ffn_down.weight", floats(random, 24), 6, HIDDEN);
    }

    static final int PIECES = 3 + 256 + 11;

    /** Pieces of a SentencePiece vocabulary: their texts, types and scores. */
    static GgufBuilder sentencePieces(GgufBuilder builder) {
        return sentencePieces(builder, "\u2581\u2581");
    }

    /** @param spaces two of them, as some file spells them */
    static GgufBuilder sentencePieces(GgufBuilder builder, String spaces) {
        List<String> tokens = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
        IntStream.range(0, 256).forEach(b -> tokens.add(String.format("<0x%02X>", b)));
        tokens.addAll(List.of("\u2581", "a", "b", "c", "\u2581a", "ab", "\u2581ab", "bc", spaces, "cc", "<u>"));
        int[] types = tokens.stream()
                .mapToInt(token -> switch (token) {
                    case "<unk>" -> 2;
                    case "<s>", "</s>" -> 3;
                    case "<u>", "  " -> 4;
                    default -> token.startsWith("<0x") ? 6 : 1;
                })
                .toArray();
        // "bc" is better than "ab", so that "abc" is a and bc.
        float[] scores = new float[tokens.size()];
        for (int id = 0; id < scores.length; id++) {
            scores[id] = -id;
        }
        scores[tokens.indexOf("bc")] = -1;
        return builder.string("tokenizer.ggml.model", "llama")
                .strings("tokenizer.ggml.tokens", tokens)
                .i32s("tokenizer.ggml.token_type", types)
                .f32s("tokenizer.ggml.scores", scores);
    }

    private static float[] floats(Random random, int count) {
        float[] floats = new float[count];
        for (int i = 0; i < count; i++) {
            floats[i] = (float) random.nextGaussian();
        }
        return floats;
    }
}
