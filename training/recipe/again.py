"""Makes the checkpoint of one run the beginning of another course, on other shards: rates begin at a share of the whole again, and
with --mean the weights of two runs are mixed, and with --layers the network becomes deeper. What is added stands before the last layer and says nothing at first, so that the deeper
network answers exactly as the one before."""
import argparse
import math
import os
import shutil

import torch

import export


def deeper(c, layers, seed):
    """Adds layers before the last one, with their place in the optimizers' memory."""
    shape, have = c["shape"], c["shape"]["layers"]
    more, at = layers - have, have - 1
    assert more >= 0, f"it has {have} layers already"
    torch.manual_seed(seed)
    width, inner = shape["width"], shape["inner"]
    drawn = lambda rows, columns: torch.randn(rows, columns) * 0.6 / math.sqrt(columns)
    net = {}
    for name, w in c["net"].items():
        if name.startswith("layers."):
            _, i, part = name.split(".")
            name = f"layers.{int(i) + more if int(i) >= at else int(i)}.{part}"
        net[name] = w
    matrices, norms = [], []
    for i in range(at, at + more):
        new = {"qkv": drawn(3 * width, width), "out": torch.zeros(width, width), "gate": drawn(2 * inner, width), "down": torch.zeros(width, inner),
               "norm1": torch.ones(width), "norm2": torch.ones(width)}
        net.update({f"layers.{i}.{part}": w for part, w in new.items()})
        matrices += [[torch.zeros_like(new[part])] for part in ("qkv", "out", "gate", "down")]
        norms += [[torch.zeros(width), torch.zeros(width), torch.zeros(1)] for _ in range(2)]
    # in the order of Run.optimizers in train.py: the matrices of all layers, five others, the norms of all layers, two others
    m, rest = c["memory"], 4 * have + 5
    c["net"], shape["layers"] = net, layers
    if not m:  # a course that begins without it
        return
    assert len(m) == rest + 2 * have + 2, "the optimizers' memory is of another train.py"
    c["memory"] = m[:4 * at] + matrices + m[4 * at:rest] + m[rest:rest + 2 * at] + norms + m[rest + 2 * at:]


def mixed(c, other, share):
    """The weights of two checkpoints, share of the first and the rest of the other: of a model and of what another course made of it,
    the mean knows more of both than either (Wortsman et al., "Robust fine-tuning of zero-shot models", 2021)."""
    assert c["shape"] == other["shape"], "the two are not of one shape"
    return {name: share * w + (1 - share) * other["net"][name] if w.is_floating_point() else w for name, w in c["net"].items()}


if __name__ == "__main__":
    ap = argparse.ArgumentParser()
    ap.add_argument("--run", default="", help="whose checkpoint is taken")
    ap.add_argument("--gguf", default="", help="instead of a run: the model that ships, such as inference/bundled/model/little.gguf")
    ap.add_argument("--out", required=True, help="the new run")
    ap.add_argument("--rate", type=float, default=0.33, help="share of the rates that it begins with")
    ap.add_argument("--decay", type=float, default=0.55, help="as train.py will be told")
    ap.add_argument("--layers", type=int, default=0, help="0 leaves the network as deep as it is")
    ap.add_argument("--mean", default="", help="another run: its weights are mixed into those that are taken")
    ap.add_argument("--share", type=float, default=0.7, help="how much of the mixture is the first")
    ap.add_argument("--seed", type=int, default=1)
    a = ap.parse_args()
    assert (a.run != "") != (a.gguf != ""), "say --run or --gguf"
    assert a.run != a.out
    os.makedirs(a.out, exist_ok=True)
    if a.gguf:
        c, tok = export.checkpoint_of(a.gguf)
        tok.save(os.path.join(a.out, "tokenizer.json"))
    else:
        c = torch.load(os.path.join(a.run, "checkpoint.pt"), map_location="cpu")
    if a.mean:
        c["net"] = mixed(c, torch.load(os.path.join(a.mean, "checkpoint.pt"), map_location="cpu"), a.share)
    if a.layers:
        deeper(c, a.layers, a.seed)
    c["shards"], c["done"] = {}, 1 - a.rate * a.decay
    torch.save(c, os.path.join(a.out, "checkpoint.pt"))
    for name in ("tokenizer.json", "log.jsonl") if a.run else ():
        shutil.copy(os.path.join(a.run, name), a.out)
    print(f"{a.out}: {c['shape']['layers']} layers, {c['tokens'] / 1e6:.1f} M tokens; go on with train.py --until or --minutes, --decay {a.decay} " + " ".join(f"--{k} {c['shape'][k]}" for k in ("width", "layers", "heads", "inner")))
