"""Compares a checkpoint here and in Hugging Face's LlamaForCausalLM, both in float32: logits, and nats per byte of held-out text.

usage: check.py CHECKPOINT_DIR BOOKS_DIR        (needs `transformers`)
"""
import pathlib, sys
import torch
from torch.nn import functional as F
from transformers import AutoTokenizer, LlamaForCausalLM
import model as llama
from prepare import plain

@torch.no_grad()
def main(directory, books):
    ours, theirs = llama.load(directory).eval(), LlamaForCausalLM.from_pretrained(directory, dtype=torch.float32).eval()
    tokenizer, apart, nats, size = AutoTokenizer.from_pretrained(directory), 0.0, [0.0, 0.0], 0
    for path in sorted(pathlib.Path(books).glob("*.txt")):
        text = plain(path.read_text(encoding="utf-8"))
        for at in range(50_000, 450_000, 100_000):
            excerpt = text[at:at + 4000]
            ids = torch.tensor([[0] + tokenizer(excerpt, add_special_tokens=False).input_ids])
            logits = [ours(ids), theirs(ids).logits]
            apart, size = max(apart, (logits[0] - logits[1]).abs().max().item()), size + len(excerpt.encode())
            for i, each in enumerate(logits):
                nats[i] += F.cross_entropy(each[0, :-1], ids[0, 1:], reduction="sum").item()
    print(f"largest difference of a logit {apart:.2e}; nats per byte {nats[0] / size:.5f} here, {nats[1] / size:.5f} there")

main(*sys.argv[1:])
