"""Writes ../src/test/resources/dev/sublinear/real/chats.json: chats, the text that SmolLM2's template makes of them, and its ids.

Usage: chats.py DIRECTORY, one that directory.py wrote. Needs PyPI transformers 5.24.0."""
import json
import pathlib
import sys

from transformers import AutoTokenizer

TARGET = pathlib.Path(__file__).parent.parent / "src/test/resources/dev/sublinear/real/chats.json"
tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])


def said(*texts, system=None):
    messages = [{"role": "system", "content": system}] if system is not None else []
    return messages + [{"role": ("user", "assistant")[i % 2], "content": text} for i, text in enumerate(texts)]


CHATS = {
    "one question": said("What is the capital of France?"),
    "with a system message": said("What is the capital of France?", system="You answer in one word."),
    "several turns": said("Hello!", "Hi, how can I help?", "Name a colour.", "Blue.", "Another one, please."),
    "digits after a space": said("I have 5 apples and eat 2. How many are left?"),
    "digits first": said("5 apples", "5 apples are 5 apples.", "12 pears", system="10 fruits at most"),
    "space around": said("  spaces before and after  ", " an answer ", "\n\na line\n"),
    "empty contents": said("", "", "?", system=""),
    "apostrophes at the seams": said("'s", "'t", "'re"),
    "code": said("```python\ndef f(x):\n\treturn x + 1\n```\r\nWhat does it do?"),
    "scripts": said("日本語で答えて。 Привет! 😀 e\u0301"),
    "the last word is the assistant's": said("Say hi.", "hi"),
}

lines = []
for name, messages in CHATS.items():
    for prompt in (True, False):
        text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=prompt)
        ids = tokenizer.apply_chat_template(messages, tokenize=True, add_generation_prompt=prompt)["input_ids"]
        lines.append(json.dumps({"name": name, "messages": messages, "generationPrompt": prompt, "text": text, "ids": ids}, ensure_ascii=False))
TARGET.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")
print(len(lines), "chats")
