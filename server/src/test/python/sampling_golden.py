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
out = pathlib.Path(__file__).parents[1] / "resources/dev/sublinear/server/sampling/processors.json"
out.write_text("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")
