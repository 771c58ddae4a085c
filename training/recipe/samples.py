"""Samples as the generator writes them, in the shape that the trainer and the scorer read."""
import itertools
import json
import multiprocessing
import os
import queue
import random
import re
import subprocess
import sys

import numpy as np
import torch

BUCKETS = [64, 80, 96, 112, 128, 160, 192, 224, 256, 288, 320, 384, 448, 512, 640, 768, 1024, 1280, 1536, 1792, 2048]
PAGE = re.compile(r"^page: .*\n(?:dialog: .*\n)?(?:tab: .*\n)?", re.M)
DONE = '{"action":"done'
CITED = re.compile(r'"mark":(\d+)')
CHOSEN = re.compile(r'"mark":(\d+),"option":("(?:[^"\\]|\\.)*")')
QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
WRITTEN = re.compile(r'"(?:text|option)":"(\{\{)?')
STATES = 6  # no clause of the goal reached, one, two, three, more, all
FIELD = re.compile(r"\d+ (?:input|select) ")
PAST = 0.5  # share of the tokens of the past that are learnt too
AGAIN = 2  # how often steps are read again while batches are waited for
SHORT = 200  # while the longest step that is read is shorter, only small applications have enough of them
SMALL = 0.67 # share of the small applications that are passed over once the longest steps are read
EPISODE = re.compile(r'"episode":"train-(\d+)"')
FORCED = 0.2  # weight of what the product's schema gives: whether there is a result, and the names of its fields


def decided(prompt, answer):
    """How many bytes of an answer that chooses an option tell it from the other options of its list; None where that is not known."""
    m = CHOSEN.search(answer)
    line = m and re.search(rf"^{m[1]} select .*? of (.*)$", prompt, re.M)
    options = QUOTED.findall(line[1]) if line and "…" not in line[1] else []
    if not m or m[2] not in options:
        return None
    n = max([1] + [len(os.path.commonprefix([m[2], o])) + 1 for o in options if o != m[2]])
    return len(answer[:m.start(2) + n].encode())


def own(tok, ids, answer, prompt):
    """Which tokens of an answer are the model's own choice, and not the schema's: of a claim, that it is one and the marks it cites;
    of an option, what tells it from the others."""
    mine = np.ones(len(ids), dtype=bool)
    n = decided(prompt, answer)
    if n is not None:
        mine = np.cumsum([0, *tok.sizes[ids]])[:-1] < n
    if answer.startswith(DONE):
        at = np.cumsum([0, *tok.sizes[ids]])
        mine = at[:-1] < len(DONE)
        for m in re.finditer(r'mark":\d+', answer):
            mine |= (at[1:] > m.start()) & (at[:-1] < m.end())
    return mine


def first(tok, value):
    """The first token of a value that tells it from others, as an answer says it."""
    said = '"text":"' + value + '"'
    at = np.cumsum([0, *tok.sizes[tok.encode(said)]])
    return tok.encode(said)[int(np.searchsorted(at, WRITTEN.match(said).end(), "right")) - 1]


class Step:
    """One step: prompt and answer as tokens, which answer tokens are the model's own choice, where lines of the page end
    and which of them is meant, what is to be written into which of them, and which tokens tell of the past."""
    __slots__ = ("prompt", "answer", "own", "ends", "numbers", "looks", "blanks", "written", "states", "state", "words", "known", "target", "past", "kind", "episode", "text")

    def __init__(self, tok, d):
        self.prompt = np.array(tok.prompt(d["prompt"]), dtype=np.int16)
        self.answer = tok.encode(d["answer"]) + [tok.end]
        self.kind, self.episode, self.target, self.text = d["kind"], d["episode"], d["target"], d["answer"]
        self.own = own(tok, self.answer, d["answer"], d["prompt"])
        # marks of the prompt hold no bytes, so byte offsets count from behind the first
        text = d["prompt"][len("<|bos|>"):-len("<|act|>")]
        after = np.cumsum(tok.sizes[self.prompt])
        pages = list(PAGE.finditer(text))
        head = len(text[:pages[-1].end()].encode())
        page = text[pages[-1].end():]
        offsets = np.cumsum([len(l.encode()) + 1 for l in page.split("\n")]) + head
        lines = [o for o, l in zip(offsets, page.split("\n")) if re.match(r"\d+ ", l)]
        self.ends = np.searchsorted(after, lines)
        self.numbers = [tok.ids.get(str(i + 1), tok.pad) for i in range(len(lines))]
        at = np.cumsum([0, *tok.sizes[self.answer]])
        cited = [(int(np.searchsorted(at, m.start(1), "right")) - 1, int(m.group(1))) for m in CITED.finditer(d["answer"])]
        self.looks = [(len(self.prompt) + i - 1, int(self.ends[n - 1]), 0) for i, n in cited if 0 < n <= len(self.ends)]
        fields = [l for l in page.split("\n") if re.match(r"\d+ ", l)]
        self.blanks, self.written = [], []
        for n, l in enumerate(fields):
            if FIELD.match(l):
                value = d.get("fills", {}).get(str(n + 1))
                self.blanks.append(int(self.ends[n]))
                self.written.append(tok.pad if value is None else first(tok, value))
        m = WRITTEN.search(d["answer"])
        if m and self.looks and self.target and m.end() < len(d["answer"]) - 2:
            i = int(np.searchsorted(at, len(d["answer"][:m.end()].encode()), "right")) - 1
            self.looks.append((len(self.prompt) + i - 1, self.looks[0][1], 1))
        start = text.find("So far:")
        stop = text.find("\n\n", start)
        lo, hi = (len(text[:i].encode()) for i in (start, stop))
        self.past = np.nonzero((after > lo) & (after <= hi))[0] if start >= 0 < stop else np.array([], dtype=int)
        # what is reached can be known at the end of the past, mostly, and at the end of the prompt
        self.states = [int(np.searchsorted(after, hi)) if start >= 0 < stop else -1, len(self.prompt) - 1]
        self.state = STATES - 1 if d.get("reached", -1) < 0 else min(d["reached"], STATES - 2)
        goal = np.nonzero(after <= len(text.split("\n", 1)[0].encode()))[0]
        begins = np.concatenate(([True], tok.breaks[self.prompt[:-1]]))
        self.words = np.nonzero((after > head) & tok.wordy[self.prompt] & ~begins)[0]
        self.known = np.stack([self.occurs(tok, part) for part in (goal, self.past)], 1)

    def occurs(self, tok, part):
        """For each piece of a word on the page, whether it stands in that part of the prompt too, behind the same beginning."""
        ids, part = self.prompt, set(part.tolist())
        seen = {(int(ids[i]), int(ids[i - 1]) if i and tok.wordy[ids[i - 1]] else -1) for i in part}
        begun = [int(ids[i - 1]) if tok.wordy[ids[i - 1]] else -1 for i in self.words]
        return np.array([(int(ids[i]), b) in seen for i, b in zip(self.words, begun)], dtype=np.float32)

    def __len__(self):
        return len(self.prompt) + len(self.answer) - 1


def read(tok, path, limit=None):
    out = []
    with open(path) as f:
        for i, line in enumerate(f):
            if limit is not None and i >= limit:
                break
            out.append(Step(tok, json.loads(line)))
    return out


def bucket(n):
    return next((b for b in BUCKETS if b >= n), None)


class Batch:
    """Steps of about one length as tensors. The chosen positions are those whose next token is scored: answers first."""

    def __init__(self, steps, pad, rng=None, share=0.0):
        t = bucket(max(len(s) for s in steps))
        self.steps, self.tokens = steps, torch.full((len(steps), t), pad, dtype=torch.long)
        chosen, target, row, weight = [], [], [], []
        for i, s in enumerate(steps):
            ids = np.concatenate((s.prompt, s.answer[:-1]))
            self.tokens[i, :len(ids)] = torch.from_numpy(ids.astype(np.int64))
            first = i * t + len(s.prompt) - 1
            chosen += range(first, first + len(s.answer))
            target += s.answer
            row += [i] * len(s.answer)
            weight += np.where(s.own, 1.0, FORCED).tolist()
        self.answers = len(chosen)
        ends, meant, numbers, looks, seen, heads, words, known, blanks, written, states, state, pasts, reached = ([] for _ in range(14))
        for i, s in enumerate(steps):
            ends += (s.ends + i * t).tolist()
            numbers += s.numbers
            words += (s.words + i * t).tolist()
            known.append(s.known)
            looks += [i * t + p for p, _, _ in s.looks]
            seen += [p for _, p, _ in s.looks]
            heads += [h for _, _, h in s.looks]
            blanks += [i * t + p for p in s.blanks]
            written += s.written
            if s.states[0] >= 0:
                pasts.append(i * t + s.states[0])
                reached.append(s.state)
            states.append(i * t + s.states[1])
            state.append(s.state)
            meant += [float(k + 1 == s.target) for k in range(len(s.ends))]
            for j in s.past.tolist() if share else ():
                if j > 0 and rng.random() < share:
                    chosen.append(i * t + j - 1)
                    target.append(int(s.prompt[j]))
                    weight.append(0.2)
        self.row, self.chosen, self.target = torch.tensor(row), torch.tensor(chosen), torch.tensor(target)
        self.weight, self.ends, self.meant = torch.tensor(weight), torch.tensor(ends), torch.tensor(meant)
        self.pasts = len(pasts)  # of the states, so many stand at the ends of pasts
        self.numbers, self.seen, self.words, self.blanks, self.written, self.states, self.state = (
            torch.tensor(x, dtype=torch.long) for x in (numbers, seen, words, blanks, written, pasts + states, reached + state))
        self.looks = torch.tensor([looks, heads], dtype=torch.long)
        self.known = torch.from_numpy(np.concatenate(known))

    TENSORS = ("tokens", "row", "chosen", "target", "weight", "ends", "meant", "numbers", "looks", "seen", "words", "known", "blanks", "written", "states", "state")

    def to(self, device):
        for name in self.TENSORS:
            setattr(self, name, getattr(self, name).to(device))
        return self

    def packed(self):
        """All that learning needs of it in arrays, small enough to be sent from one process to another."""
        small = lambda x: x.astype(np.int32 if x.size and x.max() > 32000 else np.int16) if x.dtype == np.int64 else x.astype(np.float16)
        return {name: small(getattr(self, name).numpy()) for name in self.TENSORS}, len(self.steps), self.answers, self.pasts

    @classmethod
    def unpacked(cls, sent):
        b = cls.__new__(cls)
        arrays, steps, b.answers, b.pasts = sent
        b.steps = [None] * steps
        for name, x in arrays.items():
            setattr(b, name, torch.from_numpy(x.astype(np.float32 if x.dtype == np.float16 else np.int64)))
        return b

    def right(self, logits):
        """For each step, whether every token of its own choice is the likeliest one."""
        ok = (logits[:self.answers].argmax(-1) == self.target[:self.answers]) | (self.weight[:self.answers] < 1)
        return torch.zeros(len(self.steps), device=ok.device).index_add_(0, self.row, (~ok).float()) == 0

    def sure(self, logits):
        """For each step, the least probability of a token that the model says, up to where it goes wrong."""
        p, said = logits[:self.answers].softmax(-1).max(-1)
        on = (said == self.target[:self.answers]) | (self.weight[:self.answers] < 1)
        least, open = [1.0] * len(self.steps), [True] * len(self.steps)
        for i, q, ok, own in zip(self.row.tolist(), p.tolist(), on.tolist(), (self.weight[:self.answers] == 1).tolist()):
            if open[i] and own:
                least[i], open[i] = min(least[i], q), ok
        return least


class Repeats:
    """A batch of phrases from pages, said again and again in one row: what comes next can be copied from where it stood before.
    It keeps the start that can copy alive until the answers need it."""
    BETWEEN = [(' "', False), ('"\n', False), (' = "', False), (' button "', False), (",", True), ("\n", True), (" and", True), (":", True), (";", True), (" as", True)]

    def __init__(self, tok, phrases, tokens, rng):
        t = rng.choice((96, 128, 192))
        self.steps, self.tokens = [None] * max(1, tokens // t), torch.full((max(1, tokens // t), t), tok.pad, dtype=torch.long)
        chosen, target, row = [], [], []
        for i in range(len(self.steps)):
            few, seen, ids = rng.sample(phrases, rng.randint(3, 9)), set(), [tok.begin]
            while True:
                phrase, (between, space) = rng.choice(few), rng.choice(self.BETWEEN)
                said = tok.encode((" " if space else "") + phrase)
                ids += tok.encode(between)
                if len(ids) + len(said) > t:
                    break
                if phrase in seen:  # its first token cannot be known
                    places = range(len(ids) + 1 + space, len(ids) + len(said))
                    chosen += [i * t + j - 1 for j in places]
                    target += said[1 + space:]
                    row += [i] * len(places)
                seen.add(phrase)
                ids += said
            self.tokens[i, :min(t, len(ids))] = torch.tensor(ids[:t])
        self.answers = len(chosen)
        self.row, self.chosen, self.target = torch.tensor(row), torch.tensor(chosen), torch.tensor(target)
        self.weight, self.ends, self.meant = torch.ones(len(chosen)), torch.tensor([], dtype=torch.long), torch.tensor([])
        self.numbers = self.looks = self.seen = self.words = self.known = self.blanks = self.written = self.states = self.state = self.ends

    TENSORS, pasts = Batch.TENSORS, 0
    to, right, packed = Batch.to, Batch.right, Batch.packed


def lines(path):
    with open(path) as f:
        return f.readlines()


def small(line):
    """Whether a step is of a small application: one training episode in three is, as training/gen has it."""
    return int(EPISODE.search(line).group(1)) % 3 == 0


class Mix:
    """Which steps are read. most is the longest, in tokens; where long says so, most of those with short pages are passed over; real
    is a file of steps whose pages were read in Chromium: they stand among the others, so many of them that they are a share."""
    SHARE = 0.06
    ANSWER = re.compile(r'"answer":"[^ ]*?\\"mark\\":(\d+)')

    def __init__(self, most, long=False, real=""):
        self.most, self.long, self.real = most, long, lines(real) if real else []

    def lines(self, list, rng):
        """The lines of a shard with those of real pages, in another order."""
        list = list + rng.sample(self.real, min(len(self.real), int(self.SHARE * len(list))))
        rng.shuffle(list)
        return list

    def passed(self, line, rng, longest):
        """Whether a step is passed over: most of the small applications when the longest that is read has come to most."""
        if longest >= self.most and small(line) and rng.random() < SMALL:
            return True
        return self.long and rng.random() >= self.often(line)

    def often(self, line):
        """How many of the steps like this one are read: all that mean a line far down or stand on a long page."""
        answer = self.ANSWER.search(line)
        marks = 1 + line.count("\\n")
        if answer and int(answer.group(1)) >= 30 or marks >= 65:
            return 1
        return 0.8 if marks >= 45 else 0.5 if marks >= 25 else 0.25


def chosen(tok, lines, rng, longest, mix):
    """Steps in another order, those that are surely too long left out, and those that the mix passes over."""
    for s in mix.lines(lines, rng):
        if len(s) < 6 * longest() and not mix.passed(s, rng, longest()):
            yield Step(tok, json.loads(s))


def phrases(lines):
    """What stands in quotation marks on the pages of some steps."""
    found = set()
    for line in lines[:4000]:
        found.update(x for x in re.findall(r'"([^"{}\n]+)"', json.loads(line)["prompt"]) if 2 < len(x) < 30)
    return sorted(found)


def batches(tok, paths, tokens, seed, longest, repeats, mix, skip=0):
    """Batches of about tokens() tokens, for ever, with the number of shards begun. longest() is the longest step now, repeats()
    the share of batches that are Repeats; skip passes over whole shards."""
    rng = random.Random(seed)

    def steps():
        for shards in itertools.count(1):
            at = (shards - 1) % len(paths)
            if at == 0:
                order = paths[:]
                rng.shuffle(order)
            if shards > skip:
                for s in chosen(tok, lines(order[at]), rng, longest, mix):
                    yield s, shards
    return grouped(tok, steps(), tokens, rng, longest, repeats, phrases(lines(paths[0])))


def grouped(tok, steps, tokens, rng, longest, repeats, words):
    """Batches of steps that come with something, which goes on with them."""
    waiting = {}
    for s, more in steps:
        size = bucket(len(s))
        if size is None or size > longest():
            continue
        group = waiting.setdefault(size, [])
        group.append(s)
        if len(group) >= max(1, tokens() // size):
            while rng.random() < repeats():
                yield Repeats(tok, words, tokens(), rng), more
            yield Batch(group, tok.pad, rng, PAST), more
            waiting[size] = []


def made(program, seed, small, episodes=500):
    """Lines of episodes that are made now and never written down: those of a seed, and the next ones, for ever. While small()
    says so, only small applications."""
    for first in itertools.count(seed, 1 << 20):
        p = subprocess.Popen([program, "data", "-stdout", "-episodes", str(episodes), "-seed", str(first)] + ["-small"] * small(), stdout=subprocess.PIPE, text=True)
        batch = p.stdout.readlines()
        if p.wait():  # one episode that does not come to an end must not end the course: the lines before it are whole
            print(f"{program} failed at seed {first} after {len(batch)} steps", file=sys.stderr, flush=True)
            batch = batch[:-1]
            assert batch, "the generator makes nothing"
        yield batch


class Makers:
    """Processes that make episodes and batches of them for one that learns: batches() yields them for ever."""

    def __init__(self, tok, program, count, tokens, seed, longest, repeats, mix):
        context, self.count = multiprocessing.get_context("fork"), count
        self.queue = context.Queue(3 * count)
        self.all = [context.Process(target=self.work, args=(tok, program, seed * 1000 + i, tokens, longest, repeats, mix), daemon=True) for i in range(count)]
        for p in self.all:
            p.start()

    def work(self, tok, program, seed, tokens, longest, repeats, mix):
        os.nice(5)
        rng, source = random.Random(seed), made(program, seed, lambda: longest() < SHORT)
        first = next(source)

        def steps():
            last = []
            for batch in itertools.chain([first], source):
                fresh = []
                for s in chosen(tok, batch, rng, longest, mix):
                    fresh.append(s)
                    yield s, 1
                for _ in range(AGAIN):  # whoever learns is faster than the generator
                    if self.queue.qsize() > self.count:
                        break
                    rng.shuffle(last)
                    yield from ((s, 1) for s in last)
                last = fresh
        for b, _ in grouped(tok, steps(), tokens, rng, longest, repeats, phrases(first)):
            self.queue.put(b.packed())

    def batches(self):
        while True:
            try:
                sent = self.queue.get(timeout=60)
            except queue.Empty:
                raise RuntimeError("the processes that make episodes say nothing any more") from None
            if not all(p.is_alive() for p in self.all):
                raise RuntimeError("a process that makes episodes has ended")
            yield Batch.unpacked(sent), 1


def judged(net, steps, pad, tokens=16000):
    """For each step, whether it is right when everything before each token is given, and how sure the model is of it."""
    out, order = [(False, 0.0)] * len(steps), sorted(range(len(steps)), key=lambda i: len(steps[i]))
    with torch.no_grad():
        while order:
            size, n = 0, 0
            for n, i in enumerate(order):
                if bucket(len(steps[i])) is None:
                    break
                size = max(size, bucket(len(steps[i])))
                if size * (n + 1) > tokens and n:
                    break
            else:
                n += 1
            group, order = order[:max(1, n)], order[max(1, n):]
            if bucket(len(steps[group[0]])) is None:
                continue
            b = Batch([steps[i] for i in group], pad).to(net.embed.device)
            logits = net(b.tokens, b.chosen)
            for i, ok, sure in zip(group, b.right(logits).tolist(), b.sure(logits)):
                out[i] = ok, sure
    return out


def exact(net, steps, pad):
    """Which steps are right when everything before each token is given."""
    return [ok for ok, _ in judged(net, steps, pad)]
