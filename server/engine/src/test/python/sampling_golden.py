"""Writes what Hugging Face transformers' logits processors make of random logits. Needs PyPI torch, transformers."""
import json
import pathlib
import torch
from transformers.generation import logits_process as hf

torch.manual_seed(7)
cases = []
for processor, name, values in [
    (hf.RepetitionPenaltyLogitsProcessor, "repetition", [1.3, 0.7]),
    (hf.TopKLogitsWarper, "top_k", [1, 5]),
    (hf.TopPLogitsWarper, "top_p", [0.3, 0.9]),
    (hf.MinPLogitsWarper, "min_p", [0.05, 0.3]),
]:
    for value in values:
        logits = torch.randn(1, 24) * 2
        prompt = torch.randint(0, 24, (1, 8))
        out = processor(value)(prompt, logits.clone())[0]
        cases.append({
            "processor": name, "value": value, "prompt": prompt[0].tolist(), "logits": logits[0].tolist(),
            "expected": [None if x == float("-inf") else x for x in out.tolist()],
        })
# All of them, in the order in which generate() applies them.
for case in [
    {"bias": {3: 2.0, 7: -100.0}, "repetition": 1.3, "temperature": 0.7, "top_k": 12, "top_p": 0.8, "min_p": 0.1},
    {"bias": {0: 1.5, 5: -3.0}, "repetition": 0.8, "temperature": 1.6, "top_k": 9, "top_p": 0.95, "min_p": 0.02},
]:
    logits = torch.randn(1, 24) * 2
    prompt = torch.randint(0, 24, (1, 8))
    processors = hf.LogitsProcessorList([
        hf.SequenceBiasLogitsProcessor({(id,): float(bias) for id, bias in case["bias"].items()}),
        hf.RepetitionPenaltyLogitsProcessor(case["repetition"]),
        hf.TemperatureLogitsWarper(case["temperature"]),
        hf.TopKLogitsWarper(case["top_k"]),
        hf.TopPLogitsWarper(case["top_p"]),
        hf.MinPLogitsWarper(case["min_p"]),
    ])
    out = processors(prompt, logits.clone())[0]
    cases.append({
        "processor": "all", "value": case, "prompt": prompt[0].tolist(), "logits": logits[0].tolist(),
        "expected": [None if x == float("-inf") else x for x in out.tolist()],
    })
out = pathlib.Path(__file__).parents[1] / "resources/dev/sublinear/engine/sampling/processors.json"
out.write_text("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")
