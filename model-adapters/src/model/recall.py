"""Sequences that only a model with a memory predicts: tiled and planted segments, pass keys, keys and values.

A piece is (ids, weights): a weight is how much the prediction of that token counts. What cannot be known
(a random token the first time, a new pass key) weighs nothing; an answer weighs ANSWER.
"""
import functools, pathlib
import numpy as np

ANSWER = 4.0
FIRST_ID = 4    # below are the special tokens

# Statement, question and the words before the answer. HELD_OUT is never trained on.
PASS_KEYS = [
    ("The pass key is {v}. Remember it. {v} is the pass key.", "What is the pass key?", "The pass key is"),
    ("The number of the safe is {v}. Do not forget it.", "What is the number of the safe?", "The number of the safe is"),
    ("\"Remember this number,\" said he; \"it is {v}.\"", "\"What was the number?\" said she.", "\"The number,\" said he, \"is"),
    ("The secret word is {v}. Keep it well in mind.", "What is the secret word?", "The secret word is"),
    ("The key of the house is hidden under the {v}.", "Where is the key hidden?", "The key of the house is hidden under the"),
    ("Note the password: {v}.", "What is the password?", "The password:"),
    ("The name of the ship was {v}, and she sailed at dawn.", "What was the name of the ship?", "The name of the ship was"),
]
FACTS = [
    ("{k}: {v}\n", "", "{k}:"),
    ("{k} = {v}\n", "", "{k} ="),
    ("The word of {k} is {v}. ", "What is the word of {k}? ", "The word of {k} is"),
    ("{k} has a {v}. ", "What has {k}? ", "{k} has a"),
    ("The number of {k} is {v}. ", "What is the number of {k}? ", "The number of {k} is"),
    ("{k} lives at {v}. ", "Where does {k} live? ", "{k} lives at"),
    ("The {k} is {v}. ", "What is the {k}? ", "The {k} is"),
]
HELD_OUT_PASS_KEY = ("The code of the gate is {v}. Bear it in mind.", "What is the code of the gate?", "The code of the gate is")
HELD_OUT_FACT = ("{k} asked for the {v}. ", "What did {k} ask for? ", "{k} asked for the")

class Recall:
    """Draws sequences from one source of chance; `held_out` draws keys, values and wordings that training never sees."""

    def __init__(self, tokenizer, words_file, tokens, rng, held_out=False):
        self.tokenizer, self.tokens, self.rng, self.held_out = tokenizer, tokens, rng, held_out
        self.vocabulary, words = tokenizer.get_vocab_size(), pathlib.Path(words_file).read_text(encoding="utf-8").split()
        words = [w for i, w in enumerate(words) if (i % 10 == 0) == held_out]
        self.names, self.things = [w for w in words if w[0].isupper()], [w for w in words if w[0].islower()]

    @functools.lru_cache(100_000)
    def encode(self, text):
        return np.array(self.tokenizer.encode(text, add_special_tokens=False).ids, np.int64)

    def text(self, length):
        at = int(self.rng.integers(0, len(self.tokens) - length))
        return self.tokens[at:at + length].astype(np.int64)

    def noise(self, length):
        return self.rng.integers(FIRST_ID, self.vocabulary, length)

    def tiled(self, length):
        """One segment, of text or of random tokens, over and over."""
        size = int(self.rng.integers(8, max(9, length // 2)))
        random = self.rng.random() < 0.6
        segment = self.noise(size) if random else self.text(size)
        ids = np.tile(segment, length // size + 1)[:length]
        weights = np.ones(length, np.float32)
        if random:
            weights[:size] = 0
        return ids, weights

    def planted(self, length):
        """Text with spans that come back later, word for word."""
        ids, weights = self.text(length), np.ones(length, np.float32)
        for _ in range(max(1, length // 512)):
            size = int(np.exp(self.rng.uniform(np.log(8), np.log(min(length // 3, 256)))))
            first = int(self.rng.integers(0, length - 2 * size))
            second = int(self.rng.integers(first + size, length - size + 1))
            if self.rng.random() < 0.5:
                ids[first:first + size], weights[first:first + size] = self.noise(size), 0
            ids[second:second + size], weights[second:second + size] = ids[first:first + size], 1
        return ids, weights

    def pick(self, options):
        return options[int(self.rng.integers(len(options)))]

    def number(self, least=3, most=7):
        return "".join(str(d) for d in self.rng.integers(0, 10, int(self.rng.integers(least, most))))

    def value(self):
        return self.number() if self.rng.random() < 0.5 else self.pick(self.things)

    def pass_key(self):
        """(statement, question, lead, answer), as text."""
        statement, question, lead = HELD_OUT_PASS_KEY if self.held_out else self.pick(PASS_KEYS)
        value = self.value()
        return "\n\n" + statement.format(v=value) + "\n\n", "\n\n" + question + " " + lead, " " + value

    def wording(self):
        """One of FACTS, or one made up: any few words between the key and its value."""
        if self.rng.random() < 0.6:
            return self.pick(FACTS)
        between = " ".join(self.pick(self.things) for _ in range(int(self.rng.integers(1, 4))))
        return "{k} " + between + " {v}. ", "", "{k} " + between

    def facts(self, count, form=None):
        """A list of pairs as one text, and for each pair its question and its answer."""
        statement, question, lead = form or (HELD_OUT_FACT if self.held_out else self.wording())
        kind, numeric = self.pick([self.names, self.things]), self.rng.random() < 0.5
        keys = list(dict.fromkeys(self.pick(kind) for _ in range(count)))
        values = [self.number() if numeric else self.pick(self.things) for _ in keys]
        listed = "".join(statement.format(k=k, v=v) for k, v in zip(keys, values))
        return "\n\n" + listed + "\n\n", [("\n\n" + (question + lead).format(k=k), " " + v) for k, v in zip(keys, values)]

    def document(self, length):
        """Text with facts told in it, and asked for again, some more than once, after more text."""
        ids, weights, asked = [np.zeros(1, np.int64)], [np.zeros(1, np.float32)], []
        have = 1
        def add(piece, weight):
            nonlocal have
            ids.append(piece)
            weights.append(np.full(len(piece), weight, np.float32))
            have += len(piece)
        while have < length:
            if self.rng.random() < 0.35:
                statement, question, answer = self.pass_key()
                asked = [(question, answer)]
            else:
                statement, asked = self.facts(int(self.rng.integers(2, 13)))
            add(self.encode(statement), 0.1)
            for _ in range(int(self.rng.integers(1, 3 + len(asked)))):
                left, draw = max(2, length - have), self.rng.random()
                if draw < 0.6 or len(asked) == 1:
                    add(self.text(int(left ** self.rng.random() if draw < 0.3 else left * self.rng.random() + 1)), 1)
                question, answer = self.pick(asked)
                add(self.encode(question), 0.2)
                add(self.encode(answer), ANSWER)
                add(self.encode("."), 0.2)
        return np.concatenate(ids)[:length], np.concatenate(weights)[:length]
