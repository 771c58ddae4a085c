"""Draws the log of a training run as a picture: steps and episodes right on held-out words over tokens."""
import argparse
import json

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 720, 400, 60, 50, 40
LINES = (("held_step", "#1f6f8b", "steps right, held-out words"), ("held_episode", "#b5542c", "whole episodes right"), ("right", "#9aa5ab", "steps right, in training"))


def draw(rows, path):
    most = max(r["tokens"] for r in rows) or 1
    x = lambda t: LEFT + t / most * (WIDTH - LEFT - 20)
    y = lambda v: HEIGHT - BOTTOM - v * (HEIGHT - BOTTOM - TOP)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12" fill="#222">',
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>']
    for i in range(0, 101, 20):
        out.append(f'<path d="M{LEFT} {y(i / 100):.1f}H{WIDTH - 20}" stroke="#ddd"/><text x="{LEFT - 8}" y="{y(i / 100) + 4:.1f}" text-anchor="end">{i} %</text>')
    for i in range(5):
        out.append(f'<text x="{x(most * i / 4):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{most * i / 4e6:.1f} M</text>')
    out.append(f'<text x="{WIDTH / 2}" y="{HEIGHT - 12}" text-anchor="middle">tokens read</text>')
    for i, (key, color, name) in enumerate(LINES):
        points = [(r["tokens"], r[key]) for r in rows if key in r]
        if points:
            out.append(f'<polyline fill="none" stroke="{color}" stroke-width="2" points="{" ".join(f"{x(t):.1f},{y(v):.1f}" for t, v in points)}"/>')
            out.append(f'<text x="{LEFT + 10 + i * 215}" y="24" fill="{color}">{name}: {points[-1][1] * 100:.1f} %</text>')
    with open(path, "w") as f:
        f.write("\n".join(out + ["</svg>\n"]))


if __name__ == "__main__":
    ap = argparse.ArgumentParser()
    ap.add_argument("--run", default="build/training/run")
    ap.add_argument("--out", default="build/training/curve.svg")
    a = ap.parse_args()
    with open(a.run + "/log.jsonl") as f:
        draw([json.loads(line) for line in f], a.out)
