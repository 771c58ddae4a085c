"""Loads the GGUF into real Ollama and holds its answers, with the product's schema, against the checkpoint in fp32."""
import argparse
import hashlib
import json
import os
import re
import subprocess
import time
import urllib.error
import urllib.request

import numpy as np
import torch

import bpe
import net as nets
import samples
import score

TEMPLATE = """<|bos|>{{ range .Messages }}{{ if eq .Role "assistant" }}<|act|>{{ .Content }}<|end|>{{ else }}{{ .Content }}
{{ end }}{{ end }}<|act|>"""


class Ollama:
    """A server of our own, on a port of its own, for the length of a with block."""

    def __init__(self, binary, folder, port, threads):
        self.binary, self.folder, self.base, self.threads = binary, folder, f"http://127.0.0.1:{port}", threads

    def __enter__(self):
        env = {**os.environ, "OLLAMA_HOST": self.base[7:], "OLLAMA_MODELS": self.folder, "HOME": self.folder, "OLLAMA_NO_CLOUD": "1"}
        for name in ("LD_PRELOAD", "MALLOC_CONF", "OMP_WAIT_POLICY"):
            env.pop(name, None)
        self.log = open(self.folder + ".log", "w")
        self.process = subprocess.Popen([self.binary, "serve"], env=env, stdout=self.log, stderr=self.log)
        for _ in range(100):
            try:
                return urllib.request.urlopen(self.base + "/api/version").close() or self
            except urllib.error.URLError:
                time.sleep(0.1)
        raise RuntimeError("Ollama did not start")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.log.close()

    def post(self, path, body):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        try:
            with urllib.request.urlopen(urllib.request.Request(self.base + path, data)) as r:
                return r.read()
        except urllib.error.HTTPError as e:
            raise RuntimeError(f"{path}: {e}: {e.read().decode()}") from e

    def create(self, name, gguf):
        with open(gguf, "rb") as f:
            data = f.read()
        digest = "sha256:" + hashlib.sha256(data).hexdigest()
        try:
            urllib.request.urlopen(urllib.request.Request(f"{self.base}/api/blobs/{digest}", method="HEAD")).close()
        except urllib.error.HTTPError:
            self.post("/api/blobs/" + digest, data)
        return self.post("/api/create", {"model": name, "files": {"little.gguf": digest}, "template": TEMPLATE, "stream": False,
                                         "parameters": {"stop": ["<|end|>"], "temperature": 0}})

    def answer(self, name, turn):
        messages = [{"role": "system", "content": turn["system"]}]
        messages += [{"role": "user", "content": t} for t in (turn.get("past"), turn["page"]) if t]
        return json.loads(self.post("/api/chat", {"model": name, "messages": messages, "format": turn["schema"], "stream": False, "truncate": False,
                                                  "options": {"temperature": 0, "num_predict": 80, "num_ctx": 2048, "num_thread": self.threads}}))


def same(net, tok, prompt, answer):
    """Whether the checkpoint, greedy, would give this answer; what the schema alone chooses is not asked for."""
    x, y = tok.prompt(prompt), tok.encode(answer) + [tok.end]
    said = nets.plain(net, x + y[:-1])[len(x) - 1:].argmax(-1).tolist()
    return all(a == b for a, b, o in zip(said, y, samples.own(tok, y, answer)) if o), len(x)


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
    p = subprocess.Popen([a.program, "play", "-split", "words", "-episodes", str(a.steps), "-seed", "77000000"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    turns = [json.loads(p.stdout.readline()) for _ in range(a.steps)]
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
            text = re.sub(r'(?<=[:,{}])\s+|\s+(?=[:,{}])', "", r["message"]["content"])
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
