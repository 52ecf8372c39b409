"""Divergence of NVIDIA's kvpress on the texts of `sublinear evaluate`: a document's first half is read and compressed, its second half read after it.

usage: compare.py MODEL_DIRECTORY [--length 2048] [--documents 8] [--held 0.35] [--out kvpress.csv]

MODEL_DIRECTORY: as deploy/real-model/make/directory.py makes it of the GGUF, in float32. Needs requirements.txt beside this.
Prints a line of CSV for each press and document: KL from the full cache, nats, the mean over the tokens of the second half.
"""
import argparse, gzip, math, pathlib

import torch
from kvpress import AdaKVPress, ExpectedAttentionPress, KeyDiffPress, KVzipPress, KnormPress, SnapKVPress, StreamingLLMPress
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM, DynamicCache

TEXTS = pathlib.Path(__file__).resolve().parents[2] / "server/evaluation/src/main/resources/dev/sublinear/evaluation/corpus"
PROSE = ["emma", "jude-the-obscure", "the-voyage-of-the-beagle"]
CODE = ["python-standard-library", "sublinear-cache"]
FOR_EVALUATION, PIECE = 0.6, 20_000  # as TextStream has them


def press(name, ratio):
    return {
        "streaming-llm": lambda: StreamingLLMPress(ratio),
        "k-norm": lambda: KnormPress(ratio),
        "key-diff": lambda: KeyDiffPress(ratio),
        "snap-kv": lambda: SnapKVPress(ratio),
        "expected-attention": lambda: ExpectedAttentionPress(ratio),
        "ada-snap-kv": lambda: AdaKVPress(SnapKVPress(ratio)),
        "ada-expected-attention": lambda: AdaKVPress(ExpectedAttentionPress(ratio)),
        "kv-zip": lambda: KVzipPress(ratio),
    }[name]()


PRESSES = ["streaming-llm", "k-norm", "key-diff", "snap-kv", "expected-attention", "ada-snap-kv", "ada-expected-attention", "kv-zip"]


def stream(name, tokenizer):
    """The tokens of a text, which is split where TextStream splits it."""
    text, at, ids = gzip.decompress((TEXTS / (name + ".txt.gz")).read_bytes()).decode(), 0, []
    while at < len(text):
        cut = text.rfind("\n\n", 0, at + PIECE + 2) if at + PIECE < len(text) else len(text)
        cut = cut if cut > at else min(len(text), at + PIECE)
        ids += tokenizer.encode(text[at:cut], add_special_tokens=False).ids
        at = cut
    return ids


def documents(name, length, tokenizer):
    """The documents for evaluation, in the order in which TextStream spreads them."""
    ids = stream(name, tokenizer)
    room = int(FOR_EVALUATION * len(ids)) // length
    step = round(0.618 * room)
    while step < room and math.gcd(step, room) != 1:
        step += 1
    for turn in range(room):
        slot = turn * step % room
        yield f"{name}#{slot}", torch.tensor([ids[slot * length:(slot + 1) * length]])


def in_turn(count, length, tokenizer):
    """Prose and code in turn. Corpus has chats, too, which need the chat template; they are left out here."""
    def kind(names):
        left = [documents(name, length, tokenizer) for name in names]
        while left:
            for text in list(left):
                document = next(text, None)
                if document is None:
                    left.remove(text)
                else:
                    yield document
    kinds = [kind(PROSE), kind(CODE)]
    return [next(kinds[i % 2]) for i in range(count)]


@torch.no_grad()
def second_half(model, ids, compress):
    half = ids.shape[1] // 2
    cache = DynamicCache()
    if compress is None:
        model(ids[:, :half], past_key_values=cache)
    else:
        with compress(model):
            model(ids[:, :half], past_key_values=cache)
    positions = torch.arange(half, ids.shape[1])
    rows = []
    for at in range(half, ids.shape[1], 128):  # a row of logits for each token takes memory
        places = positions[at - half:at - half + 128]
        out = model(ids[:, at:at + 128], past_key_values=cache, position_ids=places[None], cache_position=places)
        rows.append(out.logits[0].float().log_softmax(-1))
    return torch.cat(rows)


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("model")
    options.add_argument("--length", type=int, default=2048)
    options.add_argument("--documents", type=int, default=8)
    options.add_argument("--held", type=float, default=0.35, help="share of the first half that stays")
    options.add_argument("--presses", default=",".join(PRESSES))
    asked = options.parse_args()
    tokenizer = Tokenizer.from_file(asked.model + "/tokenizer.json")
    model = AutoModelForCausalLM.from_pretrained(asked.model, dtype=torch.float32, attn_implementation="sdpa").eval()
    print("press,held,document,length,kl")
    for name, ids in in_turn(asked.documents, asked.length, tokenizer):
        full = second_half(model, ids, None)
        for one in asked.presses.split(","):
            own = second_half(model, ids, press(one, 1 - asked.held))
            kl = (full.exp() * (full - own)).sum(-1).mean().item()
            print(f"{one},{asked.held},{name},{asked.length},{kl:.6f}", flush=True)
