"""Trains the model with eyes on a GPU, by the clock: half of the course on windows of a quarter of the frame, half on whole frames.
Writes checkpoint.pt and log.jsonl into --out."""
import argparse
import json
import multiprocessing
import os
import time

import torch
import torch.nn.functional as F

import data
import eyes as nets
from muon import Adam, Muon

ap = argparse.ArgumentParser()
ap.add_argument("--out", default="build/training/eyes")
ap.add_argument("--fonts", required=True, help="folder of typefaces")
ap.add_argument("--real", default="", help="pages that were shown in Chromium")
ap.add_argument("--minutes", type=float, default=9)
ap.add_argument("--device", default="cuda")
ap.add_argument("--makers", type=int, default=14)
ap.add_argument("--batch", default="96x8,24x24", help="windows and questions of each, small and whole")
ap.add_argument("--small", type=float, default=0.5, help="share of the course on small windows")
ap.add_argument("--rate", type=float, default=0.02)
ap.add_argument("--rest", type=float, default=2e-3)
ap.add_argument("--decay", type=float, default=0.5)
ap.add_argument("--seed", type=int, default=1)


def losses(net, b, columns):
    """What is learnt, as named losses, and how often pointing and saying were right."""
    grey, at, read, tokens, first, cell, spell = b
    cells, said = net.look(grey, at)
    logits, points, (x, y) = net.answer(cells, columns, tokens)
    there = cell >= 0
    place = torch.arange(tokens.shape[2], device=tokens.device)
    answer = (place[None, None] >= first[..., None]) & (tokens.roll(-1, 2) != 0) & (place < tokens.shape[2] - 1)
    target = tokens.roll(-1, 2)
    out = {"say": F.cross_entropy(logits[answer].float(), target[answer])}
    spot = torch.where(there, 2 + cell + cell.clamp(min=0) // columns, torch.zeros_like(cell))  # of a row's cells each ends in a mark; nothing is at the beginning
    out["point"] = F.cross_entropy(points[answer], spot[..., None].expand(answer.shape)[answer])
    asked = first < tokens.shape[2]
    bits = lambda v: F.linear(nets.rms(v, torch.ones_like(net.norm)), net.spell.to(v.dtype)).float() - 3
    weight = torch.tensor(8.0, device=x.device)
    b_, q_ = torch.nonzero(asked, as_tuple=True)
    out["ask"] = F.binary_cross_entropy_with_logits(bits(y[b_, q_, first[b_, q_]]), spell[b_, q_].float(), pos_weight=weight)
    b_, q_ = torch.nonzero(there, as_tuple=True)
    out["name"] = F.binary_cross_entropy_with_logits(bits(x[b_, spot[b_, q_]]), spell[b_, q_].float(), pos_weight=weight)
    want = read.long().flatten(1, 2)
    known = want >= 0
    said = said.float().view(*want.shape, 95)
    each = F.cross_entropy(said[known], want[known], reduction="none")
    ink = (want[known] > 0).float()
    out["read"] = (each * (ink + 0.05)).sum() / (ink.sum() + 1)
    with torch.no_grad():
        right = ((logits.argmax(-1) == target) | ~answer).all(-1)
        near = points.argmax(-1).gather(2, first.clamp(max=tokens.shape[2] - 1)[..., None])[..., 0] == spot
        letters = (said.argmax(-1)[known] == want[known]).float()
        told = {"exact": right[there].float().mean(), "pointed": near[there].float().mean(), "absent": near[asked & ~there].float().mean(), "letters": (letters * ink).sum() / (ink.sum() + 1)}
    return out, told


WEIGHTS = {"say": 1.0, "point": 1.0, "ask": 1.0, "name": 2.0, "read": 1.0}


def optimizers(net):
    matrices, rest = [], []
    for name, p in net.named_parameters():
        inside = name.startswith(("eye.", "layers.")) and p.dim() == 2
        if inside or name in ("merge", "linear1", "linear2"):
            matrices.append(Muon(p, {"qkv": 3, "gate": 2}.get(name.split(".")[-1], 1)))
        else:
            rest.append(Adam(p, {"embed": 0.3}.get(name, 1.0)))
    groups = {}
    for o in matrices:
        groups.setdefault((o.p.shape, o.parts), []).append(o)
    return list(groups.values()), rest


def main():
    a = ap.parse_args()
    os.makedirs(a.out, exist_ok=True)
    torch.manual_seed(a.seed)
    torch.backends.cuda.matmul.allow_tf32 = True
    net = nets.Net().to(a.device)
    groups, rest = optimizers(net)
    if a.device == "cuda":
        torch._dynamo.config.cache_size_limit = 64
    small = multiprocessing.Value("i", 1 if a.small > 0 else 0)
    batches = [tuple(map(int, s.split("x"))) for s in a.batch.split(",")]
    feed = iter(torch.utils.data.DataLoader(data.Pages(a.fonts, a.real, small, batches, a.seed), batch_size=None, num_workers=a.makers, prefetch_factor=3 if a.makers else None, pin_memory=a.device == "cuda"))
    log = open(os.path.join(a.out, "log.jsonl"), "a")
    begun, steps, seen, recent, waited, saved = time.time(), 0, 0, [], 0.0, time.time()
    while True:
        done = (time.time() - begun) / (a.minutes * 60)
        if done >= 1:
            break
        small.value = 1 if done < a.small else 0
        t = time.time()
        b = [x if i == 1 else x.to(a.device, non_blocking=True) for i, x in enumerate(next(feed))]  # where windows lie stays here
        waited += time.time() - t
        columns = b[0].shape[2] // data.CELL
        out, told = losses(net, b, columns)
        sum(WEIGHTS[k] * v for k, v in out.items()).backward()
        rate = max(0.01, min(1, steps / 100) * min(1, (1 - done) / a.decay))
        step(groups, rest, a.rate * rate, a.rest * rate)
        steps, seen = steps + 1, seen + b[0].shape[0]
        recent.append(torch.stack([*out.values(), *told.values()]).detach())
        if steps % 25 == 0:
            mean = torch.stack(recent).nanmean(0).tolist()
            log.write(json.dumps({"minutes": round((time.time() - begun) / 60, 2), "steps": steps, "windows": seen, "columns": columns, "rate": round(rate, 3), "waited": round(waited, 1), **{k: round(v, 4) for k, v in zip((*out, *told), mean)}}) + "\n")
            log.flush()
            recent = []
        if time.time() - saved > 60:
            save(net, a.out)
            saved = time.time()
    save(net, a.out)
    log.close()
    os._exit(0)  # the makers need not be waited for


@torch.no_grad()
def step(groups, rest, rate, small):
    everything = [o.p for g in groups for o in g] + [o.p for o in rest]
    whole = torch.stack([p.grad.isfinite().all() for p in everything]).all()
    for p in everything:
        p.grad = torch.where(whole, p.grad, torch.zeros((), device=p.device))
    norm = torch.stack([o.p.grad.pow(2).sum() for o in rest]).sum().sqrt()
    clip = (1 / (norm + 1e-6)).clamp(max=1)
    for g in groups:
        Muon.together(g, rate)
    for o in rest:
        o.step(o.p.grad * clip, small)
    for p in everything:
        p.grad = None


def save(net, out):
    torch.save({"net": net.state_dict(), "shape": net.c}, os.path.join(out, "checkpoint.pt.new"))
    os.replace(os.path.join(out, "checkpoint.pt.new"), os.path.join(out, "checkpoint.pt"))


if __name__ == "__main__":
    main()
