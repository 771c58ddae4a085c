"""Trains the bundled model on the generator's shards. Stops after --total tokens; started again, it goes on where the last
checkpoint stood, with another total too: rates go by the share of the total that is done, whatever else the machine does.
Writes checkpoint.pt, tokenizer.json and log.jsonl into --out."""
import argparse
import collections
import glob
import itertools
import json
import math
import os
import random
import time

import numpy as np
import torch
import torch.nn.functional as F

import bpe
import net as nets
import samples

ap = argparse.ArgumentParser()
ap.add_argument("--data", default="build/training/data")
ap.add_argument("--out", default="build/training/run")
ap.add_argument("--total", type=float, default=60, help="millions of tokens to train on")
ap.add_argument("--threads", type=int, default=2)
ap.add_argument("--device", default="cpu", help="cpu or cuda")
ap.add_argument("--readers", type=int, default=0, help="processes that read all shards into memory first; 0 reads them one by one")
ap.add_argument("--tokens", type=int, default=4096, help="tokens in a batch")
ap.add_argument("--rate", type=float, default=0.02, help="learning rate of the matrices")
ap.add_argument("--decay", type=float, default=0.4, help="share of the total in which the rates go to 0")
ap.add_argument("--ramp", type=float, default=0.25, help="share of the total until the longest steps are read")
ap.add_argument("--width", type=int, default=192)
ap.add_argument("--layers", type=int, default=6)
ap.add_argument("--heads", type=int, default=3)
ap.add_argument("--inner", type=int, default=512)
ap.add_argument("--vocabulary", type=int, default=2048)
ap.add_argument("--score", type=float, default=5, help="minutes between scores on held-out words")
ap.add_argument("--seed", type=int, default=1)
SHAPE = ("vocabulary", "width", "layers", "heads", "inner")
CONTEXT, THETA, MIDDLE = 2048, 1e6, 3


class Muon:
    """Momentum whose steps are made orthogonal by Newton-Schulz iterations; for the matrices inside the layers."""

    def __init__(self, matrices):
        self.matrices = matrices  # (parameter, number of matrices stacked in it)
        self.moments = [torch.zeros_like(p) for p, _ in matrices]

    @torch.no_grad()
    def step(self, rate, decay=0.05):
        for (p, parts), m in zip(self.matrices, self.moments):
            m.mul_(0.95).add_(p.grad, alpha=0.05)
            x = (p.grad * 0.05 + m * 0.95).view(parts, -1, p.shape[1])
            tall = x.shape[1] > x.shape[2]
            scale = math.sqrt(max(1, x.shape[1] / x.shape[2]))
            x = (x.mT if tall else x).bfloat16()
            x = x / (x.float().pow(2).sum((-2, -1), keepdim=True).sqrt().bfloat16() + 1e-7)
            for _ in range(5):
                a = x @ x.mT
                x = 3.4445 * x + (-4.7750 * a + 2.0315 * (a @ a)) @ x
            x = (x.mT if tall else x).float().reshape(p.shape)
            p.mul_(1 - rate * decay).add_(x, alpha=-rate * scale)
            p.grad = None


class Run:
    def __init__(self, a):
        self.a, self.seconds, self.tokens, self.steps, self.shards = a, 0.0, 0, 0, 0
        os.makedirs(a.out, exist_ok=True)
        self.paths = sorted(glob.glob(os.path.join(a.data, "train-*.jsonl")))
        assert self.paths, "no shards; run the generator first"
        torch.manual_seed(a.seed)
        self.tok = self.tokenizer()
        self.shape = {**{k: getattr(a, k) for k in SHAPE}, "context": CONTEXT, "theta": THETA}
        self.shape["vocabulary"] = len(self.tok.tokens)
        self.net = nets.Net(self.shape)
        nets.induction(self.net)
        self.net.to(a.device)
        self.line = torch.nn.Parameter(torch.zeros(a.width + 1, device=a.device))  # reads from the middle which line is meant
        self.optimizers()
        self.load()

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
        matrices, small = [], [self.net.norm, self.line]
        for l in self.net.layers:
            matrices += [(l.qkv, 3), (l.out, 1), (l.gate, 2), (l.down, 1)]
            small += [l.norm1, l.norm2]
        self.muon = Muon(matrices)
        self.adam = torch.optim.AdamW([
            {"params": [self.net.embed], "weight_decay": 0.0, "share": 5.0},
            {"params": [self.net.head], "weight_decay": 0.01, "share": 1.0},
            {"params": small, "weight_decay": 0.0, "share": 1.0}], betas=(0.9, 0.97))

    @property
    def progress(self):
        return self.tokens / (self.a.total * 1e6)

    def longest(self):
        return 160 + max(0.0, self.progress / self.a.ramp) ** 1.5 * 1120

    def learn(self, b):
        logits, middle = self.net(b.tokens, b.chosen, MIDDLE)
        loss = (F.cross_entropy(logits, b.target, reduction="none") * b.weight).sum() / b.answers
        x = middle[b.ends]
        x = x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + nets.EPS)
        line = F.binary_cross_entropy_with_logits(x @ self.line[:-1] + self.line[-1], b.meant, pos_weight=torch.tensor(5.0, device=x.device))
        (loss + 0.5 * line).backward()
        return loss.item(), line.item(), b.right(logits.detach()).float().mean().item()

    def update(self):
        fade = min(1, (1 - self.progress) / self.a.decay) if self.a.decay else 1
        rate = max(0.02, min(1, (self.steps + 1) / 40) * fade)
        torch.nn.utils.clip_grad_norm_([p for g in self.adam.param_groups for p in g["params"]], 1.0)
        self.muon.step(self.a.rate * rate)
        for g in self.adam.param_groups:
            g["lr"] = 2e-3 * rate * g["share"]
        self.adam.step()
        self.adam.zero_grad(set_to_none=True)
        return rate

    def state(self):
        return {"net": self.net.state_dict(), "shape": self.shape, "line": self.line.data, "adam": self.adam.state_dict(), "muon": self.muon.moments,
                "seconds": self.seconds, "tokens": self.tokens, "steps": self.steps, "shards": self.shards}

    def save(self):
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
        self.line.data, self.muon.moments = c["line"], c["muon"]
        self.adam.load_state_dict(c["adam"])
        self.seconds, self.tokens, self.steps, self.shards = c["seconds"], c["tokens"], c["steps"], c["shards"]

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
        held = samples.read(self.tok, os.path.join(self.a.data, "words.jsonl"), 500)
        recent, begun, done = collections.deque(maxlen=25), time.time(), self.seconds
        scored = self.seconds
        for b, shard in samples.batches(self.tok, self.paths, self.a.tokens, self.a.seed, self.longest, self.shards, self.a.readers):
            recent.append(self.learn(b.to(self.a.device)))
            rate = self.update()
            self.steps, self.tokens, self.shards = self.steps + 1, self.tokens + b.tokens.numel(), shard - 1
            self.seconds = done + time.time() - begun
            if self.steps % 25 == 0:
                loss, line, right = np.mean(recent, axis=0)
                self.log(loss=round(loss, 4), line=round(line, 4), right=round(right, 4), rate=round(rate, 3), longest=int(self.longest()))
            if self.steps % 50 == 0 or self.progress >= 1:
                self.save()
            if self.seconds - scored > self.a.score * 60 or self.progress >= 1:
                before = time.time()
                self.score(held)
                begun += time.time() - before
                scored = self.seconds
            if self.progress >= 1:
                return


if __name__ == "__main__":
    args = ap.parse_args()
    torch.set_num_threads(args.threads)
    random.seed(args.seed)
    r = Run(args)
    if r.progress < 1:
        r.run()
