"""Trains a byte-level BPE on the books and writes it as a Hugging Face tokenizer.

usage: train_tokenizer.py BOOKS_DIR OUT_DIR [VOCABULARY] [START_DIR]
Digits never merge, so that a number is copied digit by digit. With START_DIR an earlier tokenizer grows: its ids keep their meaning.
"""
import collections, heapq, json, pathlib, re, sys
from tokenizers import Tokenizer
from prepare import plain

SPECIALS = ["<|endoftext|>", "<|user|>", "<|assistant|>", "<|system|>"]
# GPT-2's split, with Latin ranges standing in for \p{L} (Python's re has no Unicode classes).
SPLIT = re.compile(r"'(?:[sdmt]|ll|ve|re)| ?[A-Za-z\u00C0-\u024F]+| ?[0-9]+| ?[^\sA-Za-z\u00C0-\u024F0-9]+|\s+(?!\S)|\s+")
DIGIT = re.compile("[0-9]")

def byte_alphabet():
    """The printable character that stands for each byte."""
    keep = [*range(33, 127), *range(161, 173), *range(174, 256)]
    table = {b: chr(b) for b in keep}
    for b in range(256):
        table.setdefault(b, chr(256 + len(table) - len(keep)))
    return table

def blank():
    """A tokenizer of single bytes."""
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    return {"version": "1.0", "truncation": None, "padding": None, "normalizer": None, "pre_tokenizer": level, "post_processor": None, "decoder": level,
            "added_tokens": [{"id": i, "content": t, "single_word": False, "lstrip": False, "rstrip": False,
                              "normalized": False, "special": True} for i, t in enumerate(SPECIALS)],
            "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None, "end_of_word_suffix": None,
                      "fuse_unk": False, "byte_fallback": False, "ignore_merges": False, "merges": [],
                      "vocab": {t: i for i, t in enumerate(SPECIALS + sorted(byte_alphabet().values()))}}}

def grow(tokenizer, words, vocabulary):
    """Adds the most frequent pairs of `words` (a count of each) until the vocabulary is full."""
    vocab, merges = tokenizer["model"]["vocab"], tokenizer["model"]["merges"]
    merges[:] = [m for m in merges if not DIGIT.search(m)]
    encoded = Tokenizer.from_str(json.dumps(tokenizer)).encode_batch(list(words), add_special_tokens=False)
    sequences, counts = [e.tokens for e in encoded], list(words.values())
    pairs, where = collections.Counter(), collections.defaultdict(set)
    for i, s in enumerate(sequences):
        for pair in zip(s, s[1:]):
            pairs[pair] += counts[i]
            where[pair].add(i)
    heap = [(-n, pair) for pair, n in pairs.items() if not DIGIT.search("".join(pair))]
    heapq.heapify(heap)
    while len(vocab) < vocabulary and heap:
        n, pair = heapq.heappop(heap)
        if pairs[pair] != -n:       # the count has changed since: put it back in its place
            if pairs[pair] > 0:
                heapq.heappush(heap, (-pairs[pair], pair))
            continue
        new, touched = "".join(pair), set()
        merges.append(" ".join(pair))
        vocab.setdefault(new, len(vocab))
        for i in list(where[pair]):
            old, joined, j = sequences[i], [], 0
            while j < len(old):
                hit = tuple(old[j:j + 2]) == pair
                joined.append(new if hit else old[j])
                j += 2 if hit else 1
            for q in zip(old, old[1:]):
                pairs[q] -= counts[i]
            for q in zip(joined, joined[1:]):
                pairs[q] += counts[i]
                where[q].add(i)
                touched.add(q)
            sequences[i] = joined
        for q in touched:
            heapq.heappush(heap, (-pairs[q], q))
        pairs[pair] = 0

if __name__ == "__main__":
    books, out = sorted(pathlib.Path(sys.argv[1]).glob("*.txt")), pathlib.Path(sys.argv[2])
    vocabulary = int(sys.argv[3]) if len(sys.argv) > 3 else 4096
    tokenizer = json.loads(pathlib.Path(sys.argv[4], "tokenizer.json").read_text("utf-8")) if len(sys.argv) > 4 else blank()
    words = collections.Counter(w for book in books for w in SPLIT.findall(plain(book.read_text(encoding="utf-8"))))
    grow(tokenizer, words, vocabulary)
    out.mkdir(parents=True, exist_ok=True)
    (out / "tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False), encoding="utf-8")
    (out / "tokenizer_config.json").write_text(json.dumps({
        "tokenizer_class": "PreTrainedTokenizerFast", "bos_token": SPECIALS[0], "eos_token": SPECIALS[0],
        "clean_up_tokenization_spaces": False, "model_max_length": 8192}, indent=2))
    print(len(tokenizer["model"]["vocab"]), "tokens from", len(books), "books")
