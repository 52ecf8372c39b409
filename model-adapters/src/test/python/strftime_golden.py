"""Writes src/test/resources/chat/strftime.json: what Python's datetime.strftime, which transformers' strftime_now
calls, writes with glibc in the C locale. Needs nothing but Python on Linux.

    TZ=UTC LC_ALL=C python model-adapters/src/test/python/strftime_golden.py
"""

import datetime
import json
import pathlib
import string

TIMES = [
    "2026-11-24T21:05:09.000042",
    "2024-02-29T00:00:00",
    "2024-12-30T12:34:56",
    "2021-01-03T01:02:03.9",
    "2023-01-01T11:59:59",
    "2022-01-02T23:00:07",
    "2026-08-03T09:08:01",
    "2005-12-31T13:00:00",
]

# Python itself writes %f, %z and %Z, but only without flags.
FLAGS = ["", "-", "_", "0", "+", "^", "#", "10", "_7", "-7", "07", "^9", "#12", "-_", "_-", "E", "O", "^#", "0^5"]
FORMATS = ["%" + flag + name for name in string.ascii_letters + "%!" for flag in FLAGS if flag == "" or name not in "fzZEO"]
FORMATS += ["%-d %B %Y", "%d %b %Y", "%A, %-d. %B, %-I:%M %p", "100%", "%", "%%Y", "%5", "%-", "a%nb%tc", "%E", "%Q%d", "é%e"]

out = pathlib.Path(__file__).parents[1] / "resources/chat/strftime.json"
golden = {"formats": FORMATS, "texts": {}}
for time in TIMES:
    golden["texts"][time] = [datetime.datetime.fromisoformat(time).strftime(f) for f in FORMATS]
out.write_text(json.dumps(golden, ensure_ascii=False, indent=0, separators=(",", ":")) + "\n", encoding="utf-8")
