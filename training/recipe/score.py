"""Scores a checkpoint on the held-out splits: teacher-forced, and closed loop against the page state machines."""
import argparse
import collections
import json
import os
import re
import subprocess

import numpy as np
import torch

import bpe
import net as nets
import samples

SPLITS = ("words", "wordings", "kinds")
LONGEST = 60  # tokens of an answer


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


def decode(net, tok, prompts, fields):
    """Greedy answers. Where the product's schema leaves no choice, the form of a result, it is given."""
    rows = [tok.prompt(p) for p in prompts]
    sizes, left, answers = [len(r) for r in rows], [list(f or ()) for f in fields], [""] * len(rows)
    live, device = list(range(len(rows))), net.embed.device
    with torch.no_grad():
        for _ in range(LONGEST):
            if not live:
                break
            width = -(-max(len(rows[i]) for i in live) // 32) * 32
            tokens = torch.full((len(live), width), tok.pad, dtype=torch.long)
            for n, i in enumerate(live):
                tokens[n, :len(rows[i])] = torch.tensor(rows[i])
            ends = torch.tensor([n * width + len(rows[i]) - 1 for n, i in enumerate(live)])
            for n, token in zip(list(live), net(tokens.to(device), ends.to(device)).argmax(-1).tolist()):
                rows[n].append(token)
                was, answers[n] = answers[n], tok.decode(rows[n][sizes[n]:])
                over = token == tok.end or len(rows[n]) >= 1900
                if answers[n] == samples.DONE or was.startswith(samples.DONE) and was[-1].isdigit() and not answers[n][-1].isdigit():
                    said, more = (answers[n], '","result":{') if answers[n] == samples.DONE else (was, "},")
                    over = not left[n]
                    said += ('"}' if said == samples.DONE else "}}}") if over else f'{more}"{left[n].pop(0)}":{{"mark":'
                    rows[n], answers[n] = rows[n][:sizes[n]] + tok.encode(said), said
                if over:
                    live.remove(n)
    return answers


def answers_of(net, tok, turns):
    """The model's answers. One pass shows where it agrees with the expert word for word; only the others are decoded."""
    steps = [samples.Step(tok, {"prompt": t["prompt"], "answer": t["expert"], "target": 0, "kind": t["kind"], "episode": ""}) for t in turns]
    right = samples.exact(net, steps, tok.pad)
    out = [t["expert"] for t in turns]
    wrong = sorted((i for i, ok in enumerate(right) if not ok), key=lambda i: len(steps[i]))
    for n in range(0, len(wrong), 24):
        group = wrong[n:n + 24]
        for i, a in zip(group, decode(net, tok, [turns[i]["prompt"] for i in group], [turns[i].get("fields") for i in group])):
            out[i] = a
    return out


def play(net, tok, split, episodes, program, *more):
    """Whole episodes in which every act of the model has its effect."""
    p = subprocess.Popen([program, "play", "-split", split, "-episodes", str(episodes), *more], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    ended, live = [], [json.loads(p.stdout.readline()) for _ in range(episodes)]
    while live:
        for t, a in zip(live, answers_of(net, tok, live)):
            p.stdin.write(json.dumps({"episode": t["episode"], "answer": a}) + "\n")
        p.stdin.flush()
        turns = [json.loads(p.stdout.readline()) for _ in live]
        ended += [t for t in turns if t.get("over")]
        live = [t for t in turns if not t.get("over")]
    p.stdin.close()
    p.wait()
    kinds = collections.defaultdict(list)
    for t in ended:
        for k in (t["kind"], "all"):
            kinds[k].append(bool(t.get("success")))
    no = [bool(t.get("claimed")) for t in ended if t.get("impossible")]
    return {"episodes": {k: {"episodes": len(v), "right": round(float(np.mean(v)), 4)} for k, v in sorted(kinds.items())},
            "impossible": {"episodes": len(no), "claimed done": round(float(np.mean(no)), 4) if no else None}}


if __name__ == "__main__":
    ap = argparse.ArgumentParser()
    ap.add_argument("--run", default="build/training/run")
    ap.add_argument("--data", default="build/training/data")
    ap.add_argument("--program", default="build/training/episodes")
    ap.add_argument("--limit", type=int, default=2000, help="steps of each split")
    ap.add_argument("--episodes", type=int, default=200, help="closed-loop episodes of each split")
    ap.add_argument("--threads", type=int, default=2)
    ap.add_argument("--device", default="cpu")
    a = ap.parse_args()
    torch.set_num_threads(a.threads)
    net, tok, c = load(a.run)
    net.to(a.device)
    report = {"tokens": c["tokens"], "minutes": round(c["seconds"] / 60, 1), "parameters": sum(p.numel() for p in net.parameters()), "splits": {}}
    for split in SPLITS:
        steps = samples.read(tok, os.path.join(a.data, split + ".jsonl"), a.limit)
        judged = samples.judged(net, steps, tok.pad)
        rows = [(s, ok) for s, (ok, _) in zip(steps, judged)]
        report["splits"][split] = {"forced": table(rows), "actions": by_action(rows), "below": calibration(judged)}
        if a.episodes:
            report["splits"][split]["closed"] = play(net, tok, split, a.episodes, a.program)
        if a.episodes and split == SPLITS[0]:
            report["impossible"] = play(net, tok, split, a.episodes, a.program, "-impossible")
            print("impossible", report["impossible"]["impossible"], report["impossible"]["episodes"]["all"], flush=True)
        with open(os.path.join(a.run, "score.json"), "w") as f:
            json.dump(report, f, indent=1)
        print(split, "steps", report["splits"][split]["forced"]["all"], "closed", report["splits"][split].get("closed", {}).get("episodes", {}).get("all"), flush=True)
