#!/usr/bin/env python3
"""llama.cpp as a peer: llama_cpp.py --model FILE.gguf --threads N; README.md here has the lines that it reads and writes.
llama_cpp.py --requantize FROM.gguf TO.gguf Q8_0|Q4_0|Q4_1 writes a file with llama.cpp's own quantiser.

Calls the library itself, as llama-bench does, so that no language binding stands between. npm brings it, built for every
processor that it has kernels for; the layouts below are those of that version (package.json pins it) and are checked.
"""
import argparse
import ctypes as c
import json
import platform
import random
import struct
import sys
import time
from pathlib import Path

ARCH = {"x86_64": "linux-x64", "aarch64": "linux-arm64"}[platform.machine()]
LIBRARIES = Path(__file__).resolve().parent / "node_modules/@node-llama-cpp" / ARCH / "bins" / ARCH
BATCH = 512  # tokens of a prompt at once, its default
FILLED_FROM = 512  # tokens that are read, whose keys and values are then repeated
F_TYPES = {"Q4_0": 2, "Q4_1": 3, "Q8_0": 7}


class Opaque(c.Structure):
    """Parameters by value. Larger than any of llama.cpp's, which is harmless: they are the last argument."""

    _fields_ = [("bytes", c.c_uint8 * 1024)]

    def get(self, form, at):
        return struct.unpack_from(form, self, at)

    def put(self, form, at, *values):
        struct.pack_into(form, self, at, *values)


class Batch(c.Structure):
    _fields_ = [
        ("tokens", c.c_int32),
        ("token", c.POINTER(c.c_int32)),
        ("embedding", c.c_void_p),
        ("position", c.POINTER(c.c_int32)),
        ("sequences", c.POINTER(c.c_int32)),
        ("sequence", c.POINTER(c.POINTER(c.c_int32))),
        ("logits", c.POINTER(c.c_int8)),
    ]


@c.CFUNCTYPE(None, c.c_int, c.c_char_p, c.c_void_p)
def errors_only(level, text, _):
    if level == 4:
        sys.stderr.buffer.write(text)


def load_library(threads):
    if not LIBRARIES.is_dir():
        sys.exit(f"llama_cpp.py: {LIBRARIES} is missing; run npm ci --prefix {Path(__file__).resolve().parent}")
    ggml = c.CDLL(next(LIBRARIES.glob("libggml.v*.so")), c.RTLD_GLOBAL)
    llama = c.CDLL(next(LIBRARIES.glob("libllama.v*.so")), c.RTLD_GLOBAL)
    llama.llama_log_set(errors_only, None)
    ggml.ggml_log_set(errors_only, None)
    ggml.ggml_backend_load_all_from_path(str(LIBRARIES).encode())
    for name, result, arguments in [
        ("model_default_params", Opaque, []),
        ("context_default_params", Opaque, []),
        ("model_quantize_default_params", Opaque, []),
        ("model_quantize", c.c_uint32, [c.c_char_p, c.c_char_p, c.POINTER(Opaque)]),
        ("model_load_from_file", c.c_void_p, [c.c_char_p, Opaque]),
        ("model_get_vocab", c.c_void_p, [c.c_void_p]),
        ("vocab_n_tokens", c.c_int32, [c.c_void_p]),
        ("init_from_model", c.c_void_p, [c.c_void_p, Opaque]),
        ("free", None, [c.c_void_p]),
        ("attach_threadpool", None, [c.c_void_p, c.c_void_p, c.c_void_p]),
        ("set_n_threads", None, [c.c_void_p, c.c_int32, c.c_int32]),
        ("batch_init", Batch, [c.c_int32, c.c_int32, c.c_int32]),
        ("decode", c.c_int32, [c.c_void_p, Batch]),
        ("get_memory", c.c_void_p, [c.c_void_p]),
        ("memory_clear", None, [c.c_void_p, c.c_bool]),
        ("synchronize", None, [c.c_void_p]),
        ("state_seq_get_size", c.c_size_t, [c.c_void_p, c.c_int32]),
        ("state_seq_get_data", c.c_size_t, [c.c_void_p, c.c_char_p, c.c_size_t, c.c_int32]),
        ("state_seq_set_data", c.c_size_t, [c.c_void_p, c.c_char_p, c.c_size_t, c.c_int32]),
        ("print_system_info", c.c_char_p, []),
    ]:
        function = getattr(llama, "llama_" + name)
        function.restype, function.argtypes = result, arguments
    llama.llama_backend_init()
    return llama, thread_pool(ggml, threads)


def thread_pool(ggml, threads):
    """One that stays, as llama-bench has it: without it threads are made anew for each token."""
    base = c.CDLL(next(LIBRARIES.glob("libggml-base.so")), c.RTLD_GLOBAL)
    ggml.ggml_backend_dev_by_type.restype = c.c_void_p
    ggml.ggml_backend_dev_backend_reg.restype, ggml.ggml_backend_dev_backend_reg.argtypes = c.c_void_p, [c.c_void_p]
    address = ggml.ggml_backend_reg_get_proc_address
    address.restype, address.argtypes = c.c_void_p, [c.c_void_p, c.c_char_p]
    registry = ggml.ggml_backend_dev_backend_reg(ggml.ggml_backend_dev_by_type(0))
    base.ggml_threadpool_params_init.argtypes = [c.POINTER(Opaque), c.c_int]
    params = Opaque()
    base.ggml_threadpool_params_init(params, threads)
    return c.CFUNCTYPE(c.c_void_p, c.POINTER(Opaque))(address(registry, b"ggml_threadpool_new"))(params)


def check(holds, message):
    if not holds:
        raise ValueError(message)


class Peer:
    def __init__(self, model, threads):
        self.threads = threads
        self.llama, self.pool = load_library(threads)
        self.model = self.llama.llama_model_load_from_file(model.encode(), self.llama.llama_model_default_params())
        check(self.model, f"llama.cpp cannot load {model}")
        self.vocabulary = self.llama.llama_vocab_n_tokens(self.llama.llama_model_get_vocab(self.model))
        self.context, self.streams, self.room, self.seen = None, 0, 0, 0
        self.batch = self.llama.llama_batch_init(BATCH, 0, 1)
        self.random = random.Random(1)

    def about(self):
        info = self.llama.llama_print_system_info().decode()
        kernels = [part.split(" = ")[0].split(" ")[-1] for part in info.split("|") if part.strip().endswith("= 1")]
        packages = json.loads((Path(__file__).parent / "package.json").read_text())["optionalDependencies"]
        release = json.loads((LIBRARIES / "_nlcBuildMetadata.json").read_text())["buildOptions"]["llamaCpp"]["release"]
        version = f"llama.cpp {release} of npm @node-llama-cpp/{ARCH} {packages['@node-llama-cpp/' + ARCH]}"
        return {"version": version, "kernels": " ".join(kernels), "threads": self.threads}

    def open(self, streams, room):
        """An empty context; that of before if it has the same size."""
        self.seen = 0
        if self.context and (streams, room) == (self.streams, self.room):
            self.llama.llama_memory_clear(self.llama.llama_get_memory(self.context), True)
            return
        if self.context:
            self.llama.llama_free(self.context)
        params = self.llama.llama_context_default_params()
        check(params.get("<4I", 0) == (512, 2048, 512, 1), "llama_context_params is laid out otherwise than expected")
        params.put("<4I", 0, streams * room, BATCH, BATCH, streams)
        self.context = self.llama.llama_init_from_model(self.model, params)
        check(self.context, f"llama.cpp cannot make a context of {streams} times {room} tokens")
        self.llama.llama_attach_threadpool(self.context, self.pool, self.pool)
        self.llama.llama_set_n_threads(self.context, self.threads, self.threads)
        self.streams, self.room = streams, room

    def step(self, rows):
        """Computes rows of (sequence, position, whether its logits are wanted), with random tokens."""
        for i, (sequence, position, wanted) in enumerate(rows):
            self.batch.token[i] = self.random.randrange(self.vocabulary)
            self.batch.position[i] = position
            self.batch.sequences[i] = 1
            self.batch.sequence[i][0] = sequence
            self.batch.logits[i] = wanted
        self.batch.tokens = len(rows)
        code = self.llama.llama_decode(self.context, self.batch)
        check(code == 0, f"llama_decode returned {code}")

    def read(self, tokens, room, **_):
        self.open(1, room)
        return self.timed(lambda: self.prompt(tokens))

    def prompt(self, tokens):
        for at in range(0, tokens, BATCH):
            self.step([(0, position, position == tokens - 1) for position in range(at, min(tokens, at + BATCH))])
        self.seen = tokens

    def fill(self, depth, streams, room, **_):
        """Reads a beginning, and repeats its keys and values: what attention costs does not depend on what they are."""
        read = min(depth, FILLED_FROM)
        self.open(1, room)
        self.prompt(read)
        state = c.create_string_buffer(self.llama.llama_state_seq_get_size(self.context, 0))
        self.llama.llama_state_seq_get_data(self.context, state, len(state), 0)
        self.open(streams, room)
        for stream in range(streams):
            longer = repeated(state.raw, read, depth, stream, streams)
            taken = self.llama.llama_state_seq_set_data(self.context, longer, len(longer), stream)
            check(taken == len(longer), f"llama.cpp took {taken} of the {len(longer)} bytes of a filled context")
        self.seen = depth
        return 0.0

    def decode(self, tokens, **_):
        check(self.seen, "decode must come after read or fill")
        check(1 <= tokens <= self.room - self.seen, f"tokens must be from 1 to {self.room - self.seen}, was {tokens}")

        def steps():
            for _ in range(tokens):
                self.step([(stream, self.seen, 1) for stream in range(self.streams)])
                self.seen += 1

        return self.timed(steps)

    def timed(self, work):
        start = time.perf_counter()
        work()
        self.llama.llama_synchronize(self.context)
        return time.perf_counter() - start

    def bytes(self):
        """Of keys and values in use, of all streams, as llama.cpp itself would save them."""
        return sum(self.llama.llama_state_seq_get_size(self.context, stream) for stream in range(self.streams))

    def answer(self, line):
        asked = json.loads(line)
        name = asked.pop("measure")
        check(name in ("read", "fill", "decode"), f'measure must be read, fill or decode, was "{name}"')
        seconds = getattr(self, name)(**asked)
        return {"milliseconds": seconds * 1e3, "cache_bytes": self.bytes()}


def repeated(state, read, depth, stream, streams):
    """The saved state of one sequence of `read` tokens, for `stream` of `streams` after `depth` tokens."""
    at = 8
    check(struct.unpack_from("<2I", state, at) == (1, read), "a saved state is laid out otherwise than expected")
    at += 8 + 12 * read
    transposed, layers = struct.unpack_from("<2I", state, at)
    check(not transposed, "a saved state has its values transposed: no flash attention")
    at += 8
    counts = [depth if one == stream else 0 for one in range(streams)]
    cells = struct.pack(f"<{3 * depth}i", *(x for position in range(depth) for x in (position, 1, stream)))
    before = struct.pack(f"<{stream + 2}I", streams, *counts[: stream + 1])
    parts = [state[:8], before, cells, struct.pack("<2I", transposed, layers)]
    for _ in range(2 * layers):  # the keys of all layers, then their values
        kind, row = struct.unpack_from("<iQ", state, at)
        rows = state[at + 12 : at + 12 + read * row]
        parts += [struct.pack("<iQ", kind, row), rows * (depth // read), rows[: depth % read * row]]
        at += 12 + read * row
    parts.append(struct.pack(f"<{streams - stream - 1}I", *counts[stream + 1 :]))
    check(at == len(state), "a saved state has more than expected")
    return b"".join(parts)


def requantize(source, target, kind):
    llama, _ = load_library(1)
    params = llama.llama_model_quantize_default_params()
    check(params.get("<2i2B", 0)[:2] + params.get("<2B", 16) == (0, F_TYPES["Q8_0"], 0, 1), "unexpected quantize params")
    params.put("<2i", 0, 2, F_TYPES[kind])
    params.put("<B", 16, 1)  # allow_requantize
    code = llama.llama_model_quantize(source.encode(), target.encode(), params)
    check(code == 0, f"llama.cpp's quantiser returned {code}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--requantize", nargs=3, metavar=("FROM", "TO", "TYPE"))
    options = parser.parse_args()
    if options.requantize:
        requantize(*options.requantize)
        return
    peer = Peer(options.model, options.threads)
    print(json.dumps(peer.about()), flush=True)
    for line in sys.stdin:
        try:
            answer = peer.answer(line)
        except (ValueError, KeyError, TypeError) as e:
            answer = {"error": str(e)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
