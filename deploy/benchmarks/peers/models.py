#!/usr/bin/env python3
"""Makes the files that are raced: models.py DIRECTORY [NAME...]; makes what is missing and prints the names of all.

smollm2-135m-*: the bundled GGUF (Q4_1), and the same numbers written as Q8_0 and Q4_0 by llama.cpp's quantiser: the speed of such
files, not their makers' quality. Their context is said to be 40,960 tokens, so that 32,768 may be measured.
llama-1.1b-*: random weights in the sizes of TinyLlama-1.1B (22 layers, 32 heads over 4 of 64, vocabulary 32,000).
"""
import hashlib
import json
import random
import struct
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUNDLED = HERE.parents[1] / "models/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf"
CONTEXT = 40960
KINDS = ("q8_0", "q4_0", "q4_1")
NAMES = [f"{model}-{kind}" for model in ("smollm2-135m", "llama-1.1b") for kind in KINDS]

D, LAYERS, HEADS, KV_HEADS, FEED_FORWARD, VOCABULARY = 2048, 22, 32, 4, 5632, 32000
UINT32, FLOAT32, BOOL, STRING, ARRAY, INT32 = 4, 6, 7, 8, 9, 5  # types of GGUF's metadata
F32, Q8_0 = 0, 8  # and of its tensors


def smollm2(target):
    """Q4_1: the bundled file with its context patched. A profile lies beside each file, as beside the bundled one."""
    data = bytearray(BUNDLED.read_bytes())
    at = data.index(b"llama.context_length") + len(b"llama.context_length")
    assert struct.unpack_from("<I", data, at) == (UINT32,)
    struct.pack_into("<I", data, at + 4, CONTEXT)
    target.write_bytes(data)


def llama(target):
    """Q8_0: random bytes, in blocks of 32 with one scale, which gives weights of a usual size."""
    head = D // HEADS
    tensors = [("token_embd.weight", (VOCABULARY, D))]
    for i in range(LAYERS):
        for name, shape in [
            ("attn_norm", (D,)),
            ("attn_q", (D, D)),
            ("attn_k", (KV_HEADS * head, D)),
            ("attn_v", (KV_HEADS * head, D)),
            ("attn_output", (D, D)),
            ("ffn_norm", (D,)),
            ("ffn_gate", (FEED_FORWARD, D)),
            ("ffn_up", (FEED_FORWARD, D)),
            ("ffn_down", (D, FEED_FORWARD)),
        ]:
            tensors.append((f"blk.{i}.{name}.weight", shape))
    tensors += [("output_norm.weight", (D,)), ("output.weight", (VOCABULARY, D))]
    meta = metadata()
    header = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(meta)) + b"".join(meta)
    offset = 0
    for name, shape in tensors:
        header += string(name) + struct.pack(f"<I{len(shape)}Q", len(shape), *reversed(shape))
        header += struct.pack("<IQ", F32 if len(shape) == 1 else Q8_0, offset)
        offset += padded(size(shape))
    draw = random.Random(1)
    with target.open("wb") as out:
        out.write(header + bytes(padded(len(header)) - len(header)))
        for _, shape in tensors:
            data = struct.pack("<f", 1.0) * D if len(shape) == 1 else blocks(draw, shape[0] * shape[1] // 32)
            out.write(data + bytes(padded(len(data)) - len(data)))


def blocks(draw, count):
    data = bytearray(draw.randbytes(34 * count))
    low, high = struct.pack("<e", 2.7e-4)
    data[0::34], data[1::34] = bytes([low]) * count, bytes([high]) * count
    return data


def size(shape):
    return 4 * shape[0] if len(shape) == 1 else shape[0] * shape[1] // 32 * 34


def padded(count):
    return -(-count // 32) * 32


def string(text):
    return struct.pack("<Q", len(text.encode())) + text.encode()


def metadata():
    """Sizes, and a byte-level vocabulary with one merge, which nobody uses: tokens are asked for by their ids."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    letters = [chr(byte) if byte in printable else chr(256 + others.index(byte)) for byte in range(256)]
    tokens = ["<|endoftext|>", *letters, "th"]
    tokens += [f"<t{i}>" for i in range(len(tokens), VOCABULARY)]

    def entry(key, kind, value):
        return string(key) + struct.pack("<I", kind) + value

    def number(key, value):
        return entry(key, UINT32, struct.pack("<I", value))

    def array(key, kind, items):
        return entry(key, ARRAY, struct.pack("<IQ", kind, len(items)) + b"".join(items))

    return [
        entry("general.architecture", STRING, string("llama")),
        entry("general.name", STRING, string("random, of TinyLlama-1.1B's sizes")),
        number("llama.context_length", CONTEXT),
        number("llama.embedding_length", D),
        number("llama.block_count", LAYERS),
        number("llama.feed_forward_length", FEED_FORWARD),
        number("llama.attention.head_count", HEADS),
        number("llama.attention.head_count_kv", KV_HEADS),
        number("llama.rope.dimension_count", D // HEADS),
        number("llama.vocab_size", VOCABULARY),
        entry("llama.attention.layer_norm_rms_epsilon", FLOAT32, struct.pack("<f", 1e-5)),
        entry("llama.rope.freq_base", FLOAT32, struct.pack("<f", 10000.0)),
        entry("tokenizer.ggml.model", STRING, string("gpt2")),
        entry("tokenizer.ggml.pre", STRING, string("gpt-2")),
        array("tokenizer.ggml.tokens", STRING, [string(token) for token in tokens]),
        array("tokenizer.ggml.token_type", INT32, [struct.pack("<i", 3 if i == 0 else 1) for i in range(VOCABULARY)]),
        array("tokenizer.ggml.merges", STRING, [string("t h")]),
        number("tokenizer.ggml.bos_token_id", 0),
        number("tokenizer.ggml.eos_token_id", 0),
        entry("tokenizer.ggml.add_bos_token", BOOL, b"\0"),
    ]


def profile(model, target):
    """The bundled model's laws for a file with its numbers, which has a fingerprint of its own."""
    laws = json.loads(BUNDLED.with_name(BUNDLED.stem + ".kv-profile.json").read_text())
    laws["model"]["fingerprint"] = fingerprint(model)
    target.write_text(json.dumps(laws, indent=2))


def fingerprint(path):
    """As dev.sublinear.model.checkpoint.Fingerprint: of the size, and of 256 blocks of 4 KiB spread over the file."""
    data = path.read_bytes()
    step = (len(data) - 4096) // 255
    blocks = [data[at : at + 4096] for at in range(0, 256 * step, step)]
    return hashlib.sha256(f"{len(data)}\n".encode() + b"".join(blocks)).hexdigest()


def is_large(name):
    """Whether a prompt of 8,192 tokens takes minutes."""
    return name.startswith("llama-1.1b")


def make(directory, name):
    """Returns the file of that name, which is made if it is missing."""
    target = directory / f"{name}.gguf"
    if target.exists():
        return target
    directory.mkdir(parents=True, exist_ok=True)
    part = directory / f"{name}.part"
    model, kind = name.rsplit("-", 1)
    made, source = {"smollm2-135m": (smollm2, "q4_1"), "llama-1.1b": (llama, "q8_0")}[model]
    if kind == source:
        made(part)
    else:
        other = make(directory, f"{model}-{source}")
        command = [sys.executable, str(HERE / "llama_cpp.py"), "--requantize", str(other), str(part), kind.upper()]
        subprocess.run(command, check=True)
    if model == "smollm2-135m":
        profile(part, directory / f"{name}.kv-profile.json")
    part.rename(target)
    return target


if __name__ == "__main__":
    for wanted in sys.argv[2:] or NAMES:
        print(make(Path(sys.argv[1]), wanted))
