"""Turns books into token ids: plain typography, little-endian uint16, id 0 before each book, books in a seeded order.

usage: prepare.py TOKENIZER_DIR BOOKS_DIR OUT.bin
Also writes OUT.bin.words.txt: the common words of the books, names among them, that recall.py draws keys and values from.
"""
import collections, pathlib, random, re, sys
import numpy as np
from tokenizers import Tokenizer

PLAIN = {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2014": " - ", "\u2013": "-",
         "\u2026": "...", "\u2011": "-", "\u2e3a": " - ", "\u2060": "", "\u00a0": " ", "\u200a": " "}

def plain(text):
    return text.translate(str.maketrans(PLAIN))

def encode(tokenizer, text, size=20_000):
    """The ids of a text, in pieces cut at paragraph ends: one long piece would be slow."""
    pieces, at = [], 0
    while at < len(text):
        cut = text.rfind("\n\n", at, at + size) if at + size < len(text) else len(text)
        cut = cut if cut > at else min(len(text), at + size)
        pieces.append(text[at:cut])
        at = cut
    return [i for piece in tokenizer.encode_batch(pieces, add_special_tokens=False) for i in piece.ids]

def common_words(texts, count=4000):
    """Words of 4 to 9 letters by falling frequency; a name is a word that is nearly always capitalised."""
    seen = collections.Counter(w for text in texts for w in re.findall(r"\b[A-Za-z]{4,9}\b", text))
    lower = [w for w, _ in seen.most_common() if w.islower()][200:200 + count]
    names = [w for w, n in seen.most_common() if w.istitle() and n > 20 * seen[w.lower()]][:count // 2]
    return sorted(lower + names, key=lambda w: -seen[w])

if __name__ == "__main__":
    tokenizer = Tokenizer.from_file(sys.argv[1] + "/tokenizer.json")
    books = sorted(pathlib.Path(sys.argv[2]).glob("*.txt"))
    random.Random(7).shuffle(books)
    texts = [plain(book.read_text(encoding="utf-8")) for book in books]
    pathlib.Path(sys.argv[3] + ".words.txt").write_text("\n".join(common_words(texts)) + "\n")
    ids = [np.array([0] + encode(tokenizer, text), "<u2") for text in texts]
    np.concatenate(ids).tofile(sys.argv[3])
    print(sum(map(len, ids)), "tokens from", len(books), "books")
    print("last book:", books[-1].name, len(ids[-1]), "tokens")
