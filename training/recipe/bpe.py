"""Byte-level BPE with the pre-tokeniser that Ollama calls llama-bpe.

Merges are learnt on bare words and on punctuation, each apart, so that a word has the same pieces at the beginning of a
quotation and after a space; only the commonest words get a piece of their own that holds the space before them.
"""
import collections
import json
import re

import numpy as np

SPLIT = re.compile(r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|(?:[^\r\n\w]|_)?[^\W\d_]+|\d{1,3}| ?(?:[^\s\w]|_)+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
BEGIN, ACT, END, PAD = "<|bos|>", "<|act|>", "<|end|>", "<|pad|>"
SPECIAL = [END, BEGIN, ACT, PAD]


def byte_letters():
    """The letter that stands for each byte in the notation of byte-level BPE."""
    plain = [*range(33, 127), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    rest = [b for b in range(256) if b not in plain]
    return {**{b: chr(b) for b in plain}, **{b: chr(256 + i) for i, b in enumerate(rest)}}


LETTER = byte_letters()


def letters(text):
    return "".join(LETTER[b] for b in text.encode())


class Tokenizer:
    def __init__(self, tokens, merges):
        self.tokens, self.merges = tokens, merges
        self.ids = {t: i for i, t in enumerate(tokens)}
        self.rank = {tuple(m.split(" ")): i for i, m in enumerate(merges)}
        self.sizes = np.array([0 if t in SPECIAL else len(t) for t in tokens])
        self.end, self.begin, self.act, self.pad = (self.ids[t] for t in SPECIAL)
        self.bytes = [b"" if t in SPECIAL else bytes(BYTE[c] for c in t) for t in tokens]
        self.wordy = np.array([re.search(rb"[0-9A-Za-z\x80-\xff]", b) is not None for b in self.bytes])
        self.breaks = np.array([b.endswith(b"\n") for b in self.bytes])
        self.cache = {}

    def pieces(self, word):
        parts = list(letters(word))
        while len(parts) > 1:
            ranked = [(self.rank.get(pair, 1 << 30), i) for i, pair in enumerate(zip(parts, parts[1:]))]
            rank, i = min(ranked)
            if rank == 1 << 30:
                break
            parts[i:i + 2] = [parts[i] + parts[i + 1]]
        return [self.ids[p] for p in parts]

    def encode(self, text):
        out, cache = [], self.cache
        for word in SPLIT.findall(text):
            ids = cache.get(word)
            if ids is None:
                ids = self.pieces(word)
                if len(cache) < 400_000:
                    cache[word] = ids
            out += ids
        return out

    def prompt(self, text):
        """A whole prompt, which begins and ends with a mark."""
        assert text.startswith(BEGIN) and text.endswith(ACT)
        return [self.begin, *self.encode(text[len(BEGIN):-len(ACT)]), self.act]

    def decode(self, ids):
        return b"".join(self.bytes[i] for i in ids).decode("utf-8", "replace")

    def save(self, path):
        with open(path, "w") as f:
            json.dump({"tokens": self.tokens, "merges": self.merges}, f, ensure_ascii=False)


BYTE = {c: b for b, c in LETTER.items()}


def load(path):
    with open(path) as f:
        d = json.load(f)
    return Tokenizer(d["tokens"], d["merges"])


def merges_of(words, count):
    """The first merges of BPE over words with their counts."""
    forms = [[list(letters(w)), c] for w, c in words.items()]
    pairs, where = collections.Counter(), collections.defaultdict(set)
    for i, (form, c) in enumerate(forms):
        for pair in zip(form, form[1:]):
            pairs[pair] += c
            where[pair].add(i)
    out = []
    while len(out) < count and pairs:
        best, c = max(pairs.items(), key=lambda x: (x[1], x[0]))
        if c < 5:
            break
        out.append(best)
        for i in list(where[best]):
            form, c = forms[i]
            for pair in zip(form, form[1:]):
                pairs[pair] -= c
            j = 0
            while j < len(form) - 1:
                if (form[j], form[j + 1]) == best:
                    form[j:j + 2] = ["".join(best)]
                j += 1
            for pair in zip(form, form[1:]):
                pairs[pair] += c
                where[pair].add(i)
        pairs.pop(best, None)
    return out


def learn(texts, size=2048, punctuation=90, spaced=90):
    """A tokenizer of that many pieces."""
    words, marks, after = collections.Counter(), collections.Counter(), collections.Counter()
    for text in texts:
        for w in SPLIT.findall(text):
            if re.search(r"[^\W\d_]", w):
                bare = re.sub(r"^(?:[^\w]|_)", "", w)
                words[bare] += 1
                if w[0] == " ":
                    after[bare] += 1
            elif not w[0].isdigit():
                marks[w] += 1
    merges = [(str(a), str(b)) for a in range(1, 10) for b in range(10)]
    merges += merges_of(marks, punctuation)
    merges += merges_of(words, size - 256 - len(SPECIAL) - len(merges) - spaced)
    whole = {a + b for a, b in merges}
    common = [w for w, _ in after.most_common(2000) if w in whole and len(w) >= 2][:spaced]
    merges += [(LETTER[32], w) for w in common]
    tokens = [LETTER[b] for b in range(256)]
    tokens += list(dict.fromkeys(a + b for a, b in merges))
    return Tokenizer(tokens + SPECIAL, [f"{a} {b}" for a, b in merges])
