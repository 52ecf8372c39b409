"""Trains the model through a curriculum. Stops and resumes anywhere; a GPU is used where PyTorch sees one.

usage: train.py --tokenizer DIR --tokens TOKENS.bin --curriculum FILE.tsv --out DIR [--set hidden_size=512 ...]
OUT/state.pt holds everything a resumed run needs; OUT/ itself is a Hugging Face checkpoint, OUT/log.tsv the record.
The curriculum counts optimiser steps, so that a slow or paused machine changes nothing but the time.
"""
import argparse, csv, json, os, pathlib, signal, time
import numpy as np, torch
from tokenizers import Tokenizer
from torch.nn import functional as F
import model as llama
from recall import Recall

HELD_OUT_TOKENS = 400_000   # of the last book of the token file: to watch the run by, never for the card

class Muon(torch.optim.Optimizer):
    """Momentum made orthogonal, for matrices. Jordan et al., https://kellerjordan.github.io/posts/muon/"""

    def __init__(self, weights, lr, momentum=0.95, decay=0.05):
        super().__init__(weights, dict(lr=lr, momentum=momentum, decay=decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            shapes = {}
            for w in group["params"]:
                shapes.setdefault(w.shape, []).append(w)
            for (rows, columns), same in shapes.items():
                updates = []
                for w in same:
                    average = self.state[w].setdefault("momentum", torch.zeros_like(w))
                    average.lerp_(w.grad, 1 - group["momentum"])
                    updates.append(w.grad.lerp(average, group["momentum"]))
                for w, update in zip(same, orthogonal(torch.stack(updates))):
                    w.mul_(1 - group["lr"] * group["decay"])
                    w.add_(update.to(w.dtype), alpha=-group["lr"] * max(1, rows / columns) ** 0.5)

def orthogonal(x, steps=5):
    """The nearest (semi-)orthogonal matrices, by Newton and Schulz, roughly."""
    tall = x.shape[-2] > x.shape[-1]
    x = (x.mT if tall else x).bfloat16()
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(steps):
        a = x @ x.mT
        x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
    return x.mT if tall else x

def stages(path):
    """Rows of the curriculum: context, batch, steps, learning rate at start and end, shares of each kind of sequence."""
    with open(path) as f:
        return [{k: float(v) if "." in v or "e" in v else int(v) for k, v in row.items()}
                for row in csv.DictReader((line for line in f if not line.startswith("#")), delimiter="\t")]

def stage_at(curriculum, step):
    """The stage of a step, and the share of that stage which is done; nothing after the last."""
    for stage in curriculum:
        if step < stage["steps"]:
            return stage, step / stage["steps"]
        step -= stage["steps"]
    return None, 1.0

def batch(recall, stage, limit):
    """Inputs, targets, weights and positions, each (batch, context)."""
    n, rng, rows = stage["context"] + 1, recall.rng, []
    for _ in range(stage["batch"]):
        draw, kind = rng.random(), (recall.text(n), np.ones(n, np.float32))
        for name in ("tiled", "planted", "document"):
            if draw < stage[name]:
                kind = getattr(recall, name)(n)
                break
            draw -= stage[name]
        # A jump in the positions shows a short sequence the distances of a long one (Zhu et al., arXiv 2309.10400).
        positions = np.arange(n - 1)
        if rng.random() < stage["jump"] and limit > n:
            positions[int(rng.integers(1, n - 1)):] += int(rng.integers(0, limit - n))
        rows.append((*kind, positions))
    ids, weights, positions = (torch.from_numpy(np.stack(column)) for column in zip(*rows))
    return ids[:, :-1], ids[:, 1:], weights[:, 1:], positions

def losses(model, ids, targets, positions=None):
    logits = model(ids, positions)
    return F.cross_entropy(logits.float().flatten(0, 1), targets.flatten(), reduction="none").view(targets.shape)

@torch.no_grad()
def probe(model, tokens, context, cast, rng):
    """Held-out nats per token at a context, and per token of the first and second copy of 64 random ones."""
    device, count = next(model.parameters()).device, max(1, 32768 // context)
    at = np.linspace(0, len(tokens) - context - 2, count).astype(int)
    x = torch.from_numpy(np.stack([tokens[i:i + context + 1].astype(np.int64) for i in at])).to(device)
    noise = torch.from_numpy(rng.integers(4, model.config["vocab_size"], (16, 64))).to(device)
    with cast:
        text = losses(model, x[:, :-1], x[:, 1:]).mean().item()
        twice = losses(model, torch.cat([noise, noise], 1)[:, :-1], torch.cat([noise, noise], 1)[:, 1:])
    return text, twice[:, :63].mean().item(), twice[:, 64:].mean().item()

def main():
    p = argparse.ArgumentParser()
    for name in ("tokenizer", "tokens", "curriculum", "out"):
        p.add_argument("--" + name, required=True)
    p.add_argument("--set", nargs="*", default=[], help="config entries, such as num_hidden_layers=8")
    p.add_argument("--init", help="a checkpoint or state.pt to start from, at step 0")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--until", type=int, default=10**9, help="stop after this step")
    a = p.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: setattr(a, "until", 0))     # saves, then ends

    torch.set_num_threads(a.threads)
    torch.manual_seed(a.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    cast = torch.autocast(device, torch.bfloat16)
    tokens = np.memmap(a.tokens, dtype="<u2", mode="r")
    config = llama.DEFAULTS | {k: json.loads(v) for k, v in (s.split("=") for s in a.set)}
    out = pathlib.Path(a.out)
    out.mkdir(parents=True, exist_ok=True)

    model = (llama.load(a.init) if a.init else llama.Llama(config)).to(device)
    matrices = [w for n, w in model.named_parameters() if w.dim() == 2 and "embed" not in n]
    others = [w for n, w in model.named_parameters() if w.dim() < 2 or "embed" in n]
    optimisers = [Muon(matrices, lr=1), torch.optim.AdamW(others, lr=1, betas=(0.9, 0.95), weight_decay=0.0, fused=device == "cuda")]
    step, seen, cpu = 0, 0, 0.0
    if (out / "state.pt").exists():
        state = torch.load(out / "state.pt", weights_only=True)
        model.load_state_dict(state["model"])
        for optimiser, saved in zip(optimisers, state["optimisers"]):
            optimiser.load_state_dict(saved)
        step, seen, cpu = state["step"], state["seen"], state["cpu"]
    recall = Recall(Tokenizer.from_file(a.tokenizer + "/tokenizer.json"), a.tokens + ".words.txt", tokens[:-HELD_OUT_TOKENS], np.random.default_rng([a.seed, step]))
    log = open(out / "log.tsv", "a")
    print(sum(w.numel() for w in model.parameters()), "parameters on", device, "from step", step, flush=True)

    def keep():
        torch.save({"model": model.state_dict(), "optimisers": [o.state_dict() for o in optimisers],
                    "step": step, "seen": seen, "cpu": cpu}, out / "state.tmp")
        os.replace(out / "state.tmp", out / "state.pt")
        llama.save(model, out)

    started, cpu_before, average = time.time(), cpu - time.process_time(), None
    while step < a.until:
        stage, done = stage_at(stages(a.curriculum), step)
        if stage is None:
            break
        rate = stage["rate"] + (stage["rate_end"] - stage["rate"]) * done
        rate *= min(1, (step + 1) / 40)
        for optimiser, factor in zip(optimisers, (1.0, 0.2)):
            for group in optimiser.param_groups:
                group["lr"] = rate * factor
        ids, targets, weights, positions = (t.to(device) for t in batch(recall, stage, config["max_position_embeddings"]))
        with cast:
            each = losses(model, ids, targets, positions)
        loss = (each * weights).sum() / weights.sum()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(others, 1.0)
        for optimiser in optimisers:
            optimiser.step()
        model.zero_grad()
        step, seen, cpu = step + 1, seen + ids.numel(), cpu_before + time.process_time()
        average = loss.item() if average is None else 0.95 * average + 0.05 * loss.item()
        if step % 50 == 0:
            print(f"step {step} ctx {stage['context']} {seen / 1e6:.2f}M tokens {time.time() - started:.0f}s cpu {cpu:.0f}s "
                  f"rate {rate:.4f} loss {average:.3f}", flush=True)
        if step % 200 == 0:
            text, first, second = probe(model, tokens[-HELD_OUT_TOKENS:], stage["context"], cast, np.random.default_rng(0))
            print(f"  held out {text:.4f} nats/token at {stage['context']}; random tokens {first:.2f}, again {second:.2f}", flush=True)
            print(step, seen, round(cpu), stage["context"], f"{average:.4f}\t{text:.4f}\t{first:.3f}\t{second:.3f}", sep="\t", file=log, flush=True)
            keep()
    keep()
    print("saved", out, "at step", step)

if __name__ == "__main__":
    main()
