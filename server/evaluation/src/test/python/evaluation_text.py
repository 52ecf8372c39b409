"""Makes the texts under server/evaluation/src/main/resources/dev/sublinear/evaluation/corpus: the first 700,000 characters of each held-out book, to the end of a paragraph, in plain typography.

usage: evaluation_text.py BOOKS_DIR OUT_DIR
"""
import gzip, pathlib, sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[5] / "model-adapters/src/model"))
from prepare import plain

for book in sorted(pathlib.Path(sys.argv[1]).glob("*.txt")):
    text = plain(book.read_text(encoding="utf-8"))
    text = text[:text.rfind("\n\n", 0, 700_000)] + "\n"
    name = book.stem.split("_")[1]
    (pathlib.Path(sys.argv[2]) / (name + ".txt.gz")).write_bytes(gzip.compress(text.encode(), 9, mtime=0))
