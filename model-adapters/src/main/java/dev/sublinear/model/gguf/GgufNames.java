package dev.sublinear.model.gguf;

import dev.sublinear.model.Weight;
import java.util.EnumMap;
import java.util.Map;

/** The names of a decoder's tensors in GGUF, the same in all architectures. */
final class GgufNames {
    static final String ROTARY_FACTORS = "rope_freqs.weight";
    static final String LONG_FACTORS = "rope_factors_long.weight";
    static final String SHORT_FACTORS = "rope_factors_short.weight";

    private static final Map<Weight, String> NAMES = names();

    private GgufNames() {}

    /** The name of a tensor; of experts it holds those of a whole layer. */
    static String of(Weight weight, int layer) {
        return NAMES.getOrDefault(weight, weight.name()).replace("{layer}", Integer.toString(layer));
    }

    private static Map<Weight, String> names() {
        Map<Weight, String> names = new EnumMap<>(Weight.class);
        names.put(Weight.EMBEDDING, "token_embd.weight");
        names.put(Weight.POSITIONS, "position_embd.weight");
        names.put(Weight.FINAL_NORM, "output_norm.weight");
        names.put(Weight.FINAL_NORM_BIAS, "output_norm.bias");
        names.put(Weight.HEAD, "output.weight");
        names.put(Weight.ATTENTION_NORM, layer("attn_norm.weight"));
        names.put(Weight.ATTENTION_NORM_BIAS, layer("attn_norm.bias"));
        names.put(Weight.QUERY, layer("attn_q.weight"));
        names.put(Weight.QUERY_BIAS, layer("attn_q.bias"));
        names.put(Weight.KEY, layer("attn_k.weight"));
        names.put(Weight.KEY_BIAS, layer("attn_k.bias"));
        names.put(Weight.VALUE, layer("attn_v.weight"));
        names.put(Weight.VALUE_BIAS, layer("attn_v.bias"));
        names.put(Weight.QUERY_KEY_VALUE, layer("attn_qkv.weight"));
        names.put(Weight.QUERY_KEY_VALUE_BIAS, layer("attn_qkv.bias"));
        names.put(Weight.QUERY_NORM, layer("attn_q_norm.weight"));
        names.put(Weight.KEY_NORM, layer("attn_k_norm.weight"));
        names.put(Weight.ATTENTION_OUT, layer("attn_output.weight"));
        names.put(Weight.ATTENTION_OUT_BIAS, layer("attn_output.bias"));
        names.put(Weight.AFTER_ATTENTION_NORM, layer("post_attention_norm.weight"));
        names.put(Weight.FFN_NORM, layer("ffn_norm.weight"));
        names.put(Weight.FFN_NORM_BIAS, layer("ffn_norm.bias"));
        names.put(Weight.GATE, layer("ffn_gate.weight"));
        names.put(Weight.GATE_BIAS, layer("ffn_gate.bias"));
        names.put(Weight.UP, layer("ffn_up.weight"));
        names.put(Weight.UP_BIAS, layer("ffn_up.bias"));
        names.put(Weight.GATE_UP, layer("ffn_up.weight")); // phi3: the gate's rows first
        names.put(Weight.DOWN, layer("ffn_down.weight"));
        names.put(Weight.DOWN_BIAS, layer("ffn_down.bias"));
        names.put(Weight.ROUTER, layer("ffn_gate_inp.weight"));
        names.put(Weight.EXPERT_GATE, layer("ffn_gate_exps.weight"));
        names.put(Weight.EXPERT_UP, layer("ffn_up_exps.weight"));
        names.put(Weight.EXPERT_DOWN, layer("ffn_down_exps.weight"));
        names.put(Weight.SHARED_GATE, layer("ffn_gate_shexp.weight"));
        names.put(Weight.SHARED_UP, layer("ffn_up_shexp.weight"));
        names.put(Weight.SHARED_DOWN, layer("ffn_down_shexp.weight"));
        names.put(Weight.SHARED_SHARE, layer("ffn_gate_inp_shexp.weight"));
        names.put(Weight.AFTER_FFN_NORM, layer("post_ffw_norm.weight"));
        return names;
    }

    private static String layer(String name) {
        return "blk.{layer}." + name;
    }
}
