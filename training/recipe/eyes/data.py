"""Pages and questions about them, in batches, made by many processes while the model learns."""
import io
import json
import random
import zlib

import numpy as np
import torch
from PIL import Image

import draw
from eyes import ACT, BYTE, COLUMNS, EOS, ROWS, SPELL

CELL = 2 * draw.PATCH
LENGTH, TEXT = 64, 42  # tokens of a question with its answer, and bytes of its words
SMALL, WHOLE = (42, 28), (COLUMNS, ROWS)  # windows, in patches
ROLES = {"button": ("button",), "link": ("link",), "field": ("field", "field", "input", "box"), "area": ("field", "text area"), "list": ("list", "select", "field"),
         "checkbox": ("checkbox", "checkbox", "box"), "radio": ("radio button", "option"), "tab": ("tab",), "heading": ("heading", "text"), "cell": ("text", "cell"), "icon": ("icon", "icon", "button", "symbol")}
FORMS = ("{n}", "{n}", "{n}", '"{n}"', 'the "{n}" {w}', 'the "{n}" {w}', "the {n} {w}", "the {n} {w}", "{n} {w}", '{w} "{n}"')


def wanted(r, role, name):
    """A description of a thing."""
    if r.random() < 0.1:
        name = name.lower()
    return r.choice(FORMS).format(n=name, w=r.choice(ROLES[role]))


def spelt(name, role):
    """Bits by which a name is known: its pairs of neighbouring characters, hashed, and whether it is an icon's."""
    out = np.zeros(SPELL, bool)
    text = "^" + name.split("|")[0] + "$"
    for a, b in zip(text, text[1:]):
        out[zlib.crc32((a + b).encode()) % (SPELL - 1)] = True
    out[SPELL - 1] = role == "icon"
    return out


def tokens(text, x, y):
    """A question and its answer, and where the answer begins."""
    ask = [BYTE + b for b in text.encode()[:TEXT]] + [ACT]
    return ask + [BYTE + b for b in f'{{"x":{x},"y":{y}}}'.encode()] + [EOS], len(ask) - 1


class Real:
    """Pages that were shown in Chromium: lines of JSON in one file, PNGs in another, as `episodes pictures` writes them."""

    def __init__(self, path):
        with open(path) as f:
            self.pages = [json.loads(line) for line in f]
        with open(path.replace(".jsonl", ".bin"), "rb") as f:
            self.bytes = f.read()

    def page(self, i):
        p = self.pages[i]
        img = np.asarray(Image.open(io.BytesIO(self.bytes[p["at"]:p["at"] + p["size"]])).convert("L"))
        return img, [(t["role"], t["name"], tuple(t["box"])) for t in p["things"]]


def varied(r, img, things):
    """A page from Chromium moved a little, its contrast changed, now and then turned to its negative."""
    dx, dy = r.randint(-60, 60), r.randint(-60, 60)
    out = np.full_like(img, img[-1, -1])
    h, w = img.shape
    out[max(dy, 0):h + min(dy, 0), max(dx, 0):w + min(dx, 0)] = img[max(-dy, 0):h + min(-dy, 0), max(-dx, 0):w + min(-dx, 0)]
    things = [(role, name, (b[0] + dx, b[1] + dy, b[2] + dx, b[3] + dy)) for role, name, b in things]
    out = 255 - out if r.random() < 0.1 else out
    low, high = r.randint(0, 50), r.randint(200, 255)
    return (low + out.astype(np.float32) * (high - low) / 255).astype(np.uint8), [t for t in things if t[2][0] >= 0 and t[2][1] >= 0 and t[2][2] <= w and t[2][3] <= h]


def another(r, name):
    """A name that is nearly this one, and means something else."""
    words = name.split()
    i = r.randrange(len(words))
    if len(words) > 1 and r.random() < 0.3:
        del words[i]
    elif len(words) > 1 or len(words[0]) < 4:
        words[i] = draw.word(r)
    else:
        k = r.randrange(len(words[0]) - 2)
        words[0] = words[0][:k] + "".join(r.choices("abcdefghiklmnoprstuvwz", k=2)) + words[0][k + 2:]
    return " ".join(words)


def questions(r, things, view, n):
    """n questions about what a window (in patches: left, top, width, height) shows or does not show: (words, spelling, box or None)."""
    left, top, wide, high = (v * draw.PATCH for v in view)
    names = {}
    for role, name, box in things:
        for one in name.split("|"):
            names[one.lower()] = names.get(one.lower(), 0) + 1
    inside = lambda b: b[0] >= left and b[1] >= top and b[2] <= left + wide and b[3] <= top + high
    touches = lambda b: b[0] < left + wide and b[2] > left and b[1] < top + high and b[3] > top
    some = [t for t in things if inside(t[2]) and all(names[one.lower()] == 1 for one in t[1].split("|")) and all(32 <= ord(c) < 127 for c in t[1]) and "{{" not in t[1]]
    icons, words = [t for t in some if t[0] == "icon"], [t for t in some if t[0] != "icon"]
    far = [t for t in things if not touches(t[2]) and names[t[1].split("|")[0].lower()] == 1]
    out = []
    r.shuffle(icons), r.shuffle(words)
    for _ in range(n):
        k, box = r.random(), None
        if k < 0.12 or not some:
            if far and r.random() < 0.3:
                role, name, _ = r.choice(far)
            elif words and r.random() < 0.4:
                role, name, _ = r.choice(words)
                name = another(r, name)
            elif r.random() < 0.3:
                role, name = "icon", r.choice(r.choice(draw.ICONS)["names"])
            else:
                role, name = r.choice(("button", "link", "field", "checkbox", "tab", "heading")), draw.label(r)
            if names.get(name.split("|")[0].lower(), 0) and (role, name, _) not in far:
                continue
        elif icons and (k < 0.3 or not words):
            role, name, box = icons.pop() if len(icons) > 1 else icons[0]
        else:
            role, name, box = words.pop() if len(words) > 1 else words[0] if words else r.choice(some)
        one = r.choice(name.split("|"))
        if len(one) > TEXT - 16:
            continue
        out.append((wanted(r, role, one), spelt(name, role), box))
    return out


def sample(r, img, things, read, size, n):
    """One window with its questions as arrays."""
    wide, high = size
    left, top = 2 * r.randint(0, (COLUMNS - wide) // 2), 2 * r.randint(0, (ROWS - high) // 2)
    if things and wide < COLUMNS and r.random() < 0.8:  # a window that shows something
        b = r.choice(things)[2]
        x, y = (b[0] + b[2]) / 2 / draw.PATCH, (b[1] + b[3]) / 2 / draw.PATCH
        left = min(max(2 * int((x - r.uniform(0.1, 0.9) * wide) / 2), 0), COLUMNS - wide)
        top = min(max(2 * int((y - r.uniform(0.1, 0.9) * high) / 2), 0), ROWS - high)
    asked = questions(r, things, (left, top, wide, high), n)
    t = np.zeros((n, LENGTH), np.int64)
    first = np.full(n, LENGTH, np.int64)
    cell = np.full(n, -1, np.int64)
    spell = np.zeros((n, SPELL), bool)
    for i, (text, bits, box) in enumerate(asked):
        x, y = (int((box[0] + box[2]) / 2), int((box[1] + box[3]) / 2)) if box else (0, 0)
        row, first[i] = tokens(text, x, y)
        t[i, :len(row)], spell[i] = row, bits
        if box:
            cell[i] = (y // CELL - top // 2) * (wide // 2) + x // CELL - left // 2
    p = draw.PATCH
    read = read[top:top + high, left:left + wide] if read is not None else np.full((high, wide, draw.SLOTS), -1, np.int8)
    return img[top * p:(top + high) * p, left * p:(left + wide) * p], np.array((left, top)), read, t, first, cell, spell


class Pages(torch.utils.data.IterableDataset):
    """Batches without end. small is a shared number: 1 while windows are small."""

    def __init__(self, fonts, real, small, batches, seed, share=0.25, held=False):
        self.fonts, self.real, self.small, self.batches, self.seed, self.share, self.held = fonts, real, small, batches, seed, share, held

    def __iter__(self):
        info = torch.utils.data.get_worker_info()
        r = random.Random(self.seed * 1000 + (info.id if info else 0))
        faces, real = draw.Faces(self.fonts, self.held), Real(self.real) if self.real else None
        while True:
            small = self.small.value == 1
            size, (batch, n) = (SMALL, self.batches[0]) if small else (WHOLE, self.batches[1])
            rows = []
            while len(rows) < batch:
                read = None
                if real and r.random() < self.share:
                    img, things = varied(r, *real.page(r.randrange(len(real.pages))))
                else:
                    img, things, read = draw.page(r.getrandbits(40) * 2 + (1 if self.held else 0), faces)
                rows += [sample(r, img, things, read, size, n) for _ in range(3 if small else 1)]
            yield tuple(torch.from_numpy(np.stack(c)) for c in zip(*rows[:batch]))
