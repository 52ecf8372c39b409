"""Makes a tiny random checkpoint of each model family, and what transformers computes with it, float32 on CPU.

    OMP_NUM_THREADS=2 python model-adapters/src/test/python/family_goldens.py [NAME ...]

Writes model-adapters/src/test/resources/goldens/families/NAME: config.json as save_pretrained writes it, BF16 weights, and
golden.safetensors as README.md there says. Needs torch, transformers, safetensors and numpy.
"""

import argparse
import json
import pathlib
import shutil

import numpy
import torch
import transformers


from make_goldens import GOLDENS, SEED, VERSIONS, gap, random_ids, save, write_json

FAMILIES = GOLDENS / "families"
PROMPT = 160
POSITIONS = [0, 1, 63, 64, 159]
GREEDY = 64
# The prompts of greedy runs: one of a few ids, one longer than every window.
PROMPTS = [5, 40]

SIZES = {
    "vocab_size": 64,
    "hidden_size": 24,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": 256,
    "bos_token_id": 0,
    "eos_token_id": 0,
    "pad_token_id": 0,
}


def sizes(**other):
    return SIZES | other


def rope(kind, theta=10000.0, **other):
    return {"rope_type": kind, "rope_theta": theta} | other


t = transformers
CONFIGS = {
    "llama-3": lambda: t.LlamaConfig(
        **sizes(), tie_word_embeddings=False,
        rope_parameters=rope(
            "llama3", 500000.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=32
        ),
    ),
    "llama-linear": lambda: t.LlamaConfig(**sizes(), attention_bias=True, rope_parameters=rope("linear", factor=4.0)),
    "llama-dynamic": lambda: t.LlamaConfig(**sizes(), mlp_bias=True, rope_parameters=rope("dynamic", factor=2.0)),
    "llama-yarn": lambda: t.LlamaConfig(
        **sizes(), rope_parameters=rope("yarn", factor=4.0, original_max_position_embeddings=64)
    ),
    "smollm": lambda: t.LlamaConfig(**sizes(num_attention_heads=3, num_key_value_heads=1), tie_word_embeddings=True),
    "mistral": lambda: t.MistralConfig(**sizes(), sliding_window=24),
    "qwen-2": lambda: t.Qwen2Config(
        **sizes(), tie_word_embeddings=True, use_sliding_window=True, sliding_window=24, max_window_layers=1
    ),
    "qwen-3": lambda: t.Qwen3Config(**sizes(head_dim=12), tie_word_embeddings=True),
    "phi-3": lambda: t.Phi3Config(**sizes(), sliding_window=48),
    "phi-3-long": lambda: t.Phi3Config(
        **sizes(hidden_size=32), original_max_position_embeddings=4, sliding_window=None,
        rope_parameters=rope(
            "longrope", short_factor=[1.0, 1.1, 1.2, 1.3], long_factor=[1.0, 1.7, 3.0, 8.5],
            original_max_position_embeddings=4,
        ),
    ),
    "gemma": lambda: t.GemmaConfig(**sizes(num_key_value_heads=1), hidden_activation="gelu_pytorch_tanh"),
    "gemma-2": lambda: t.Gemma2Config(
        **sizes(num_hidden_layers=4), sliding_window=24, query_pre_attn_scalar=12, attn_logit_softcapping=5.0,
        final_logit_softcapping=4.0,
    ),
    "gemma-3": lambda: t.Gemma3TextConfig(
        **sizes(num_hidden_layers=4), sliding_window=24, query_pre_attn_scalar=12,
        layer_types=["sliding_attention", "sliding_attention", "full_attention", "sliding_attention"],
        rope_parameters={
            "full_attention": rope("linear", 1000000.0, factor=8.0), "sliding_attention": rope("default", 10000.0),
        },
    ),
    "gpt-2": lambda: t.GPT2Config(
        vocab_size=64, n_positions=256, n_embd=24, n_layer=2, n_head=4, bos_token_id=0, eos_token_id=0
    ),
    "gpt-neox": lambda: t.GPTNeoXConfig(
        **{k: v for k, v in sizes(hidden_size=32).items() if k not in ("num_key_value_heads", "head_dim")},
        rotary_pct=0.5, rope_parameters=rope("default", partial_rotary_factor=0.5), use_parallel_residual=True,
        hidden_act="gelu",
    ),
    "pythia-serial": lambda: t.GPTNeoXConfig(
        **{k: v for k, v in sizes(hidden_size=32).items() if k not in ("num_key_value_heads", "head_dim")},
        rotary_pct=0.25, rope_parameters=rope("default", partial_rotary_factor=0.25), use_parallel_residual=False,
        hidden_act="gelu",
    ),
    "olmo-2": lambda: t.Olmo2Config(**{k: v for k, v in sizes(hidden_size=32).items() if k != "head_dim"}),
    "mixtral": lambda: t.MixtralConfig(**sizes(), num_local_experts=4, num_experts_per_tok=2, sliding_window=None),
    "qwen-2-moe": lambda: t.Qwen2MoeConfig(
        **sizes(), num_experts=4, num_experts_per_tok=2, moe_intermediate_size=16, shared_expert_intermediate_size=24,
        decoder_sparse_step=1, norm_topk_prob=False,
    ),
    "qwen-3-moe": lambda: t.Qwen3MoeConfig(
        **sizes(), num_experts=6, num_experts_per_tok=2, moe_intermediate_size=16, decoder_sparse_step=1, norm_topk_prob=True,
    ),
}  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", help=f"of {', '.join(CONFIGS)} (default: all)")
    print(VERSIONS)
    for name in parser.parse_args().names or CONFIGS:
        make(name)
    total = sum(file.stat().st_size for file in FAMILIES.rglob("*") if file.is_file())
    print(f"{total} bytes in all")


@torch.no_grad()
def make(name):
    directory = FAMILIES / name
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    config = CONFIGS[name]()
    config.dtype = "float32"
    model = t.AutoModelForCausalLM.from_config(config, attn_implementation="eager").eval()
    draw(model, config, name)
    model.to(torch.bfloat16).save_pretrained(directory)
    (directory / "generation_config.json").unlink(missing_ok=True)

    model = t.AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32, attn_implementation="eager").eval()
    ids = random_ids(64, PROMPT)
    logits = model(torch.tensor([ids])).logits[0]
    arrays = {
        "ids": torch.tensor(ids, dtype=torch.int32),
        "positions": torch.tensor(POSITIONS, dtype=torch.int32),
        "logits": logits[POSITIONS],
        "logsumexp": logits.logsumexp(1),
        "argmax": logits.argmax(1).to(torch.int32),
        "gap": gap(logits),
    }
    smallest = []
    for number, count in enumerate(PROMPTS):
        prompt = random_ids(64, count)
        continued, made = greedy(model, prompt)
        arrays[f"greedy.{number}.prompt"] = torch.tensor(prompt, dtype=torch.int32)
        arrays[f"greedy.{number}.ids"] = torch.tensor(continued, dtype=torch.int32)
        arrays[f"greedy.{number}.gap"] = gap(made)
        arrays[f"greedy.{number}.logsumexp"] = made.logsumexp(1)
        smallest.append(arrays[f"greedy.{number}.gap"].min().item())
    save(arrays, directory / "golden.safetensors")
    write_json(directory / "golden.json", {"made_by": "family_goldens.py", "versions": VERSIONS, "greedy": len(PROMPTS)})
    print(
        f"{name}: {sum(p.numel() for p in model.parameters())} parameters, logit std {logits.std():.2f}, smallest gap "
        f"{min(smallest):.2g}, distinct {len(set(arrays['greedy.1.ids'].tolist()))}, "
        f"{sum(f.stat().st_size for f in directory.iterdir())} bytes"
    )


def greedy(model, prompt):
    """Without generate(), whose cache transformers treats differently from family to family: the whole text again each time."""
    ids = list(prompt)
    rows = []
    for _ in range(GREEDY):
        row = model(torch.tensor([ids]), use_cache=False).logits[0, -1]
        rows.append(row)
        ids.append(row.argmax().item())
    return ids[len(prompt) :], torch.stack(rows)


def draw(model, config, name):
    """Attention far from uniform, logits that differ: matrices of gain 1.5, norms around one, biases around zero."""
    generator = numpy.random.default_rng([SEED, *map(ord, name)])
    around_zero = config.model_type.startswith("gemma")
    for weight, parameter in model.named_parameters():
        drawn = generator.standard_normal(tuple(parameter.shape))
        norm = "norm" in weight or ".ln_" in weight
        if weight.endswith("bias"):
            drawn = 0.3 * drawn
        elif norm:
            drawn = (0 if around_zero else 1) + 0.3 * drawn
        elif "embed_out" not in weight and ("embed" in weight or "wte" in weight or "wpe" in weight):
            # Gemma scales its rows; with large ones a tied head would repeat the token that it reads.
            drawn = (0.1 if around_zero else 0.4) * drawn
        else:
            transposed = config.model_type == "gpt2"
            drawn = 1.5 / parameter.shape[-2 if transposed else -1] ** 0.5 * drawn
        parameter.copy_(torch.tensor(drawn, dtype=torch.float32))


if __name__ == "__main__":
    main()
