"""Asks real Ollama, with the model with eyes, where things are on held-out pages: those of the generator, in typefaces of training and
in others, and pages in Chromium. A hit lies inside the thing's box. With --parity also whether the checkpoint in fp32 says the same."""
import argparse
import base64
import collections
import io
import json
import os
import random
import time

import numpy as np
import torch
from PIL import Image

import data
import draw
import eyes
from ollama import Ollama

TEMPLATE = "{{- range .Messages }}[INST]{{ .Content }}[/INST]{{- end }}"
SCHEMA = {"type": "object", "properties": {"x": {"type": "integer", "minimum": 0, "maximum": draw.WIDTH - 1}, "y": {"type": "integer", "minimum": 0, "maximum": draw.HEIGHT - 1}}, "required": ["x", "y"]}


def coded(grey):
    """The picture as the model is shown it: a PNG."""
    codes = (eyes.codes().numpy() * 255).astype(np.uint8)
    b = io.BytesIO()
    Image.fromarray(np.stack((grey, codes[0], codes[1]), -1)).save(b, "PNG", compress_level=1)
    return base64.b64encode(b.getvalue()).decode()


def ask(engine, picture, text):
    """The point that is said, how sure the model is of it, and the whole reply."""
    r = json.loads(engine.post("/api/chat", {"model": "eyes", "messages": [{"role": "user", "content": text, "images": [picture]}], "format": SCHEMA, "stream": False, "logprobs": True,
                                             "options": {"temperature": 0, "num_predict": 40, "num_ctx": 2048, "num_thread": engine.threads}}))
    at = json.loads(r["message"]["content"])
    said, digits = r.get("logprobs") or [], False
    sure = 0.0
    for l in said:  # as the product counts: the least likely digit, or end of a number
        if digits or l["token"].isdigit():
            sure = min(sure, l["logprob"])
        digits = l["token"].isdigit()
    sure = float(np.exp(sure))
    return at["x"], at["y"], sure, r


@torch.no_grad()
def same(net, grey, text, x, y):
    """Whether the checkpoint in fp32, greedy, would say this point: the least margin by which another token is likelier; 0 where none is."""
    cells, _ = net.look(torch.from_numpy(grey.copy())[None], torch.zeros(1, 2, dtype=torch.long), torch.float32)
    row, first = data.tokens(text, x, y)
    logits, _, _ = net.answer(cells, eyes.COLUMNS // 2, torch.tensor([[row]]), torch.float32)
    said = logits[0, 0, first:-1].log_softmax(-1)
    return float((said.max(-1).values - said.gather(1, torch.tensor(row[first + 1:])[:, None])[:, 0]).max())


def pages(a):
    """(split, picture, things) of held-out pages."""
    for split, held in (("pages", False), ("typefaces", True)):
        faces = draw.Faces(a.fonts, held)
        for i in range(a.pages):
            img, things, _ = draw.page((1 << 50) + i, faces)
            yield split, img, things
    if a.real:
        real = data.Real(a.real)
        for i in range(min(a.pages, len(real.pages))):
            yield ("chromium", *real.page(i))


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--run", default="build/training/eyes")
    ap.add_argument("--gguf", default="build/training/eyes.gguf")
    ap.add_argument("--fonts", required=True)
    ap.add_argument("--real", default="", help="held-out pages that were shown in Chromium")
    ap.add_argument("--ollama", default="build/bin/ollama")
    ap.add_argument("--port", type=int, default=11583)
    ap.add_argument("--pages", type=int, default=50, help="of each split")
    ap.add_argument("--each", type=int, default=3, help="questions of a page")
    ap.add_argument("--threads", type=int, default=2)
    ap.add_argument("--parity", type=int, default=0, help="questions that the checkpoint is asked, too")
    a = ap.parse_args()
    torch.set_num_threads(a.threads)
    r = random.Random(5)
    rows, took, equal = [], [], []
    net = None
    if a.parity:
        c = torch.load(os.path.join(a.run, "checkpoint.pt"), map_location="cpu")
        net = eyes.Net(c["shape"])
        net.load_state_dict({k: v.half().float() for k, v in c["net"].items()})
    folder = os.path.abspath("build/training/ollama-eyes")
    os.makedirs(folder, exist_ok=True)
    with Ollama(a.ollama, folder, a.port, a.threads) as o:
        o.create("eyes", a.gguf, TEMPLATE, "</s>")
        for split, img, things in pages(a):
            picture = coded(img)
            for text, _, box in data.questions(r, things, (0, 0, eyes.COLUMNS, eyes.ROWS), a.each):
                begun = time.time()
                x, y, sure, _ = ask(o, picture, text)
                took.append(time.time() - begun)
                kind = "absent" if box is None else "icons" if "|" in next((n for role, n, b in things if b == box), "") or any(role == "icon" and b == box for role, n, b in things) else "words"
                hit = (x, y) == (0, 0) if box is None else box[0] <= x <= box[2] and box[1] <= y <= box[3]
                rows.append({"split": split, "kind": kind, "text": text, "x": x, "y": y, "box": box, "hit": bool(hit), "none": (x, y) == (0, 0), "sure": round(sure, 4)})
                if len(equal) < a.parity:
                    margin = same(net, img, text, x, y)
                    equal.append(margin == 0)
                    if margin:
                        print("differs:", text, (x, y), round(margin, 3), flush=True)
    report = collections.defaultdict(dict)
    for split in dict.fromkeys(q["split"] for q in rows):
        for kind in ("words", "icons", "absent"):
            some = [q for q in rows if q["split"] == split and q["kind"] == kind]
            if some:
                report[split][kind] = {"asked": len(some), "hits": round(float(np.mean([q["hit"] for q in some])), 3), "said none": round(float(np.mean([q["none"] for q in some])), 3)}
    out = {"scores": report, "below": {str(t): {name: round(float(np.mean([q["sure"] < t for q in some])), 3) for name, some in (
        ("wrong points", [q for q in rows if not q["hit"] and not q["none"]]), ("right points", [q for q in rows if q["hit"] and not q["none"]])) if some} for t in (0.2, 0.25, 0.3, 0.35, 0.4)}, "s median": round(float(np.median(took)), 2), "s p90": round(float(np.percentile(took, 90)), 2)}
    if equal:
        out["equal to torch"] = [sum(equal), len(equal)]
    print(json.dumps(out, indent=1))
    with open(os.path.join(a.run, "answers.jsonl"), "w") as f:
        f.writelines(json.dumps(q) + "\n" for q in rows)
    with open(os.path.join(a.run, "score.json"), "w") as f:
        json.dump(out, f, indent=1)


if __name__ == "__main__":
    main()
