"""Scores a model on the held-out splits: the checkpoint teacher-forced, and its GGUF in a closed loop, by real Ollama under
the product's schema against the page state machines."""
import argparse
import collections
import contextlib
import json
import os
import re
import subprocess

import numpy as np
import torch

import bpe
import net as nets
import samples
from ollama import Ollama, TooLong, said

SPLITS = ("words", "wordings", "kinds")


def load(run):
    c = torch.load(os.path.join(run, "checkpoint.pt"), map_location="cpu")
    net = nets.Net(c["shape"])
    net.load_state_dict(c["net"])
    return net.eval(), bpe.load(os.path.join(run, "tokenizer.json")), c


def table(rows):
    """By kind and all together: share of right steps and of episodes without a wrong step."""
    steps, episodes = collections.defaultdict(list), collections.defaultdict(dict)
    for s, ok in rows:
        for kind in (s.kind, "all"):
            steps[kind].append(ok)
            episodes[kind][s.episode] = episodes[kind].get(s.episode, True) and ok
    return {k: {"steps": len(v), "step": round(float(np.mean(v)), 4), "episode": round(float(np.mean(list(episodes[k].values()))), 4)} for k, v in sorted(steps.items())}


def by_action(rows):
    out = collections.defaultdict(list)
    for s, ok in rows:
        out[re.match(r'\{"action":"(\w+)', s.text).group(1)].append(ok)
    return {k: {"steps": len(v), "step": round(float(np.mean(v)), 4)} for k, v in sorted(out.items())}


def calibration(judged):
    """For several limits: which share of the right and of the wrong answers have a token below it."""
    right, wrong = ([sure for ok, sure in judged if ok == is_right] for is_right in (True, False))
    return {str(t): {"right": round(float(np.mean([s < t for s in right] or [0])), 4), "wrong": round(float(np.mean([s < t for s in wrong] or [0])), 4)} for t in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8)}


def answers_by(engine):
    """The answers of real Ollama under the product's schema. A page that is too long for the model ends its
    episode; the product would leave out the older half of the past first."""
    def one(turn):
        try:
            reply = engine.answer("little", turn)
            return {"answer": said(reply), "logprobs": reply.get("logprobs", [])}
        except TooLong:
            return {"answer": json.dumps({"action": "fail", "reason": "The page is too long."}), "logprobs": []}
    return lambda turns: [one(t) for t in turns]


def play(answers, split, episodes, program, *more):
    """Whole episodes in which every act of the model has its effect; answers are a function of turns."""
    p = subprocess.Popen([program, "play", "-split", split, "-episodes", str(episodes), *more], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    ended, live = [], [json.loads(p.stdout.readline()) for _ in range(episodes)]
    while live:
        turns = []
        for t, a in zip(live, answers(live)):  # one by one: both pipes full, nobody would go on
            p.stdin.write(json.dumps({"episode": t["episode"], **a}) + "\n")
            p.stdin.flush()
            turns.append(json.loads(p.stdout.readline()))
        ended += [t for t in turns if t.get("over")]
        live = [t for t in turns if not t.get("over")]
    p.stdin.close()
    p.wait()
    kinds = collections.defaultdict(list)
    for t in ended:
        for k in (t["kind"], "all"):
            kinds[k].append(bool(t.get("success")))
    no = [bool(t.get("claimed")) for t in ended if t.get("impossible")]
    asked = [bool(t.get("asked")) for t in ended if not t.get("impossible")]
    return {"asked": round(float(np.mean(asked)), 4) if asked else None, "episodes": {k: {"episodes": len(v), "right": round(float(np.mean(v)), 4)} for k, v in sorted(kinds.items())},
            "impossible": {"episodes": len(no), "claimed done": round(float(np.mean(no)), 4) if no else None}}


def shown(net, tok, path, limit):
    """By what a page was read from: the steps of pages that were shown in Chromium, and how many of them are right."""
    steps = collections.defaultdict(list)
    with open(path) as f:
        for line in f:
            d = json.loads(line)
            steps[d["source"]].append(samples.Step(tok, d))
    return {k: {"steps": len(v[:limit]), "step": round(float(np.mean(samples.exact(net, v[:limit], tok.pad))), 4)} for k, v in sorted(steps.items())}


def score(a, net, tok, c, answers):
    """Writes score.json beside the checkpoint, and a line for each split."""
    report = {"tokens": c["tokens"], "minutes": round(c["seconds"] / 60, 1), "parameters": sum(p.numel() for p in net.parameters()), "splits": {}}
    if a.real:
        report["real"] = shown(net, tok, a.real, a.limit)
        print("pages in Chromium", report["real"], flush=True)
    for split in SPLITS:
        steps = samples.read(tok, os.path.join(a.data, split + ".jsonl"), a.limit)
        judged = samples.judged(net, steps, tok.pad)
        rows = [(s, ok) for s, (ok, _) in zip(steps, judged)]
        report["splits"][split] = {"forced": table(rows), "actions": by_action(rows), "below": calibration(judged)}
        if answers:
            report["splits"][split]["closed"] = play(answers, split, a.episodes, a.program)
        if answers and split == SPLITS[0]:
            report["impossible"] = play(answers, split, a.episodes, a.program, "-impossible")
            doubt = "-doubt", str(a.doubt), "-claim", str(a.claim), "-consent", str(a.consent)
            report["doubt"] = {"impossible": play(answers, split, a.episodes, a.program, *doubt, "-impossible"), "possible": play(answers, split, a.episodes, a.program, *doubt)}
            print("impossible", report["impossible"]["impossible"], "with doubt", report["doubt"]["impossible"]["impossible"], "words with doubt", report["doubt"]["possible"]["episodes"]["all"],
                  "asked", report["doubt"]["possible"]["asked"], flush=True)
        with open(os.path.join(a.run, "score.json"), "w") as f:
            json.dump(report, f, indent=1)
        print(split, "steps", report["splits"][split]["forced"]["all"], "closed", report["splits"][split].get("closed", {}).get("episodes", {}).get("all"), flush=True)


if __name__ == "__main__":
    ap = argparse.ArgumentParser()
    ap.add_argument("--run", default="build/training/run")
    ap.add_argument("--data", default="build/training/data")
    ap.add_argument("--gguf", default="build/training/little.gguf")
    ap.add_argument("--program", default="build/training/episodes")
    ap.add_argument("--ollama", default="build/bin/ollama", help="plays the closed loop; without it there is none")
    ap.add_argument("--real", default="", help="held-out steps whose pages were shown in Chromium")
    ap.add_argument("--port", type=int, default=11579)
    ap.add_argument("--limit", type=int, default=2000, help="steps of each split")
    ap.add_argument("--episodes", type=int, default=200, help="closed-loop episodes of each split")
    ap.add_argument("--doubt", type=float, default=0.4, help="as in inference/bundled")
    ap.add_argument("--claim", type=float, default=0.9, help="as in inference/bundled")
    ap.add_argument("--consent", type=float, default=0.9, help="as in inference/bundled")
    ap.add_argument("--threads", type=int, default=2)
    ap.add_argument("--device", default="cpu")
    a = ap.parse_args()
    torch.set_num_threads(a.threads)
    net, tok, c = load(a.run)
    net.to(a.device)
    with contextlib.ExitStack() as stack:
        answers = None
        if a.episodes and os.path.exists(a.ollama):
            engine = stack.enter_context(Ollama(a.ollama, os.path.abspath("build/training/ollama"), a.port, a.threads))
            engine.create("little", a.gguf)
            answers = answers_by(engine)
        score(a, net, tok, c, answers)
