"""Measures a checkpoint on books that it was not trained on, with fixed seeds; in float32, only `recall` in bfloat16.

usage: evaluate.py CHECKPOINT_DIR BOOKS_DIR WORDS.txt OUT.json [--longest 8192] [--trials 40] [--only text,context,induction,recall,eviction]
"""
import argparse, json, pathlib, time
import numpy as np, torch
from tokenizers import Tokenizer
from torch.nn import functional as F
import model as llama
from eviction import POLICIES, Cached
from prepare import encode, plain
from recall import FACTS, HELD_OUT_FACT, HELD_OUT_PASS_KEY, PASS_KEYS, Recall

def nll(model, ids):
    """Nats of each id but the first."""
    logits = model(ids[None, :-1])[0]
    return F.cross_entropy(logits, ids[1:], reduction="none")

def byte_widths(tokenizer):
    """The bytes that each id stands for."""
    return torch.tensor([0 if i < 4 else len(tokenizer.id_to_token(i)) for i in range(tokenizer.get_vocab_size())])

def text(model, tokenizer, books, excerpts=40, characters=4000):
    """Nats per byte of excerpts of a fixed length in characters, so that every tokenizer predicts the same bytes."""
    result = {}
    for name, book in books.items():
        nats = size = 0
        for at in np.linspace(0, len(book) - characters, excerpts).astype(int):
            excerpt = book[at:at + characters]
            ids = torch.tensor([0] + tokenizer.encode(excerpt, add_special_tokens=False).ids)
            nats, size = nats + nll(model, ids).sum().item(), size + len(excerpt.encode())
        result[name] = (nats, size)
    total = {"all": tuple(map(sum, zip(*result.values())))}
    return {name: round(nats / size, 4) for name, (nats, size) in (result | total).items()}

def context(model, tokenizer, streams, longest, places=4, targets=256):
    """Nats per byte of the same tokens seen after more and more context; and the standard error of the change since the row before."""
    widths, lengths = byte_widths(tokenizer), [n for n in (128, 256, 512, 1024, 2048, 4096, 8192) if n <= longest]
    found = {n: [] for n in lengths}
    for ids in streams:
        for end in np.linspace(longest + 1, len(ids), places).astype(int):
            for n in lengths:
                part = min(targets, n // 2)     # so that every target sees at least half of n
                found[n].append(sum(nll(model, ids[stop - n - 1:stop])[-part:].sum().item()
                                    for stop in range(end - targets + part, end + 1, part)) / widths[ids[end - targets:end]].sum().item())
    rows, before = {}, None
    for n, each in found.items():
        change = np.array(each) - before if before is not None else np.zeros(len(each))
        rows[n] = {"nats_per_byte": round(float(np.mean(each)), 4), "change_se": round(float(change.std() / len(each) ** 0.5), 4)}
        before = np.array(each)
    return rows

def induction(model, recall, size=128, trials=8):
    """Nats per token of a segment of random tokens, the first time and again, with text between the copies."""
    rows = {}
    for gap in (0, 512, 1024, 2048, 4096):
        first, second = [], []
        for _ in range(trials):
            segment = recall.noise(size)
            each = nll(model, torch.from_numpy(np.concatenate([segment, recall.text(gap), segment])))
            first.append(each[:size - 1].mean().item())
            second.append(each[size + gap:].mean().item())    # from its second token: the first cannot be known
        rows[gap] = {"first": round(float(np.mean(first)), 3), "second": round(float(np.mean(second)), 3)}
    return rows

def ask(recall, kind, form, distance):
    """Ids of lead text, a statement, `distance` tokens of text, the question, the answer."""
    if kind == "pass key":
        statement, question, lead = form
        value = recall.number()
        statement, question, answer = "\n\n" + statement.format(v=value) + "\n\n", "\n\n" + question + " " + lead, " " + value
    else:
        statement, asked = recall.facts(8, form)
        question, answer = recall.pick(asked)
    return recall.text(64), recall.encode(statement), recall.text(distance), recall.encode(question), recall.encode(answer)

FORMS = {"pass key, trained wording": ("pass key", PASS_KEYS[0]), "pass key, new wording": ("pass key", HELD_OUT_PASS_KEY),
         "key: value": ("facts", FACTS[0]), "key and value, sentence": ("facts", FACTS[4]), "key and value, new wording": ("facts", HELD_OUT_FACT)}

def recalls(model, recall, longest, trials):
    """Share of answers that greedy decoding gets right to the last token, by kind and distance."""
    rows = {}
    for name, (kind, form) in FORMS.items():
        rows[name] = {}
        for distance in (64, 256, 512, 1024, 2048, 4096, 7800):
            if distance + 300 > longest:
                continue
            right, count = 0, trials if distance <= 1024 else max(4, trials * 512 // distance)
            for _ in range(count):
                *prompt, answer = ask(recall, kind, form, distance)
                with torch.autocast("cpu", torch.bfloat16):
                    logits = model(torch.from_numpy(np.concatenate([*prompt, answer]))[None, :-1])[0]
                right += bool((logits[-len(answer):].argmax(-1).numpy() == answer).all())
            rows[name][distance] = round(right / count, 3)
    return rows

def eviction(model, streams, recall, budgets=((256, 32), (256, 128), (128, 64)), documents=6, trials=12):
    """The cost of each policy at equal retained tokens. A row names the tokens kept, and of them the latest that always are.

    kl: of the next token against the full cache, mean over tokens 513..1,024 of text, trimmed every 64 tokens.
    question seen: right answers when a prompt with a fact 700 tokens back is trimmed once, after its question.
    asked before: right answers when trimmed every 64 tokens, the fact having been asked for once, soon after it was told.
    only told: the same, but not asked for before.
    """
    cases = [("full", None, ())] + [(f"{policy}, {budget[0]} ({budget[1]})", policy, budget) for budget in budgets for policy in POLICIES]
    rows = {name: {"kl": 0.0, "question seen": 0.0, "asked before": 0.0, "only told": 0.0} for name, _, _ in cases}
    for i in range(documents):
        ids = streams[i % len(streams)][(at := 5000 + 9000 * i):at + 1024]
        full = Cached(model).read(ids).log_softmax(-1)[512:]
        for name, policy, budget in cases[1:]:
            cut = Cached(model, i).read(ids, policy, budget).log_softmax(-1)[512:]
            rows[name]["kl"] += (full.exp() * (full - cut)).sum(-1).mean().item() / documents

    def right(cache, logits, answer):
        """Whether the answer is decoded, trimming nothing more; `logits` are those of the question's last id."""
        answer = torch.from_numpy(answer)
        logits = torch.cat([logits[-1:], cache.read(answer[:-1])]) if len(answer) > 1 else logits[-1:]
        return float((logits.argmax(-1) == answer).all()) / trials

    for t in range(trials):
        lead, statement, filler, question, answer = ask(recall, *list(FORMS.values())[t % 2 * 2], 700)
        told = np.concatenate([lead, statement, filler, question])
        asked = np.concatenate([lead, statement, filler[:32], question, answer, filler[32:], question])
        unpruned = Cached(model, t)
        logits = unpruned.read(torch.from_numpy(told))
        for name, policy, budget in cases:
            whole = unpruned.copy()
            if policy:
                whole.trim(policy, budget)
            rows[name]["question seen"] += right(whole, logits, answer)
            for column, prompt in (("asked before", asked), ("only told", told)):
                cache = Cached(model, t)
                rows[name][column] += right(cache, cache.read(torch.from_numpy(prompt), policy, budget), answer)
    return {name: {column: round(value, 4) for column, value in row.items()} for name, row in rows.items()}

@torch.no_grad()
def main():
    p = argparse.ArgumentParser()
    for name in ("checkpoint", "books", "words", "out"):
        p.add_argument(name)
    p.add_argument("--longest", type=int, default=8192)
    p.add_argument("--trials", type=int, default=40, help="of each kind of recall at each distance; half as many of each eviction case")
    p.add_argument("--only", default="text,context,induction,recall,eviction")
    a = p.parse_args()

    torch.set_num_threads(2)
    model, tokenizer = llama.load(a.checkpoint).eval(), Tokenizer.from_file(a.checkpoint + "/tokenizer.json")
    books = {path.stem: plain(path.read_text(encoding="utf-8")) for path in sorted(pathlib.Path(a.books).glob("*.txt"))}
    streams = [torch.tensor(encode(tokenizer, book)) for book in books.values()]
    recall = lambda: Recall(tokenizer, a.words, torch.cat(streams).numpy(), np.random.default_rng(5), held_out=True)
    tables = {
        "text": lambda: text(model, tokenizer, books),
        "context": lambda: context(model, tokenizer, streams, a.longest),
        "induction": lambda: induction(model, recall()),
        "recall": lambda: recalls(model, recall(), a.longest, a.trials),
        "eviction": lambda: eviction(model, streams, recall(), trials=max(6, a.trials // 2)),
    }
    out, started = pathlib.Path(a.out), time.time()
    results = json.loads(out.read_text()) if out.exists() else {}
    for name in a.only.split(","):
        results[name] = tables[name]()
        out.write_text(json.dumps(results, indent=1))
        print(f"{name} ({time.time() - started:.0f} s)")
        for row, columns in results[name].items():
            print("  ", row, columns)

if __name__ == "__main__":
    main()
