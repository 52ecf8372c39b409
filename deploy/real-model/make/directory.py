"""Turns the GGUF of SmolLM2 into a directory as Hugging Face lays it out: config.json, model.safetensors, tokenizer.json.

Usage: directory.py MODEL.gguf DIRECTORY [float16|float32]. Needs the packages of ../requirements.txt and no others."""
import json
import os
import sys

import numpy as np
from gguf import GGUFReader
from gguf.quants import dequantize
from safetensors.numpy import save_file

source, target = sys.argv[1:3]
numbers = np.dtype(sys.argv[3] if len(sys.argv) > 3 else "float16")
os.makedirs(target, exist_ok=True)
reader = GGUFReader(source)


def field(key):
    return reader.fields[key].contents()


def write(name, content):
    with open(os.path.join(target, name), "w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False)


heads = {"attn_q": field("llama.attention.head_count"), "attn_k": field("llama.attention.head_count_kv")}
parts = {
    "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
    "attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm",
}
outside = {"token_embd": "model.embed_tokens", "output_norm": "model.norm"}
tensors = {}
for tensor in reader.tensors:
    weights = dequantize(tensor.data, tensor.tensor_type).reshape(tuple(int(size) for size in reversed(tensor.shape)))
    stem = tensor.name.removesuffix(".weight")
    if stem.startswith("blk."):
        _, layer, part = stem.split(".")
        if part in heads:  # llama.cpp interleaves the two halves of a head that Hugging Face rotates against each other
            halves = weights.reshape(heads[part], -1, 2, weights.shape[1])
            weights = halves.swapaxes(1, 2).reshape(weights.shape)
        name = f"model.layers.{layer}.{parts[part]}"
    else:
        name = outside[stem]
    tensors[name + ".weight"] = np.ascontiguousarray(weights.astype(numbers))
save_file(tensors, os.path.join(target, "model.safetensors"), metadata={"format": "pt"})

tokens, kinds = field("tokenizer.ggml.tokens"), field("tokenizer.ggml.token_type")
bos, eos = field("tokenizer.ggml.bos_token_id"), field("tokenizer.ggml.eos_token_id")
control = 3
assert field("tokenizer.ggml.pre") == "smollm" and set(kinds) == {1, control}
write("config.json", {
    "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu", "attention_bias": False,
    "hidden_size": field("llama.embedding_length"), "intermediate_size": field("llama.feed_forward_length"),
    "num_hidden_layers": field("llama.block_count"), "num_attention_heads": heads["attn_q"], "num_key_value_heads": heads["attn_k"],
    "max_position_embeddings": field("llama.context_length"), "vocab_size": len(tokens),
    "rms_norm_eps": round(float(field("llama.attention.layer_norm_rms_epsilon")), 9), "rope_theta": float(field("llama.rope.freq_base")),
    "tie_word_embeddings": True, "bos_token_id": bos, "eos_token_id": eos, "torch_dtype": numbers.name,
})
write("tokenizer.json", {
    "version": "1.0", "truncation": None, "padding": None, "normalizer": None,
    "added_tokens": [
        {"id": i, "content": text, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
        for i, (text, kind) in enumerate(zip(tokens, kinds)) if kind == control
    ],
    "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
        {"type": "Digits", "individual_digits": True},
        {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
    ]},
    "post_processor": None,
    "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
    "model": {
        "type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": "", "end_of_word_suffix": "",
        "fuse_unk": False, "byte_fallback": False,
        "vocab": {text: i for i, text in enumerate(tokens)}, "merges": field("tokenizer.ggml.merges"),
    },
})
write("tokenizer_config.json", {
    "tokenizer_class": "PreTrainedTokenizerFast", "chat_template": field("tokenizer.chat_template"),
    "bos_token": tokens[bos], "eos_token": tokens[eos], "clean_up_tokenization_spaces": False,
})
