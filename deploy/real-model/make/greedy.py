"""Writes ../src/test/resources/dev/sublinear/real/greedy.json: 100 tokens each that follow four prompts, the likeliest at each step,
and how close the second was.

Usage: greedy.py DIRECTORY, one that directory.py wrote in float32. Needs PyPI torch 2.15.0 and transformers 5.24.0; takes a minute."""
import json
import pathlib
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

TARGET = pathlib.Path(__file__).parent.parent / "src/test/resources/dev/sublinear/real/greedy.json"
LENGTH = 100
FIRST = 8  # steps whose best logits are told
NEAR = 1e-3  # two logits that are nearer could change places by rounding alone

tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])
model = AutoModelForCausalLM.from_pretrained(sys.argv[1], dtype=torch.float32).eval()


def chat(*messages):
    ids = tokenizer.apply_chat_template([{"role": role, "content": content} for role, content in messages], add_generation_prompt=True)
    return ids["input_ids"]


PROMPTS = {
    "a story": tokenizer("It was a dark and stormy night, and the captain of the ship")["input_ids"],
    "python": tokenizer('import unittest\n\nclass Queue:\n    """First in, first out."""\n\n    def __init__(self, capacity=16):\n')["input_ids"],
    "a chat": chat(("user", "Write a long story about the keeper of a lighthouse.")),
    "a chat with a system message": chat(
        ("system", "You are a gardener who has 40 years of experience."), ("user", "I have 5 apple trees. What shall I do in winter?")
    ),
}

runs = []
for name, prompt in PROMPTS.items():
    ids, cache, answer, first, gaps = torch.tensor([prompt]), None, [], [], []
    with torch.no_grad():
        for step in range(LENGTH):
            out = model(ids, past_key_values=cache, use_cache=True)
            cache = out.past_key_values
            best = out.logits[0, -1].topk(8)
            gaps.append((best.values[0] - best.values[1]).item())
            if step < FIRST:
                first.append({"ids": best.indices.tolist(), "logits": [round(value, 5) for value in best.values.tolist()]})
            answer.append(best.indices[0].item())
            ids = best.indices[:1].unsqueeze(0)
    assert min(gaps) > NEAR and tokenizer.eos_token_id not in answer, (name, min(gaps), tokenizer.decode(answer))
    runs.append({"name": name, "prompt": prompt, "answer": answer, "nearest": round(min(gaps), 4), "first": first})
    print(f"{name}: nearest {min(gaps):.4f}\n{tokenizer.decode(answer)}\n")
TARGET.write_text("[\n" + ",\n".join(json.dumps(run) for run in runs) + "\n]\n", encoding="utf-8")
