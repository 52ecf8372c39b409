"""Makes the GGUF fixtures: one block of each type, each family of goldens/families as llama.cpp's converter would write it,
and a Llama of quantised matrices.

    OMP_NUM_THREADS=2 python model-adapters/src/test/python/gguf_goldens.py

Writes model-adapters/src/test/resources/goldens/gguf. Needs gguf, torch, transformers, safetensors and numpy.
"""

import json
import shutil

import gguf
import numpy
import torch
import transformers
from gguf import GGMLQuantizationType as Type
from safetensors.torch import load_file as load_torch

from family_goldens import FAMILIES, POSITIONS
from make_goldens import GOLDENS, SEED, VERSIONS, gap, random_ids, save

OUT = GOLDENS / "gguf"
BLOCKS = ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "IQ4_NL", "IQ4_XS", "MXFP4"]
# Where a block has its half-precision scales, in bytes.
SCALES = {
    "Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0], "Q2_K": [80, 82], "Q3_K": [108], "Q4_K": [0, 2],
    "Q5_K": [0, 2], "Q6_K": [208], "IQ4_NL": [0], "IQ4_XS": [0], "MXFP4": [],
}  # fmt: skip

NAMES = {
    "model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output",
    "transformer.wte": "token_embd", "transformer.wpe": "position_embd", "transformer.ln_f": "output_norm",
    "gpt_neox.embed_in": "token_embd", "gpt_neox.final_layer_norm": "output_norm", "embed_out": "output",
}  # fmt: skip
LAYERS = ["model.layers.", "transformer.h.", "gpt_neox.layers."]
PARTS = {
    "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm", "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
    "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm", "self_attn.qkv_proj": "attn_qkv",
    "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down", "mlp.gate_up_proj": "ffn_up",
    "ln_1": "attn_norm", "ln_2": "ffn_norm", "attn.c_attn": "attn_qkv", "attn.c_proj": "attn_output", "mlp.c_fc": "ffn_up",
    "mlp.c_proj": "ffn_down", "attention.query_key_value": "attn_qkv", "attention.dense": "attn_output",
    "mlp.dense_h_to_4h": "ffn_up", "mlp.dense_4h_to_h": "ffn_down", "block_sparse_moe.gate": "ffn_gate_inp",
    "mlp.gate": "ffn_gate_inp", "mlp.shared_expert.gate_proj": "ffn_gate_shexp",
    "mlp.shared_expert.up_proj": "ffn_up_shexp", "mlp.shared_expert.down_proj": "ffn_down_shexp",
    "mlp.shared_expert_gate": "ffn_gate_inp_shexp",
}  # fmt: skip
SANDWICH = {
    "post_attention_layernorm": "post_attention_norm", "pre_feedforward_layernorm": "ffn_norm",
    "post_feedforward_layernorm": "post_ffw_norm",
}  # fmt: skip
EXPERTS = {"w1": "gate", "w2": "down", "w3": "up", "gate_proj": "gate", "up_proj": "up", "down_proj": "down"}
ARCHITECTURES = {
    "mistral": "llama", "mixtral": "llama", "qwen2_moe": "qwen2moe", "qwen3_moe": "qwen3moe", "gemma3_text": "gemma3",
    "gpt_neox": "gptneox",
}  # fmt: skip


def main():
    print(VERSIONS, "gguf", gguf.__name__)
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir()
    blocks()
    for directory in sorted(FAMILIES.iterdir()):
        family(directory)
    quantised()
    print(f"{sum(file.stat().st_size for file in OUT.iterdir())} bytes in all")


def random_blocks(generator, name, rows, blocks):
    """Random bytes, but scales of moderate size."""
    size = gguf.GGML_QUANT_SIZES[Type[name]][1]
    data = generator.integers(0, 256, (rows, blocks, size), dtype=numpy.uint8)
    for at in SCALES[name]:
        scales = (0.02 * generator.standard_normal((rows, blocks))).astype(numpy.float16)
        data[:, :, at : at + 2] = scales[..., None].view(numpy.uint8)
    if name == "MXFP4":
        data[:, :, 0] = generator.integers(118, 126, (rows, blocks))
    return data.reshape(rows, blocks * size)


def blocks():
    generator = numpy.random.default_rng(SEED)
    writer = gguf.GGUFWriter(OUT / "blocks.gguf", "blocks")
    for name in BLOCKS:
        data = random_blocks(generator, name, 2, 1)
        if name == "MXFP4":
            data[:, 0] = [0, 140]  # the smallest exponent, a large one
        writer.add_tensor(name, data, raw_dtype=Type[name])
        writer.add_tensor(name + ".floats", gguf.quants.dequantize(data, Type[name]).astype(numpy.float32))
    numbers = (10 * generator.standard_normal((2, 8))).astype(numpy.float32)
    numbers[0, :4] = [6.1e-5, 3e-6, -6e-8, 0]  # the smallest normal half, subnormal ones, zero
    halves = numbers.astype(numpy.float16)
    tops = (numbers.view(numpy.uint32) >> 16).astype(numpy.uint16)
    whole = (12 * numbers).astype(numpy.int8)
    plain = {
        "F32": numbers, "F16": halves, "BF16": tops, "F64": numbers.astype(numpy.float64), "I8": whole,
        "I16": 100 * whole.astype(numpy.int16), "I32": 100_000 * whole.astype(numpy.int32),
        "I64": 100_000_000 * whole.astype(numpy.int64),
    }  # fmt: skip
    for name, values in plain.items():
        raw = {"raw_dtype": Type.BF16, "raw_shape": (2, 16)} if name == "BF16" else {}
        writer.add_tensor(name, values.view(numpy.uint8) if raw else values, **raw)
        floats = (tops.astype(numpy.uint32) << 16).view(numpy.float32) if raw else values.astype(numpy.float32)
        writer.add_tensor(name + ".floats", floats)
    finish(writer)


def finish(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def vocabulary(writer, size):
    """Letters, one merge, a control token at 0."""
    tokens = ["<|endoftext|>"] + [chr(ord("!") + i) for i in range(size - 2)] + ["AB"]
    writer.add_string("tokenizer.ggml.model", "gpt2")
    writer.add_string("tokenizer.ggml.pre", "gpt-2")
    writer.add_array("tokenizer.ggml.tokens", tokens)
    writer.add_array("tokenizer.ggml.token_type", [3] + [1] * (size - 1))
    writer.add_array("tokenizer.ggml.merges", ["A B"])
    writer.add_uint32("tokenizer.ggml.bos_token_id", 0)
    writer.add_uint32("tokenizer.ggml.eos_token_id", 0)


def family(directory):
    config = json.loads((directory / "config.json").read_text())
    kind = config["model_type"]
    arch = ARCHITECTURES.get(kind, kind)
    writer = gguf.GGUFWriter(OUT / f"{directory.name}.gguf", arch)
    metadata(writer, config, arch)
    vocabulary(writer, config["vocab_size"])
    # numpy has no bfloat16.
    tensors = {name: tensor.float().numpy() for name, tensor in load_torch(directory / "model.safetensors").items()}
    for name, tensor in converted(tensors, config, arch).items():
        # What was bfloat16 is so again; norms and biases are float32 in GGUF.
        if tensor.ndim > 1 and directory.name != "smollm":
            tops = (tensor.view(numpy.uint32) >> 16).astype(numpy.uint16)
            raw = tops.view(numpy.uint8)
            writer.add_tensor(name, raw, raw_shape=raw.shape, raw_dtype=Type.BF16)
        else:
            writer.add_tensor(name, tensor)
    finish(writer)


def metadata(writer, config, arch):
    get = lambda *keys: next((config[key] for key in keys if config.get(key) is not None), None)
    rope = config.get("rope_parameters") or {}
    full = rope.get("full_attention", rope)
    heads, hidden = get("num_attention_heads", "n_head"), get("hidden_size", "n_embd")
    writer.add_context_length(get("max_position_embeddings", "n_positions"))
    writer.add_embedding_length(hidden)
    writer.add_block_count(get("num_hidden_layers", "n_layer"))
    writer.add_feed_forward_length(get("intermediate_size") or 4 * hidden)
    writer.add_head_count(heads)
    if config.get("num_key_value_heads"):
        writer.add_head_count_kv(config["num_key_value_heads"])
    if config.get("head_dim"):
        writer.add_key_length(config["head_dim"])
        writer.add_value_length(config["head_dim"])
    if config.get("rms_norm_eps"):
        writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    else:
        writer.add_layer_norm_eps(get("layer_norm_eps", "layer_norm_epsilon"))
    if full:
        writer.add_rope_freq_base(full["rope_theta"])
        size = (config.get("head_dim") or hidden // heads) * full.get("partial_rotary_factor", 1)
        writer.add_rope_dimension_count(int(size))
    if full.get("rope_type") in ("linear", "yarn"):
        writer.add_rope_scaling_type(gguf.RopeScalingType(full["rope_type"]))
        writer.add_rope_scaling_factor(full["factor"])
    if full.get("rope_type") == "yarn":
        writer.add_rope_scaling_orig_ctx_len(full["original_max_position_embeddings"])
    if full.get("rope_type") == "longrope":
        original, longest = full["original_max_position_embeddings"], config["max_position_embeddings"]
        writer.add_rope_scaling_orig_ctx_len(original)
        writer.add_rope_scaling_attn_factors((1 + numpy.log(longest / original) / numpy.log(original)) ** 0.5)
    if "sliding_attention" in rope:
        writer.add_float32(f"{arch}.rope.freq_base_swa", rope["sliding_attention"]["rope_theta"])
    if config.get("sliding_window"):
        writer.add_sliding_window(config["sliding_window"])
        if arch in ("gemma3", "qwen2"):
            writer.add_sliding_window_pattern([kind == "sliding_attention" for kind in config["layer_types"]])
    for cap in ("attn_logit_softcapping", "final_logit_softcapping"):
        if config.get(cap):
            writer.add_float32(f"{arch}.{cap}", config[cap])
    if config.get("query_pre_attn_scalar"):
        writer.add_float32(f"{arch}.attention.scale", config["query_pre_attn_scalar"] ** -0.5)
    experts = get("num_experts", "num_local_experts")
    if experts:
        writer.add_expert_count(experts)
        writer.add_expert_used_count(config["num_experts_per_tok"])
    if config.get("moe_intermediate_size"):
        writer.add_expert_feed_forward_length(config["moe_intermediate_size"])
    if config.get("shared_expert_intermediate_size"):
        writer.add_expert_shared_feed_forward_length(config["shared_expert_intermediate_size"])
    if "use_parallel_residual" in config:
        writer.add_parallel_residual(config["use_parallel_residual"])


def converted(tensors, config, arch):
    """The tensors as GGUF names and lays them out."""
    made = {}
    parts = PARTS | (SANDWICH if arch in ("gemma2", "gemma3", "olmo2") else {})
    for name, tensor in tensors.items():
        stem, kind = name.rsplit(".", 1)
        prefix = next((prefix for prefix in LAYERS if stem.startswith(prefix)), None)
        if prefix is None:
            made[f"{NAMES[stem]}.{kind}"] = norm(tensor, stem, arch)
            continue
        layer, part = stem[len(prefix) :].split(".", 1)
        if ".experts." in part:
            _, number, which = part.rsplit(".", 2)
            made.setdefault(f"blk.{layer}.ffn_{EXPERTS[which]}_exps.{kind}", {})[int(number)] = tensor
            continue
        if part not in parts:
            continue
        tensor = norm(tensor, part, arch)
        heads = config.get("num_attention_heads")
        if arch == "llama" and part in ("self_attn.q_proj", "self_attn.k_proj"):
            tensor = permuted(tensor, heads if part.endswith("q_proj") else config["num_key_value_heads"])
        if arch == "gpt2" and kind == "weight" and tensor.ndim == 2:
            tensor = tensor.T
        if part == "attention.query_key_value":
            shape = (heads, 3, tensor.shape[0] // heads // 3, *tensor.shape[1:])
            tensor = tensor.reshape(shape).swapaxes(0, 1).reshape(tensor.shape)
        if part == "mlp.shared_expert_gate":
            tensor = tensor.reshape(-1)
        made[f"blk.{layer}.{parts[part]}.{kind}"] = tensor
    for name, experts in made.items():
        if isinstance(experts, dict):
            made[name] = numpy.stack([experts[i] for i in range(len(experts))])
    rope = config.get("rope_parameters") or {}
    if rope.get("rope_type") == "llama3":
        made["rope_freqs.weight"] = llama3_factors(rope, config["head_dim"])
    if rope.get("rope_type") == "longrope":
        made["rope_factors_long.weight"] = numpy.array(rope["long_factor"], numpy.float32)
        made["rope_factors_short.weight"] = numpy.array(rope["short_factor"], numpy.float32)
    return {name: numpy.ascontiguousarray(tensor, numpy.float32) for name, tensor in made.items()}


def norm(tensor, stem, arch):
    return tensor + numpy.float32(1) if arch.startswith("gemma") and "norm" in stem else tensor


def permuted(tensor, heads):
    """As llama.cpp's converter does it for interleaved rotation."""
    shape = (heads, 2, tensor.shape[0] // heads // 2, *tensor.shape[1:])
    return tensor.reshape(shape).swapaxes(1, 2).reshape(tensor.shape)


def llama3_factors(rope, head_dim):
    frequencies = 1 / rope["rope_theta"] ** (numpy.arange(0, head_dim, 2) / head_dim)
    original, low, high = rope["original_max_position_embeddings"], rope["low_freq_factor"], rope["high_freq_factor"]
    factors = []
    for frequency in frequencies:
        wave = 2 * numpy.pi / frequency
        if wave < original / high:
            factors.append(1)
        elif wave > original / low:
            factors.append(rope["factor"])
        else:
            smooth = (original / wave - low) / (high - low)
            factors.append(1 / ((1 - smooth) / rope["factor"] + smooth))
    return numpy.array(factors, numpy.float32)


@torch.no_grad()
def quantised():
    """Rows of queries and keys are permuted though a row is one block; transformers gets the dequantised numbers."""
    generator = numpy.random.default_rng([SEED, 1])
    config = transformers.LlamaConfig(
        vocab_size=64, hidden_size=256, intermediate_size=256, num_hidden_layers=1, num_attention_heads=8,
        num_key_value_heads=4, head_dim=32, max_position_embeddings=256, tie_word_embeddings=False, bos_token_id=0,
        eos_token_id=0,
    )  # fmt: skip
    model = transformers.AutoModelForCausalLM.from_config(config, attn_implementation="eager").eval()
    writer = gguf.GGUFWriter(OUT / "llama-quantised.gguf", "llama")
    metadata(writer, config.to_dict(), "llama")
    vocabulary(writer, 64)
    types = dict(q_proj="Q4_K", k_proj="Q5_K", v_proj="Q6_K", o_proj="Q5_0", gate_proj="Q3_K", up_proj="Q2_K",
                 down_proj="IQ4_XS", embed_tokens="Q8_0", lm_head="Q4_1")  # fmt: skip
    parameters = dict(model.named_parameters())
    made = {}
    for name, parameter in parameters.items():
        part = name.split(".")[-2]
        if part not in types:
            parameter.copy_(torch.tensor(1 + 0.1 * generator.standard_normal(parameter.shape)).float())
            made[name] = parameter.numpy()
            continue
        kind = Type[types[part]]
        weights, size = gguf.GGML_QUANT_SIZES[kind]
        data = random_blocks(generator, types[part], parameter.shape[0], parameter.shape[1] // weights)
        floats = gguf.quants.dequantize(data, kind)
        # Scales are multiplied so that rows have a gain of about one.
        gain = 1 / (floats.std() * parameter.shape[1] ** 0.5)
        view = data.reshape(parameter.shape[0], -1, size)
        for at in SCALES[types[part]]:
            halves = view[:, :, at : at + 2].copy().view(numpy.float16)
            view[:, :, at : at + 2] = (halves * gain).astype(numpy.float16).view(numpy.uint8)
        parameter.copy_(torch.tensor(gguf.quants.dequantize(data, kind)))
        heads = {"q_proj": 8, "k_proj": 4}.get(part)
        made[name] = (permuted(data, heads) if heads else data, kind)
    for name, tensor in made.items():
        stem, _ = name.rsplit(".", 1)
        short = NAMES.get(stem) or "blk.0." + PARTS[stem.removeprefix("model.layers.0.")]
        if isinstance(tensor, tuple):
            writer.add_tensor(short + ".weight", numpy.ascontiguousarray(tensor[0]), raw_dtype=tensor[1])
        else:
            writer.add_tensor(short + ".weight", tensor.copy())
    finish(writer)
    ids = random_ids(64, 160)
    logits = model(torch.tensor([ids])).logits[0]
    save(
        {
            "ids": torch.tensor(ids, dtype=torch.int32),
            "positions": torch.tensor(POSITIONS, dtype=torch.int32),
            "logits": logits[POSITIONS],
            "logsumexp": logits.logsumexp(1),
            "gap": gap(logits),
        },
        OUT / "llama-quantised.safetensors",
    )
    print(f"quantised: logit std {logits.std():.2f}")


if __name__ == "__main__":
    main()
