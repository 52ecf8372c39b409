"""Makes the goldens: what Hugging Face transformers computes, in float32 on CPU, for the models of the tests.

    OMP_NUM_THREADS=2 python model-adapters/src/test/python/make_goldens.py                # all
    OMP_NUM_THREADS=2 python model-adapters/src/test/python/make_goldens.py fixture-5m        # after the model changed

Needs torch, transformers, safetensors and numpy; the versions used are recorded. README.md beside the goldens
says what each array is.
"""

import argparse
import hashlib
import json
import pathlib

import numpy
import safetensors.torch
import torch
import transformers

ROOT = pathlib.Path(__file__).resolve().parents[4]
GOLDENS = ROOT / "model-adapters/src/test/resources/goldens"
FIXTURE = ROOT / "deploy/models/fixture-5m"

SEED = 20261123
PROMPT = 512
CONTINUATION = 200
# In order of importance: a large vocabulary gets the first few only.
POSITIONS = [0, 1, 255, 256, 511, 7, 63, 127, 31, 383, 2, 15, 64, 128, 191, 447]
ROW_BYTES = 300_000

ENGLISH = (GOLDENS / "english.txt").read_text(encoding="utf-8")
FIXTURE_PROMPTS = ["It was a dark and stormy night", "Chapter 1\n\n", ENGLISH[:400]]
TINY_PROMPTS = [1, 17, 64]  # lengths of random ids

VERSIONS = {
    "torch": torch.__version__,
    "transformers": transformers.__version__,
    "safetensors": safetensors.__version__,
    "numpy": numpy.__version__,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("models", nargs="*", help="tiny-llama-mha, tiny-llama-gqa, fixture-5m (default: all)")
    parser.add_argument("--fixture", type=pathlib.Path, default=FIXTURE, help="directory of the fixture")
    arguments = parser.parse_args()
    makers = {
        "tiny-llama-mha": tiny_llama_mha,
        "tiny-llama-gqa": tiny_llama_gqa,
        "fixture-5m": lambda: fixture(arguments.fixture),
    }
    print(VERSIONS)
    for name in arguments.models or makers:
        makers[name]()


def tiny_llama_mha():
    """As many key-value heads as query heads, a tied head, F32 in one file, a config.json as transformers 4 wrote it."""
    directory = GOLDENS / "tiny-llama-mha"
    directory.mkdir(exist_ok=True)
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": 24,
        "intermediate_size": 40,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 4,
        "head_dim": 16,
        "vocab_size": 128,
        "max_position_embeddings": 1024,
        "rms_norm_eps": 1e-6,
        "rope_theta": 10000.0,
        "rope_scaling": None,
        "hidden_act": "silu",
        "attention_bias": False,
        "mlp_bias": False,
        "tie_word_embeddings": True,
        "bos_token_id": 0,
        "eos_token_id": 0,
        "torch_dtype": "float32",
    }
    write_json(directory / "config.json", config)
    weights = random_weights(transformers.LlamaConfig(**config), SEED)
    save(weights, directory / "model.safetensors")
    record("tiny-llama-mha", directory, random_ids(128, PROMPT + 1), [random_ids(128, n) for n in TINY_PROMPTS], {})


def tiny_llama_gqa():
    """Three query heads to a key-value head, a separate head, BF16 in two files, a config.json as transformers 5 writes it."""
    directory = GOLDENS / "tiny-llama-gqa"
    directory.mkdir(exist_ok=True)
    config = transformers.LlamaConfig(
        architectures=["LlamaForCausalLM"],
        hidden_size=48,
        intermediate_size=56,
        num_hidden_layers=2,
        num_attention_heads=6,
        num_key_value_heads=2,
        head_dim=8,
        vocab_size=96,
        max_position_embeddings=1024,
        rms_norm_eps=1e-5,
        rope_parameters={"rope_type": "default", "rope_theta": 500000.0},
        tie_word_embeddings=False,
        bos_token_id=0,
        eos_token_id=0,
        dtype="bfloat16",
    )
    config.save_pretrained(directory)
    weights = {name: w.to(torch.bfloat16) for name, w in random_weights(config, SEED + 1).items()}
    names = list(weights)
    shards = [names[: len(names) // 2], names[len(names) // 2 :]]
    index = {"metadata": {"total_size": sum(w.numel() * w.element_size() for w in weights.values())}, "weight_map": {}}
    for number, shard in enumerate(shards, start=1):
        file = f"model-{number:05d}-of-{len(shards):05d}.safetensors"
        save({name: weights[name] for name in shard}, directory / file)
        index["weight_map"].update({name: file for name in shard})
    write_json(directory / "model.safetensors.index.json", index)
    record("tiny-llama-gqa", directory, random_ids(96, PROMPT + 1), [random_ids(96, n) for n in TINY_PROMPTS], {})


def fixture(directory):
    """The checkpoint that the server ships, on English text."""
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_file=str(directory / "tokenizer.json"))
    ids = tokenizer.encode(ENGLISH, add_special_tokens=False)
    if len(ids) <= PROMPT:
        raise SystemExit(f"english.txt must have more than {PROMPT} tokens, had {len(ids)}")
    prompts = [tokenizer.encode(text, add_special_tokens=False) for text in FIXTURE_PROMPTS]
    record("fixture-5m", directory, ids[: PROMPT + 1], prompts, {"greedy_prompts": FIXTURE_PROMPTS}, tokenizer)


def random_weights(config, seed):
    """Weights under which attention is far from uniform and logits differ: matrices of gain 1.5, norms around 1."""
    # NumPy's generator, not torch's: its stream is the same on every machine.
    generator = numpy.random.default_rng(seed)
    with torch.device("meta"):
        shapes = {n: p.shape for n, p in transformers.LlamaForCausalLM(config).named_parameters()}
    weights = {}
    for name, shape in shapes.items():
        drawn = generator.standard_normal(tuple(shape))
        if "norm" in name:
            drawn = 1 + 0.3 * drawn
        elif "embed_tokens" in name:
            drawn = 0.4 * drawn
        else:
            drawn = 1.5 / shape[-1] ** 0.5 * drawn
        weights[name] = torch.tensor(drawn, dtype=torch.float32)
    return weights


def random_ids(vocabulary, count):
    return numpy.random.default_rng([SEED, vocabulary, count]).integers(0, vocabulary, count).tolist()


@torch.no_grad()
def record(name, directory, ids, prompts, extra, tokenizer=None):
    model = transformers.AutoModelForCausalLM.from_pretrained(
        directory, dtype=torch.float32, attn_implementation="eager"
    ).eval()
    stated = json.loads((directory / "config.json").read_text())
    theta = stated.get("rope_theta") or stated["rope_parameters"]["rope_theta"]
    assert model.config.rope_parameters["rope_theta"] == theta, "transformers did not take rope_theta from config.json"

    output = model(torch.tensor([ids[:PROMPT]]), output_attentions=True)
    logits = output.logits[0]
    target = torch.tensor(ids[1:])
    rows = min(len(POSITIONS), max(5, ROW_BYTES // (4 * logits.shape[1])))
    positions = sorted(POSITIONS[:rows])
    arrays = {
        "ids": torch.tensor(ids, dtype=torch.int32),
        "positions": torch.tensor(positions, dtype=torch.int32),
        "logits": logits[positions],
        "logsumexp": logits.logsumexp(1),
        "target_logit": logits.gather(1, target[:, None])[:, 0],
        "argmax": logits.argmax(1).to(torch.int32),
        "gap": gap(logits),
    }
    texts = []
    for number, prompt in enumerate(prompts):
        continued, gaps = greedy(model, prompt)
        arrays[f"greedy.{number}.prompt"] = torch.tensor(prompt, dtype=torch.int32)
        arrays[f"greedy.{number}.ids"] = continued.to(torch.int32)
        arrays[f"greedy.{number}.gap"] = gaps
        if tokenizer:
            texts.append(tokenizer.decode(continued, clean_up_tokenization_spaces=False))
    save(arrays, GOLDENS / f"{name}.safetensors")

    weights = sorted(directory.glob("*.safetensors"))
    write_json(
        GOLDENS / f"{name}.json",
        {
            "made_by": "model-adapters/src/test/python/make_goldens.py",
            "versions": VERSIONS,
            "seed": SEED,
            "sha256": {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in weights},
            "greedy": len(prompts),
        }
        | extra
        | ({"greedy_texts": texts} if texts else {}),
    )
    entropy = [-(a * a.clamp_min(1e-30).log()).sum(-1)[0, :, -1].mean().item() for a in output.attentions]
    smallest = min(arrays[f"greedy.{n}.gap"].min().item() for n in range(len(prompts)))
    distinct = [len(set(arrays[f"greedy.{n}.ids"].tolist())) for n in range(len(prompts))]
    print(
        f"{name}: {sum(p.numel() for p in model.parameters())} parameters, logit std {logits.std():.2f}, "
        f"attention entropy of the last query per layer {[f'{e:.2f}' for e in entropy]} of {numpy.log(PROMPT):.2f} nats, "
        f"smallest greedy gap {smallest:.2g}, distinct ids {distinct}, rows {rows}, "
        f"{(GOLDENS / f'{name}.safetensors').stat().st_size} bytes"
    )


def greedy(model, prompt):
    model.generation_config = transformers.GenerationConfig(do_sample=False, eos_token_id=None, pad_token_id=0)
    made = model.generate(
        torch.tensor([prompt]),
        attention_mask=torch.ones(1, len(prompt), dtype=torch.long),
        max_new_tokens=CONTINUATION,
        return_dict_in_generate=True,
        output_logits=True,
    )
    continued = made.sequences[0, len(prompt) :]
    assert len(continued) == CONTINUATION
    return continued, gap(torch.cat(made.logits))


def gap(logits):
    best = logits.topk(2, dim=1).values
    return best[:, 0] - best[:, 1]


def save(arrays, file):
    safetensors.torch.save_file({n: a.contiguous() for n, a in arrays.items()}, file, metadata={"format": "pt"})


def write_json(file, value):
    file.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
