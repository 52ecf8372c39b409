"""Makes the goldens of ChatTemplate: what transformers' apply_chat_template renders and encodes.

    python model-adapters/src/test/python/chat_golden.py

Writes into model-adapters/src/test/resources/chat: two small tokenizers trained on english.txt, one of bytes as GPT-2's
and one of pieces as Llama 2's, golden.json, and expressions.json of expressions.txt. The templates *.jinja are written for these tests: they follow the formats
that the models were trained on and use what the models' own templates use of Jinja. Needs transformers and tokenizers.
"""

import json
import pathlib

import tokenizers
import transformers
from transformers.utils.chat_template_utils import _compile_jinja_template
from tokenizers import AddedToken, decoders, models, normalizers, pre_tokenizers, trainers

ROOT = pathlib.Path(__file__).resolve().parents[4]
CHAT = ROOT / "model-adapters/src/test/resources/chat"
ENGLISH = ROOT / "model-adapters/src/test/resources/goldens/english.txt"

SPECIAL = [
    "<|endoftext|>", "<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "<|im_start|>",
    "<|im_end|>", "<bos>", "<eos>", "<start_of_turn>", "<end_of_turn>",
]  # fmt: skip
# As Qwen has them: found in any text, but no control tokens.
PLAIN = ["<tool_call>", "</tool_call>", "<think>", "</think>"]
# As Phi-3 has them: they take the white space after them.
STRIPPING = ["<|system|>", "<|user|>", "<|assistant|>", "<|end|>"]

TEMPLATES = {
    "llama-2": ("pieces", "<s>", "</s>"),
    "llama-3.1": ("bytes", "<|begin_of_text|>", "<|eot_id|>"),
    "mistral": ("pieces", "<s>", "</s>"),
    "qwen-2.5": ("bytes", None, "<|im_end|>"),
    "qwen-3": ("bytes", None, "<|im_end|>"),
    "phi-3": ("pieces", "<s>", "<|end|>"),
    "gemma": ("bytes", "<bos>", "<eos>"),
    "chatml": ("bytes", None, "<|im_end|>"),
    "zephyr": ("pieces", "<s>", "</s>"),
}

WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Tells the weather <now> & \"here\".",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "days": {"type": "integer", "enum": [1, 2], "default": 1}},
            "required": ["city"],
        },
    },
}
CLOCK = {"type": "function", "function": {"name": "clock", "description": "", "parameters": {}}}


def call(name, arguments, id="abc123def"):
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


CHATS = {
    "question": [("user", "Who was Emma Woodhouse?")],
    "system": [("system", "You are brief."), ("user", "  Who was Emma?\n")],
    "turns": [
        ("system", "Be kind.\n"),
        ("user", "Hello! É, 漢字, 🙂"),
        ("assistant", " Hello. "),
        ("user", "And\n\nnow?"),
        ("assistant", "Now is now."),
        ("user", "Thanks"),
    ],
    "answered": [("user", "One?"), ("assistant", "Two.")],
    "thinking": [
        ("user", "Think."),
        ("assistant", "<think>\nIt is\nlate.\n</think>\n\nLate."),
        ("user", "Again."),
        ("assistant", "<think>\nyes\n</think>\n\nYes."),
    ],
    "reasoned": [
        ("user", "Late?"),
        {"role": "assistant", "content": "Late.", "reasoning_content": "It is\nlate."},
        ("user", "Again?"),
        {"role": "assistant", "content": "Yes.", "reasoning_content": "\nyes"},
    ],
    "empty": [("user", "")],
    "two users": [("user", "One"), ("user", "Two")],
    "silent call": [
        ("user", "What time is it?"),
        {"role": "assistant", "content": "", "tool_calls": [call("clock", {})]},
        {"role": "tool", "tool_call_id": "abc123def", "content": "noon"},
        ("assistant", "Noon."),
        ("user", "And now?"),
    ],
}
# Prompts that end within the last message; space at its end is kept or not, as the template has it.
CONTINUED = {
    "begun": [("user", "One?"), ("assistant", "Two, and")],
    "begun with a space": [("user", "One?"), ("assistant", "Two, and \n")],
    "begun as before": [("user", "Two"), ("assistant", "Two"), ("user", "Two"), ("assistant", "Two")],
}
# What a request may tell a template besides.
VARIABLES = {
    "thinking": ("question", {"enable_thinking": True}),
    "not thinking": ("question", {"enable_thinking": False}),
    "dated": ("question", {"date_string": "<|im_end|> 5"}),
}
TOOL_CHATS = {
    "tools": ([("user", "What is the weather in Bath?")], [WEATHER]),
    "two tools": ([("system", "Use tools."), ("user", "Weather?")], [WEATHER, CLOCK]),
    "called": (
        [
            ("user", "Weather in Bath?"),
            {"role": "assistant", "content": None, "tool_calls": [call("weather", {"city": "Bath", "days": 2})]},
            {"role": "tool", "name": "weather", "content": '{"rain": 0.5, "text": "é"}', "tool_call_id": "abc123def"},
        ],
        [WEATHER],
    ),
    "said and called": (
        [
            ("user", "Both?"),
            {"role": "assistant", "content": "I look.", "tool_calls": [call("weather", {"city": "Bath"}), call("clock", {})]},
            {"role": "tool", "name": "weather", "content": "rain", "tool_call_id": "abc123def"},
            {"role": "tool", "name": "clock", "content": "noon", "tool_call_id": "abc123def"},
            ("assistant", "Rain at noon."),
            ("user", "Thanks"),
        ],
        [WEATHER, CLOCK],
    ),
}


def main():
    made = {"bytes": byte_tokenizer(), "pieces": piece_tokenizer()}
    goldens = []
    for name, (kind, bos, eos) in TEMPLATES.items():
        source = (CHAT / f"{name}.jinja").read_text(encoding="utf-8")
        tokenizer = transformers.PreTrainedTokenizerFast(
            tokenizer_object=made[kind], bos_token=bos, eos_token=eos, chat_template=source
        )
        chats = [(chat, messages, None) for chat, messages in CHATS.items()]
        if "tools" in source:
            chats += [(chat, messages, tools) for chat, (messages, tools) in TOOL_CHATS.items()]
        for chat, messages, tools in chats:
            for prompt in [True, False]:
                goldens.append(
                    {"template": name, "tokenizer": kind, "bos_token": bos, "eos_token": eos, "chat": chat}
                    | {"tools": tools or [], "generation_prompt": prompt, "messages": dicts(messages)}
                    | golden(tokenizer, dicts(messages), tools, prompt)
                )
        for chat, messages in CONTINUED.items():
            goldens.append(
                {"template": name, "tokenizer": kind, "bos_token": bos, "eos_token": eos, "chat": chat}
                | {"tools": [], "continued": True, "messages": dicts(messages)}
                | golden(tokenizer, dicts(messages), None, False, continue_final_message=True)
            )
        for case, (chat, variables) in VARIABLES.items():
            if next(iter(variables)) in source:
                goldens.append(
                    {"template": name, "tokenizer": kind, "bos_token": bos, "eos_token": eos, "chat": case}
                    | {"tools": [], "generation_prompt": True, "variables": variables, "messages": dicts(CHATS[chat])}
                    | golden(tokenizer, dicts(CHATS[chat]), None, True, **variables)
                )
    versions = {"transformers": transformers.__version__, "tokenizers": tokenizers.__version__}
    write("golden.json", {"versions": versions}, "goldens", goldens)
    write("expressions.json", {"versions": versions}, "expressions", expressions())


def write(file, described, name, items):
    """One item a line."""
    lines = ",\n".join(json.dumps(item, ensure_ascii=False) for item in items)
    head = json.dumps(described)[:-1]
    (CHAT / file).write_text(f'{head}, "{name}": [\n{lines}\n]}}\n', encoding="utf-8")
    print(file, len(items), sum("error" in item for item in items), (CHAT / file).stat().st_size)


def expressions():
    """What jinja2, as transformers sets it up, makes of each line of expressions.txt."""
    context = json.loads((CHAT / "context.json").read_text(encoding="utf-8"))
    made = []
    for line in (CHAT / "expressions.txt").read_text(encoding="utf-8").splitlines():
        source = line.replace("⏎", "\n")
        try:
            made.append({"source": source, "text": _compile_jinja_template(source).render(**context)})
        except Exception as e:
            made.append({"source": source, "error": f"{type(e).__name__}: {e}"})
    return made


def dicts(messages):
    return [m if isinstance(m, dict) else {"role": m[0], "content": m[1]} for m in messages]


def golden(tokenizer, messages, tools, prompt, **more):
    # The date is a variable in Llama's template, so that goldens do not age.
    options = {"tools": tools, "add_generation_prompt": prompt, "tokenize": False, "date_string": "24 Nov 2026"} | more
    try:
        text = tokenizer.apply_chat_template(messages, **options)
    except Exception as e:
        return {"error": str(e)}
    if "date_string" in more:
        return {"text": text}  # whose control token is a client's, which transformers does not tell from its own
    return {"text": text, "ids": tokenizer(text, add_special_tokens=False)["input_ids"]}


def byte_tokenizer():
    tokenizer = tokenizers.Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=512, special_tokens=[AddedToken(t, normalized=False, special=True) for t in SPECIAL],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False,
    )  # fmt: skip
    return trained(tokenizer, trainer, "bytes")


def piece_tokenizer():
    """Of Llama 2's kind: a blank before each text, bytes for what has no piece."""
    tokenizer = tokenizers.Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    specials = [AddedToken(t, normalized=False, special=True) for t in ["<unk>", "<s>", "</s>"]]
    trainer = trainers.BpeTrainer(
        vocab_size=600, special_tokens=specials + [f"<0x{b:02X}>" for b in range(256)], show_progress=False
    )
    return trained(tokenizer, trainer, "pieces")


def trained(tokenizer, trainer, name):
    tokenizer.train_from_iterator(ENGLISH.read_text(encoding="utf-8").splitlines(keepends=True), trainer)
    tokenizer.add_special_tokens([AddedToken(t, normalized=False, rstrip=True) for t in STRIPPING])
    tokenizer.add_tokens([AddedToken(t, normalized=False, special=False) for t in PLAIN])
    written = json.loads(tokenizer.to_str())
    if name == "pieces":
        # The bytes are pieces, not control tokens: as in Llama 2's file.
        written["added_tokens"] = [t for t in written["added_tokens"] if not t["content"].startswith("<0x")]
    file = CHAT / f"{name}.json"
    file.write_text(json.dumps(written, ensure_ascii=False) + "\n", encoding="utf-8")
    return tokenizers.Tokenizer.from_file(str(file))


if __name__ == "__main__":
    main()
