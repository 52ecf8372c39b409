"""Makes the two texts of code under server/evaluation/src/main/resources/dev/sublinear/evaluation/corpus: modules of Python's standard library, and this project's cache.

usage: evaluation_code.py PYTHON_LIBRARY OUT_DIR      PYTHON_LIBRARY: the directory with argparse.py, as /usr/lib/python3.11
"""
import gzip, pathlib, sys

MODULES = "argparse csv heapq statistics textwrap calendar fractions pprint random shlex functools".split()
ROOT = pathlib.Path(__file__).resolve().parents[5]


def pack(files, out):
    text = "\n\n".join(file.read_text(encoding="utf-8").strip() for file in files) + "\n"
    out.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(out.name, len(text), "characters,", out.stat().st_size, "bytes")


library, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
pack([library / (name + ".py") for name in MODULES], out / "python-standard-library.txt.gz")
java = (ROOT / "cache/src/main/java").rglob("*.java")
pack(sorted(file for file in java if file.name != "package-info.java"), out / "sublinear-cache.txt.gz")
