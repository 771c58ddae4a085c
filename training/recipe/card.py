"""Writes the card of a model from its scores: what it can do and what not, in plain words."""
import argparse
import json
import os

TITLES = {"words": "known kinds of pages, unseen words", "wordings": "unseen wordings", "kinds": "unseen kinds of goals"}

TEXT = """# The bundled model

{size:.1f} MB, {parameters:.1f} M parameters, architecture llama, trained from nothing on {tokens:.1f} M tokens of pages that
`training/gen` makes. No data and no weights came from elsewhere. How it was made, and what of that one command repeats: `training/recipe`.

**For**: simple, well-labelled pages in English, in `text` sight: sign in, forms, search, lists, switches, menus, reading a value.
**Not for**: pictures, long pages, other languages, judging whether something is wise, anything that its words do not name.
When one of its tokens has a probability below {doubt}, or one of a claim to have reached the goal, where the task does not say how
that shows, below {claim}, it does not act: it asks a person, once, and then fails.
The first holds back {caught} of its wrong answers on unseen words and {held} of its right ones.

Each step alone, with the past as it should be ("steps"); all steps of an episode right ("episodes"); and whole episodes in which
every act has its effect and mistakes may be mended ("closed loop"):

| | steps | episodes | closed loop |
|---|---|---|---|
{splits}

{shown}By kind of goal, on unseen words:

| goal | steps | episodes | closed loop |
|---|---|---|---|
{kinds}

On goals that cannot be reached it claims success in {claims}; without that doubt in {bare}. Because of it a person is asked in
{handed} of the episodes on unseen words that can be reached. Through Ollama, under the product's schema: {equal} of {asked}
answers as in the training framework, {median:.0f} ms a decision at the median, {load:.1f} s for the first answer with loading.
"""

# What is measured by hand, with `chiron eval --actor bundled`, is added to the card by hand.


SHOWN = """Steps on unseen words whose pages were shown in Chromium and read by the product's eyes, each step alone: {parts}.

"""


def shown(real):
    if not real:
        return ""
    return SHOWN.format(parts=", ".join(f"{percent(v['step'])} of {v['steps']} from {'the ' * (k == 'layout')}{k}" for k, v in real.items()))


def percent(x):
    return "–" if x is None else f"{100 * x:.1f} %"


def row(name, forced, closed):
    return f"| {name} | {percent(forced.get('step'))} | {percent(forced.get('episode'))} | {percent(closed.get('right'))} |"


if __name__ == "__main__":
    ap = argparse.ArgumentParser()
    ap.add_argument("--run", default="build/training/run")
    ap.add_argument("--out", required=True)
    ap.add_argument("--doubt", default="0.4", help="as in inference/bundled")
    ap.add_argument("--claim", default="0.9", help="as in inference/bundled")
    a = ap.parse_args()
    with open(a.run + "/score.json") as f:
        s = json.load(f)
    with open(a.run + "/parity.json") as f:
        p = json.load(f)
    loop = {k: v.get("closed", {}).get("episodes", {}) for k, v in s["splits"].items()}
    no = s.get("impossible", {}).get("impossible", {"episodes": 0, "claimed done": None})
    guarded = s.get("doubt", {})
    words = s["splits"]["words"]["forced"]
    with open(a.out, "w") as f:
        f.write(TEXT.format(
            shown=shown(s.get("real")), size=os.path.getsize(a.run + "/little.gguf") / 1e6, parameters=s["parameters"] / 1e6, tokens=s["tokens"] / 1e6, doubt=a.doubt, claim=a.claim,
            splits="\n".join(row(TITLES[k], v["forced"]["all"], loop[k].get("all", {})) for k, v in s["splits"].items()),
            kinds="\n".join(row(k, v, loop["words"].get(k, {})) for k, v in words.items() if k != "all"),
            caught=percent(s["splits"]["words"]["below"][a.doubt]["wrong"]), held=percent(s["splits"]["words"]["below"][a.doubt]["right"]),
            claims=f"{percent(guarded.get('impossible', {}).get('impossible', {}).get('claimed done'))} of {no['episodes']}" if no["episodes"] else "– (none was tried)",
            bare=percent(no["claimed done"]), handed=percent(guarded.get("possible", {}).get("asked")),
            equal=p["equal to torch"], asked=p["steps"], median=p["ms median"], load=p["first answer s"]))
