"""Says how far the weights of two runs lie apart. Two courses by --total that nobody interrupted, on the same shards and one machine, should be
the same to the last bit; it ends with an error where they are not."""
import argparse
import os
import sys

import torch

if __name__ == "__main__":
    ap = argparse.ArgumentParser()
    ap.add_argument("runs", nargs=2)
    a = ap.parse_args()
    one, other = (torch.load(os.path.join(run, "checkpoint.pt"), map_location="cpu") for run in a.runs)
    assert one["shape"] == other["shape"], "the two are not of one shape"
    apart = max((w - other["net"][name]).abs().max().item() for name, w in one["net"].items())
    print(f"{one['tokens'] / 1e6:.3f} and {other['tokens'] / 1e6:.3f} M tokens; no weight is further apart than {apart:g}")
    sys.exit(apart != 0)
