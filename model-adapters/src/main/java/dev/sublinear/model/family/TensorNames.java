package dev.sublinear.model.family;

import dev.sublinear.model.Weight;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;

/** The names of a family's tensors in a checkpoint; {@code {layer}} and {@code {expert}} stand for numbers from 0. */
record TensorNames(Map<Weight, String> names) {
    /** Llama's. Most later families changed a few of them. */
    static final TensorNames LLAMA = new TensorNames(Map.of())
            .with(Map.of(
                    Weight.EMBEDDING, "model.embed_tokens.weight",
                    Weight.FINAL_NORM, "model.norm.weight",
                    Weight.HEAD, "lm_head.weight"))
            .with(Map.of(
                    Weight.ATTENTION_NORM, "model.layers.{layer}.input_layernorm.weight",
                    Weight.QUERY, "model.layers.{layer}.self_attn.q_proj.weight",
                    Weight.KEY, "model.layers.{layer}.self_attn.k_proj.weight",
                    Weight.VALUE, "model.layers.{layer}.self_attn.v_proj.weight",
                    Weight.ATTENTION_OUT, "model.layers.{layer}.self_attn.o_proj.weight"))
            .with(Map.of(
                    Weight.FFN_NORM, "model.layers.{layer}.post_attention_layernorm.weight",
                    Weight.GATE, "model.layers.{layer}.mlp.gate_proj.weight",
                    Weight.UP, "model.layers.{layer}.mlp.up_proj.weight",
                    Weight.DOWN, "model.layers.{layer}.mlp.down_proj.weight"));

    /** Biases of queries, keys and values, beside Llama's names. */
    static final Map<Weight, String> ATTENTION_BIASES = Map.of(
            Weight.QUERY_BIAS, "model.layers.{layer}.self_attn.q_proj.bias",
            Weight.KEY_BIAS, "model.layers.{layer}.self_attn.k_proj.bias",
            Weight.VALUE_BIAS, "model.layers.{layer}.self_attn.v_proj.bias");

    /** Norms of queries and keys, beside Llama's names. */
    static final Map<Weight, String> HEAD_NORMS = Map.of(
            Weight.QUERY_NORM, "model.layers.{layer}.self_attn.q_norm.weight",
            Weight.KEY_NORM, "model.layers.{layer}.self_attn.k_norm.weight");

    TensorNames {
        names = Map.copyOf(names);
    }

    /** The same names with others beside them or, for the same weight, in their place. */
    TensorNames with(Map<Weight, String> others) {
        Map<Weight, String> all = new EnumMap<>(Weight.class);
        all.putAll(names);
        all.putAll(others);
        return new TensorNames(all);
    }

    TensorNames without(Weight... absent) {
        Map<Weight, String> fewer = new EnumMap<>(Weight.class);
        fewer.putAll(names);
        fewer.keySet().removeAll(Arrays.asList(absent));
        return new TensorNames(fewer);
    }
}
