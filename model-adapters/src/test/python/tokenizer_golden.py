"""Writes what Hugging Face's tokenizers makes of some texts and ids with the tokenizer of deploy/models/fixture-5m.

usage: pip install tokenizers && python model-adapters/src/test/python/tokenizer_golden.py

To be run again whenever its tokenizer.json changes; TokenizerTest notices when that was forgotten.
"""
import hashlib
import json
import pathlib
import random

from tokenizers import Tokenizer

ROOT = pathlib.Path(__file__).resolve().parents[4]
MODEL = ROOT / "deploy/models/fixture-5m/tokenizer.json"
GOLDEN = ROOT / "model-adapters/src/test/resources/dev/sublinear/model/text/tokenizer-golden.json"

TEXTS = [
    "",
    " ",
    "Hello, world!",
    "It was a dark and stormy night; the rain fell in torrents.",
    "  two  spaces   three    four\t\ttabs\n\nnewlines\r\n",
    "don't can't we've I'll you're he'd it's",
    "0 1 23 456 7890 3.14159 1,000,000",
    "caf\u00e9 na\u00efve \u00dcbergr\u00f6\u00dfe \u0153uvre",
    "cafe\u0301 (combining)",
    "\u65e5\u672c\u8a9e\u306e\u6587\u7ae0\u3002\u4e2d\u6587\u53e5\u5b50\u3002\ud55c\uad6d\uc5b4",
    "\u0645\u0631\u062d\u0628\u0627 \u05e9\u05dc\u05d5\u05dd \u0928\u092e\u0938\u094d\u0924\u0947",
    "\U0001f600 \U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 \U0001f1eb\U0001f1f7 \u2764\ufe0f",
    "NUL \x00, BEL \x07, DEL \x7f, NBSP \u00a0, BOM \ufeff, replacement \ufffd",
    "for (int i = 0; i < n; i++) { sum += a[i]; } // \u03b1\u00b7n^C",
    "<|endoftext|>",
    "<|user|>Hi<|assistant|>",
    "before <|system|> after",
    "<|endof text|> <|user| > <|assistan",
    "<s></s><unk>[INST]<|im_start|>",
    "a" * 300,
    " ".join(["the same words again and"] * 50),
]


def main():
    raw = MODEL.read_bytes()
    tokenizer = Tokenizer.from_file(str(MODEL))
    tokenizer.no_truncation()
    specials = {t.content: i for i, t in tokenizer.get_added_tokens_decoder().items() if t.special}
    # The library's own switch for what Tokenizer does by renaming: control tokens in a text stay text.
    tokenizer.encode_special_tokens = True
    encoded = [{"text": t, "ids": tokenizer.encode(t, add_special_tokens=False).ids} for t in TEXTS]
    assert not any(i in specials.values() for e in encoded for i in e["ids"])
    rng = random.Random(2404)
    size = tokenizer.get_vocab_size()
    lists = [[rng.randrange(size) for _ in range(rng.randrange(1, 40))] for _ in range(20)]
    decoded = [{"ids": ids, "text": tokenizer.decode(ids, skip_special_tokens=True)} for ids in lists]
    GOLDEN.parent.mkdir(parents=True, exist_ok=True)
    GOLDEN.write_text(
        json.dumps(
            {"tokenizer_sha256": hashlib.sha256(raw).hexdigest(), "specials": specials, "encoded": encoded, "decoded": decoded}
        ).replace('{"text"', '\n{"text"').replace('{"ids"', '\n{"ids"')
        + "\n"
    )


main()
