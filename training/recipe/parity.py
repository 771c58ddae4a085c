"""Loads the GGUF into real Ollama and holds its answers, with the product's schema, against the checkpoint in fp32."""
import argparse
import json
import os
import subprocess
import time

import numpy as np
import torch

import bpe
import net as nets
import samples
import score
from ollama import Ollama, said

def same(net, tok, prompt, answer):
    """Whether the checkpoint, greedy, would give this answer; what the schema alone chooses is not asked for."""
    x, y = tok.prompt(prompt), tok.encode(answer) + [tok.end]
    said = nets.plain(net, x + y[:-1])[len(x) - 1:].argmax(-1).tolist()
    return all(a == b for a, b, o in zip(said, y, samples.own(tok, y, answer, prompt)) if o), len(x)


if __name__ == "__main__":
    ap = argparse.ArgumentParser()
    ap.add_argument("--run", default="build/training/run")
    ap.add_argument("--gguf", default="build/training/little.gguf")
    ap.add_argument("--program", default="build/training/episodes")
    ap.add_argument("--ollama", default="build/bin/ollama")
    ap.add_argument("--steps", type=int, default=500)
    ap.add_argument("--port", type=int, default=11577)
    ap.add_argument("--threads", type=int, default=2)
    a = ap.parse_args()
    torch.set_num_threads(1)
    net, tok, _ = score.load(a.run)
    folder = os.path.abspath("build/training/ollama")
    os.makedirs(folder, exist_ok=True)
    n = a.steps + a.steps // 5
    p = subprocess.Popen([a.program, "play", "-split", "words", "-episodes", str(n), "-seed", "77000000"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    turns = [json.loads(p.stdout.readline()) for _ in range(n)]
    for i, t in enumerate(turns):  # episodes go on by the expert, so that all steps of their length occur
        for _ in range(i % 4):
            p.stdin.write(json.dumps({"episode": i, "answer": t["expert"]}) + "\n")
            p.stdin.flush()
            after = json.loads(p.stdout.readline())
            if after.get("over"):
                break
            turns[i] = t = after
    p.stdin.close()
    p.wait()
    turns = [t for t in turns if len(tok.prompt(t["prompt"])) <= 2048][:a.steps]  # longer ones are answered by nobody
    equal = counts = valid = right = 0
    took, differ = [], []
    with Ollama(a.ollama, folder, a.port, a.threads) as o:
        begun = time.time()
        o.create("little", a.gguf)
        created = time.time() - begun
        begun = time.time()
        o.answer("little", turns[0])
        load = time.time() - begun
        for t in turns:
            begun = time.time()
            r = o.answer("little", t)
            took.append((time.time() - begun) * 1000)
            text = said(r)
            ok, n = same(net, tok, t["prompt"], text)
            equal += ok
            counts += n == r["prompt_eval_count"]
            right += text == t["expert"]
            try:
                valid += "action" in json.loads(text)
            except ValueError:
                pass
            if not ok and len(differ) < 5:
                differ.append({"ollama": text, "expert": t["expert"]})
    print(json.dumps({"steps": len(turns), "equal to torch": equal, "equal prompt counts": counts, "valid": valid, "right": right, "create s": round(created, 2),
                      "first answer s": round(load, 2), "ms median": round(float(np.median(took)), 1), "ms p90": round(float(np.percentile(took, 90)), 1),
                      "differ": differ}, indent=1))
