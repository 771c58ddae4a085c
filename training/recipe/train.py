"""Trains the bundled model on the generator's shards. Stops after --total tokens; started again, it goes on where the last
checkpoint stood, with another total too: rates go by the share of the total that is done, whatever else the machine does.
Writes checkpoint.pt, tokenizer.json and log.jsonl into --out.

On a CPU there is one process for each thread asked for, with its own batches. They share the weights and the optimizers' memory:
each finds its gradients, waits for the others, and then updates the part of the weights that is its own by the mean of all
gradients. Threads that meet once in a step go on well beside other programs; threads that meet in every product do not."""
import argparse
import collections
import glob
import itertools
import json
import os
import random
import time

import numpy as np
import torch
import torch.multiprocessing as mp
import torch.nn.functional as F

import bpe
import net as nets
import samples
from muon import Adam, Muon

ap = argparse.ArgumentParser()
ap.add_argument("--data", default="build/training/data")
ap.add_argument("--out", default="build/training/run")
ap.add_argument("--total", type=float, default=90, help="millions of tokens to train on")
ap.add_argument("--until", default="", help="end at this time of the day, such as 23:30, instead of at the total: what is left of the course is spread over the time that is left")
ap.add_argument("--minutes", type=float, default=0, help="end after so many minutes, likewise")
ap.add_argument("--threads", type=int, default=2, help="processes on a CPU")
ap.add_argument("--device", default="cpu", help="cpu or cuda")
ap.add_argument("--makers", type=int, default=0, help="processes that make new episodes all the time, for a GPU, which learns faster than shards can be written; 0 reads shards")
ap.add_argument("--program", default="build/training/episodes", help="what makes the episodes then")
ap.add_argument("--tokens", type=int, default=6144, help="tokens in a batch, of all processes, at least; a batch holds eight of the longest steps that are read now")
ap.add_argument("--rate", type=float, default=0.02, help="learning rate of the matrices")
ap.add_argument("--small", type=float, default=2e-3, help="learning rate of everything else")
ap.add_argument("--embed", type=float, default=0.3, help="share of it for the embeddings")
ap.add_argument("--phrases", type=float, default=0.3, help="share of batches that say phrases again and again, at the beginning; it falls to 0 by half of --ramp")
ap.add_argument("--decay", type=float, default=0.55, help="share of the total in which the rates go to 0")
ap.add_argument("--ramp", type=float, default=0.6, help="share of the total until the longest steps are read")
ap.add_argument("--longest", type=int, default=2048, help="longest step that is read at all, in tokens")
ap.add_argument("--long", action="store_true", help="pass over most steps with short pages: for a course that goes on with a model that knows those")
ap.add_argument("--real", default="", help="steps whose pages were read in Chromium, to be read among the others")
ap.add_argument("--width", type=int, default=192)
ap.add_argument("--layers", type=int, default=6)
ap.add_argument("--heads", type=int, default=3)
ap.add_argument("--inner", type=int, default=512)
ap.add_argument("--vocabulary", type=int, default=2048)
ap.add_argument("--score", type=float, default=5, help="minutes between scores on held-out words")
ap.add_argument("--seed", type=int, default=1)
SHAPE = ("vocabulary", "width", "layers", "heads", "inner")
CONTEXT, THETA, MIDDLE = 2048, 1e6, (1, 3, 4)


class Run:
    def __init__(self, a):
        self.a, self.seconds, self.tokens, self.steps, self.shards = a, 0.0, 0, 0, {}
        self.reached, self.done = 112.0, 0.0
        self.rank, self.ranks = 0, 1 if a.device == "cuda" else a.threads
        os.makedirs(a.out, exist_ok=True)
        self.paths = sorted(glob.glob(os.path.join(a.data, "train-*.jsonl")))
        assert self.paths or a.makers, "no shards; run the generator first"
        torch.manual_seed(a.seed)
        self.tok = self.tokenizer()
        self.shape = {**{k: getattr(a, k) for k in SHAPE}, "context": CONTEXT, "theta": THETA}
        self.shape["vocabulary"] = len(self.tok.tokens)
        self.net = nets.Net(self.shape)
        nets.induction(self.net)
        self.net.to(a.device)
        self.line = torch.nn.Parameter(torch.zeros(a.width + 1, device=a.device))  # reads from the middle which line is meant
        self.match = torch.nn.Parameter(torch.zeros(a.width, 2, device=a.device))  # and, before, which words the goal and the past know
        self.value = torch.nn.Parameter(torch.eye(a.width, device=a.device))  # and, late, what is to be written into a line
        self.clause = torch.nn.Parameter(torch.zeros(2, a.width, samples.STATES, device=a.device))  # and how much of the goal is reached
        self.five = torch.tensor(5.0, device=a.device)
        self.optimizers()
        self.load()
        self.share()

    def tokenizer(self):
        path = os.path.join(self.a.out, "tokenizer.json")
        if not os.path.exists(path):
            texts = []
            for p in self.paths[:2]:
                with open(p) as f:
                    for line in itertools.islice(f, 0, 6000):
                        d = json.loads(line)
                        texts += [d["prompt"][7:-7], d["answer"]]
            bpe.learn(texts, self.a.vocabulary).save(path)
        return bpe.load(path)

    def optimizers(self):
        net = self.net
        self.matrices = [Muon(p, n) for l in net.layers for p, n in ((l.qkv, 3), (l.out, 1), (l.gate, 2), (l.down, 1))]
        self.rest = [Adam(net.embed, self.a.embed), Adam(net.head, decay=0.01), Adam(self.line), Adam(net.norm), Adam(self.match)]
        self.rest += [Adam(p) for l in net.layers for p in (l.norm1, l.norm2)] + [Adam(self.value), Adam(self.clause)]

    def share(self):
        """Moves weights, memory and gradients to where all processes see them."""
        self.all = self.matrices + self.rest
        self.grads = [[torch.zeros_like(o.p) for o in self.all] for _ in range(self.ranks)]
        self.counts = torch.zeros(self.ranks, dtype=torch.long)
        self.broken = torch.zeros(self.ranks, dtype=torch.long)
        self.reach, self.clock = torch.tensor([self.reached]), torch.tensor([self.done], dtype=torch.float64)
        shared = [self.counts, self.broken, self.reach, self.clock]
        if self.a.device == "cpu":
            shared += [o.p.data for o in self.all] + [m for o in self.all for m in o.memory] + sum(self.grads, [])
        for t in shared:
            t.share_memory_()

    def plan(self):
        """Returns the function that says which share of the course is done, by tokens or by the clock."""
        if not self.a.until and not self.a.minutes:
            return lambda: self.tokens / (self.a.total * 1e6)
        left = self.a.minutes * 60
        if self.a.until:
            now = time.localtime()
            hour, minute = map(int, self.a.until.split(":"))
            left = (hour * 3600 + minute * 60 - now.tm_hour * 3600 - now.tm_min * 60 - now.tm_sec) % 86400
        begun, done = time.time(), self.clock.item()
        return lambda: done + (1 - done) * (time.time() - begun) / left

    @property
    def progress(self):
        return self.clock.item()

    def longest(self):
        """The longest step that is read now: it grows whenever most steps are right, and at the latest by --ramp."""
        return min(self.a.longest, max(self.reach.item(), 112 + max(0.0, self.progress / self.a.ramp) ** 3 * (self.a.longest - 112)))

    def growth(self, recent):
        """By how much the longest step grows after this update: every 25 steps, the more the more of the last ones were right."""
        if self.rank or not recent or (self.steps + 1) % 25:
            return 1
        right = torch.stack(list(recent))[:, -1].mean().item()
        return 1.08 if right > 0.8 else 1.03 if right > 0.7 else 1

    def batch(self):
        """Tokens in a batch of one process: with one or two long steps in it the weights were thrown about."""
        return int(max(self.a.tokens, 8 * self.longest())) // self.ranks

    def repeats(self):
        return self.a.phrases * max(0.0, 1 - 2 * self.progress / self.a.ramp)

    def learn(self, b):
        at = lambda x, places: x.index_select(0, places)
        logits, (early, middle, late), looks = self.net(b.tokens, b.chosen, MIDDLE, b.looks if b.looks.numel() else None)
        loss = (F.cross_entropy(logits, b.target, reduction="none") * b.weight).sum() / b.answers
        line = number = look = match = value = clause = torch.zeros((), device=loss.device)
        unit = lambda x: x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + nets.EPS)
        said = lambda x: F.linear(x.to(nets.BF), self.net.head.to(nets.BF)).float()
        if len(b.ends):
            x = unit(at(middle, b.ends))
            line = F.binary_cross_entropy_with_logits(x @ self.line[:-1] + self.line[-1], b.meant, pos_weight=self.five)
            match = F.binary_cross_entropy_with_logits(unit(at(early, b.words)) @ self.match - 1, b.known)
            number = F.cross_entropy(said(x), b.numbers)
        if len(b.blanks):
            value = F.cross_entropy(said(unit(at(late, b.blanks)) @ self.value), b.written)
        if len(b.states):
            told = torch.cat((unit(at(middle, b.states[:b.pasts])) @ self.clause[0], unit(at(late, b.states[b.pasts:])) @ self.clause[1]))
            clause = F.cross_entropy(told, b.state)
        if b.looks.numel():
            look = F.cross_entropy(looks, b.seen)
        (loss + 0.5 * line + 0.2 * number + 0.2 * look + match + 0.3 * value + 0.2 * clause).backward()
        return torch.stack((loss, line, number, look, match, value, clause, b.right(logits).float().mean())).detach()

    def rate(self):
        """Which share of the learning rates is taken now."""
        fade = min(1, (1 - self.progress) / self.a.decay) if self.a.decay else 1
        return max(0.01, min(1, self.steps / 60) * fade)

    @torch.no_grad()
    def alone(self, tokens, growth):
        """The update of one process on a GPU, which never waits for it. Gradients that are no numbers count as none."""
        self.tokens, self.steps = self.tokens + tokens, self.steps + 1
        self.on(growth)
        rate = self.rate()
        for o in self.all:
            if o.p.grad is None:
                o.p.grad = torch.zeros_like(o.p)
        whole = torch.stack([o.p.grad.isfinite().all() for o in self.all]).all()
        for o in self.all:
            o.p.grad = torch.where(whole, o.p.grad, torch.zeros((), device=o.p.device))
        norm = torch.stack([o.p.grad.pow(2).sum() for o in self.rest]).sum().sqrt()
        clip = (1 / (norm + 1e-6)).clamp(max=1)
        for kind in range(4):
            Muon.together(self.matrices[kind::4], self.a.rate * rate)
        for o in self.rest:
            o.step(o.p.grad * clip, self.a.small * rate)
        for o in self.all:
            o.p.grad = None
        return rate

    def on(self, growth):
        """Moves the course on. On a CPU all processes wait meanwhile, so that what they read next does not depend on who is faster."""
        self.clock.fill_(min(1.0, self.course()))
        self.reach.mul_(growth).clamp_(max=self.a.longest)

    @torch.no_grad()
    def update(self, barrier, tokens, growth):
        if self.a.device == "cuda":
            return self.alone(tokens, growth)
        mine = self.grads[self.rank]
        for o, g in zip(self.all, mine):
            g.zero_() if o.p.grad is None else g.copy_(o.p.grad)
            o.p.grad = None
        self.counts[self.rank] = tokens
        self.broken[self.rank] = not all(g.isfinite().all() for g in mine)
        barrier.wait()
        self.tokens, self.steps = self.tokens + self.counts.sum().item(), self.steps + 1
        if self.rank == 0:
            self.on(growth)
        barrier.wait()
        rate = self.rate()
        if self.broken.any():  # a gradient that is no number would ruin all that was learnt
            if self.broken[self.rank]:
                self.log(skipped=True)
            barrier.wait()
            return rate
        mean = lambda i: sum(g[i] for g in self.grads) / self.ranks
        rest = {i: mean(i) for i in range(len(self.matrices), len(self.all))}
        clip = min(1.0, 1 / (sum(g.pow(2).sum().item() for g in rest.values()) ** 0.5 + 1e-6))
        for i, o in enumerate(self.all):
            if (i + i // self.ranks) % self.ranks != self.rank:
                continue
            if isinstance(o, Muon):
                o.step(mean(i), self.a.rate * rate)
            else:
                o.step(rest[i] * clip, self.a.small * rate)
        barrier.wait()
        return rate

    def state(self):
        return {"net": self.net.state_dict(), "shape": self.shape, "line": self.line.data, "match": self.match.data, "value": self.value.data, "clause": self.clause.data, "memory": [o.memory for o in self.matrices + self.rest],
                "seconds": self.seconds, "tokens": self.tokens, "steps": self.steps, "shards": self.shards, "reach": self.reach.item(), "done": self.progress}

    def save(self):
        assert all(v.isfinite().all() for v in self.net.state_dict().values()), "the weights are no numbers any more; start again to go on from the last checkpoint"
        path = os.path.join(self.a.out, "checkpoint.pt")
        torch.save(self.state(), path + ".new")
        os.replace(path + ".new", path)

    def load(self):
        path = os.path.join(self.a.out, "checkpoint.pt")
        if not os.path.exists(path):
            return
        c = torch.load(path, map_location=self.a.device)
        assert c["shape"] == self.shape, f"the checkpoint has another shape: {c['shape']}"
        self.net.load_state_dict(c["net"])
        for name in ("line", "match", "value", "clause"):  # a checkpoint from before a helper was there goes on without
            getattr(self, name).data = c.get(name, getattr(self, name).data)
        for o, memory in zip(self.matrices + self.rest, c["memory"]):
            o.memory = [m.to(o.p.device, torch.float32) if m.numel() > 1 else m.cpu() for m in memory]
        self.seconds, self.tokens, self.steps, self.shards, self.reached = c["seconds"], c["tokens"], c["steps"], c["shards"], c["reach"]
        self.done = c["done"] if (self.a.until or self.a.minutes) and "done" in c else self.tokens / (self.a.total * 1e6)

    def log(self, **what):
        with open(os.path.join(self.a.out, "log.jsonl"), "a") as f:
            f.write(json.dumps({"minutes": round(self.seconds / 60, 2), "tokens": self.tokens, "steps": self.steps, **what}) + "\n")

    def score(self, held):
        right = samples.exact(self.net, held, self.tok.pad)
        episodes = collections.defaultdict(lambda: True)
        for s, ok in zip(held, right):
            episodes[s.episode] &= ok
        self.log(held_step=round(np.mean(right), 4), held_episode=round(np.mean(list(episodes.values())), 4), copies=round(self.copies(), 4))

    def copies(self):
        """Share of tokens right in the second half of a random row said twice: whether the start that can copy lives on."""
        row = random.Random(7).choices(range(300, len(self.tok.tokens) - 100), k=40)
        both = torch.tensor([row + row], device=self.a.device)
        with torch.no_grad():
            said = self.net(both, torch.arange(40, 79, device=self.a.device)).argmax(-1)
        return (said == both[0, 41:]).float().mean().item()

    def run(self):
        barrier = mp.get_context("fork").Barrier(self.ranks)
        others = [mp.get_context("fork").Process(target=self.work, args=(rank, barrier), daemon=True) for rank in range(1, self.ranks)]
        for p in others:
            p.start()
        self.work(0, barrier)

    def work(self, rank, barrier):
        self.rank = rank
        leads = rank == 0
        self.course = self.plan()
        held = samples.read(self.tok, os.path.join(self.a.data, "words.jsonl"), 500) if leads else []
        recent, begun, done = collections.deque(maxlen=25), time.time(), self.seconds
        scored = saved = self.seconds
        paths = self.paths[rank::self.ranks] or self.paths
        seed = self.a.seed * 100 + rank + self.steps
        mix = samples.Mix(self.a.longest, self.a.long, self.a.real)
        if self.a.makers:
            feed = samples.Makers(self.tok, self.a.program, self.a.makers, self.batch, seed, self.longest, self.repeats, mix).batches()
        else:
            feed = samples.batches(self.tok, paths, self.batch, seed, self.longest, self.repeats, mix, self.shards.get(rank, 0))
        if leads and not self.steps:
            self.score(held)
        for b, shard in feed:
            got = self.learn(b.to(self.a.device))
            if len(b.ends):
                recent.append(got)
            rate = self.update(barrier, b.tokens.numel(), self.growth(recent))
            for r in range(self.ranks):
                self.shards[r] = shard - 1
            self.seconds = done + time.time() - begun
            if leads and recent and self.steps % 25 == 0:
                loss, line, number, look, match, value, clause, right = torch.stack(list(recent)).mean(0).tolist()
                self.log(loss=round(loss, 4), line=round(line, 4), number=round(number, 4), look=round(look, 4), match=round(match, 4), value=round(value, 4), clause=round(clause, 4), right=round(right, 4), rate=round(rate, 3), longest=int(self.longest()))
            if leads and (self.seconds - saved > 60 or self.progress >= 1):
                self.save()
                saved = self.seconds
            if leads and (self.seconds - scored > self.a.score * 60 or self.progress >= 1):
                self.score(held)
                scored = self.seconds
            if self.progress >= 1:
                return


if __name__ == "__main__":
    args = ap.parse_args()
    torch.set_num_threads(1)
    random.seed(args.seed)
    if args.device == "cpu":
        nets.library()
    r = Run(args)
    if r.progress < 1:
        r.run()
