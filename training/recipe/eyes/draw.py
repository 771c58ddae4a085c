"""Draws pages that look like web pages, out of nothing: words that nobody has read before, in many typefaces, with icons. Each page
comes with what stands where, which a screenshot of a real page would not tell so exactly. Sizes are pixels of the frame."""
import glob
import json
import os
import random
import string

import numpy as np
from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT, PATCH = 1344, 896, 16
SLOTS = 3  # characters of a patch that are learnt, from the left

COMMON = """Save|Cancel|Delete|Edit|Add|New|Open|Close|Search|Submit|Send|Next|Back|Continue|Finish|Home|Settings|Profile|Log out|Sign in|Sign up|Help|About|Contact|Reports|Orders
Customers|Invoices|Products|Dashboard|Overview|Messages|Calendar|Files|Users|Teams|Projects|Tasks|Name|Email|Password|Username|Address|City|Country|Phone|Company|Date|Amount|Total|Price
Quantity|Status|Priority|Category|Description|Notes|Title|Subject|Comment|First name|Last name|Remember me|Forgot password?|Create account|Add to cart|Checkout|Apply|Reset|Clear|Filter|Sort
Export|Import|Download|Upload|Print|Share|Copy|Show more|View all|Details|Approve|Reject|Assign|Archive|Restore|Yes|No|OK|Accept|Decline|Register|Language|Department|Room|Rate|Type|Active
Inactive|Pending|Done|Paid|Overdue|Open requests|Save changes|Go back|Learn more|Read more|Terms|Privacy|Imprint|Cookies|News|Blog|Support|Documentation|Account|Billing|Payment|Shipping
Delivery|Change|Update|Remove|Choose file|Select all|Refresh|Previous|Upgrade|Unsubscribe|Subscribe|Vote|Reply|Forward|Publish|Draft|Preview|Duplicate|Rename|Move|Lock|Unlock|Enable
Disable|Start|Stop|Pause|Resume|Run|Retry|Undo|Redo|Log in|Monthly|Weekly|Daily|Expenses|Travel|Meals|Hardware|Software|Equipment|Office|Training|Budget|Approvals|Requests|Tickets""".replace("\n", "|").split("|")
ONSETS = "b c d f g h j k l m n p r s t v w z br ch cl cr dr fl fr gl gr pl pr sc sh sk sl sp st th tr qu".split()
VOWELS = "a e i o u a e i o ai ea io ou ie".split()
CODAS = " n r s t l m d k p x nd st rt ng ck ll".split(" ")

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../real/icons.json")) as f:
    ICONS = json.load(f)


class Faces:
    """Typefaces of a folder, the held-out ones apart."""

    def __init__(self, folder, held=False):
        paths = sorted(p for p in glob.glob(os.path.join(folder, "*.[to]tf")) if os.path.basename(p).startswith(("NotoSans", "FreeSans")) == held)
        assert paths, f"no typefaces in {folder}"
        own = [p for p in paths if "DejaVu" in p]
        self.paths, self.cache = paths + own * 2, {}  # the face of a Chromium without others counts three times

    def get(self, path, size):
        if (path, size) not in self.cache:
            font = ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)
            self.cache[path, size] = font, np.array([font.getlength(chr(c)) if c >= 32 else 0 for c in range(127)])
        return self.cache[path, size]


def word(r):
    w = "".join(r.choice(ONSETS) + r.choice(VOWELS) + (r.choice(CODAS) if r.random() < 0.5 else "") for _ in range(r.choice((1, 2, 2, 2, 3))))
    return w


def label(r):
    """What a thing may be called."""
    k = r.random()
    if k < 0.3:
        return r.choice(COMMON)
    if k < 0.36:
        return r.choice(COMMON) + " " + word(r)
    if k < 0.42:
        return "".join(r.choices(string.ascii_letters + string.digits, k=r.randint(3, 9)))
    words = [word(r) for _ in range(r.choice((1, 1, 1, 2, 2, 3)))]
    if k < 0.9:
        words[0] = words[0].capitalize()
    if r.random() < 0.15:
        words = [w.capitalize() for w in words]
    if r.random() < 0.05:
        words = [w.upper() for w in words]
    return " ".join(words)


def value(r):
    k = r.random()
    if k < 0.3:
        return f"{r.randint(1, 9999)}.{r.randint(0, 99):02}"
    if k < 0.45:
        return f"{r.randint(1990, 2030)}-{r.randint(1, 12):02}-{r.randint(1, 28):02}"
    if k < 0.6:
        return r.choice(("", "#", "INV-", "R-", "EUR ", "$", "€ "[:0])) + str(r.randint(1, 99999))
    if k < 0.68:
        return f"{word(r)}@{word(r)}.{r.choice(('com', 'org', 'example', 'net'))}"
    return label(r)


class Page:
    """A page while it is drawn. things: (role, name, box); chars: (x, y, character) of middles."""

    def __init__(self, r, faces):
        self.r, self.faces = r, faces
        self.paper = r.choice((255, 255, 255, 250, 245, 238))
        self.ink = r.randint(0, 70)
        self.soft = r.randint(200, 235)
        self.link = r.randint(30, 120)
        self.accent = r.randint(20, 150)
        self.path = r.choice(faces.paths)
        self.size = r.choice((12, 13, 13, 14, 14, 14, 15, 16, 16, 17, 18))
        self.pad = r.randint(3, 9)
        self.gap = r.randint(4, 18)
        self.round = r.choice((0, 0, 3, 4, 6, 10, 16))
        self.plain = r.random() < 0.35  # buttons have borders and no colour
        self.img = Image.new("L", (WIDTH, HEIGHT), self.paper)
        self.d = ImageDraw.Draw(self.img)
        self.things, self.chars = [], []
        self.draw()

    def width(self, text, size=None):
        _, widths = self.faces.get(self.path, size or self.size)
        return float(widths[np.frombuffer(text.encode("ascii", "replace"), np.uint8)].sum()) if text else 0.0

    def text(self, x, y, text, ink=None, size=None):
        """Writes with its top at y and returns the box."""
        size = size or self.size
        font, widths = self.faces.get(self.path, size)
        self.d.text((x, y), text, self.ink if ink is None else ink, font=font)
        codes = np.frombuffer(text.encode("ascii", "replace"), np.uint8)
        w = widths[codes]
        ends = x + np.cumsum(w)
        for c, e, one in zip(text, ends, w):
            if c != " ":
                self.chars.append((e - one / 2, y + size * 0.68, c))
        return [x, y, x + float(w.sum()), y + size * 1.25]

    def thing(self, role, name, box):
        self.things.append((role, name, tuple(box)))

    def rect(self, box, fill=None, line=None, round=None):
        self.d.rounded_rectangle([int(b) for b in box], self.round if round is None else round, fill=fill, outline=line)

    def icon(self, x, y, size, ink, role="icon"):
        i = self.r.choice(ICONS)
        stroke = self.r.choice((1.5, 2, 2, 2.5, 3))
        k = size * 4 / 24
        m = Image.new("L", (size * 4, size * 4), 0)
        d = ImageDraw.Draw(m)
        for l in i.get("lines", ()):
            d.line([v * k for v in l], 255, width=max(1, round(stroke * k)), joint="curve")
        for cx, cy, rad in i.get("circles", ()):
            d.ellipse([(cx - rad) * k, (cy - rad) * k, (cx + rad) * k, (cy + rad) * k], outline=255, width=max(1, round(stroke * k)))
        for cx, cy, rad in i.get("dots", ()):
            d.ellipse([(cx - rad) * k, (cy - rad) * k, (cx + rad) * k, (cy + rad) * k], fill=255)
        m = m.resize((size, size), Image.LANCZOS)
        self.img.paste(ink, (int(x), int(y)), m)
        box = [x, y, x + size, y + size]
        if role:
            self.thing(role, "|".join(i["names"]), box)
        return box


    def button(self, x, y, name=None, size=None):
        r, name = self.r, name or label(self.r)
        w, lead = self.width(name), 0
        h = self.size * 1.25 + 2 * self.pad
        side = self.pad * r.choice((1.5, 2, 3))
        with_icon = r.random() < 0.12
        lead = self.size + 6 if with_icon else 0
        box = [x, y, x + w + 2 * side + lead, y + h]
        loud = not self.plain and r.random() < 0.7
        self.rect(box, self.accent if loud else self.paper, self.accent if r.random() < 0.8 else self.soft - 60)
        ink = 255 if loud and self.accent < 160 else self.ink
        if with_icon:
            self.icon(x + side, y + self.pad, self.size, ink, None)
        self.text(x + side + lead, y + self.pad, name, ink)
        self.thing("button", name, box)
        return box

    def anchor(self, x, y, name=None, ink=None, line=None):
        name = name or label(self.r)
        b = self.text(x, y, name, self.link if ink is None else ink)
        if line if line is not None else self.r.random() < 0.4:
            self.d.line([b[0], b[3], b[2], b[3]], self.link if ink is None else ink)
        self.thing("link", name, b)
        return b

    def field(self, x, y, w):
        """A field with its name; returns the bottom and the right."""
        r, name = self.r, label(self.r)
        kind = r.choice(("field", "field", "field", "field", "list", "area"))
        h = self.size * 1.25 + 2 * self.pad
        where = r.random()
        top, left = y, x
        inside = where > 0.85 and kind == "field"
        if inside:
            pass
        elif where < 0.55:
            self.text(x, y, name + (" *" if r.random() < 0.1 else ""))
            top = y + self.size * 1.25 + r.randint(1, 5)
        else:
            self.text(x, y + self.pad, name + r.choice(("", ":")))
            left = x + max(self.width(name) + r.randint(8, 24), w * r.choice((0.3, 0.35, 0.4)) if r.random() < 0.6 else 0)
            w = max(w - (left - x), 90)
        if kind == "area":
            h *= r.choice((2, 3))
        box = [left, top, left + w, top + h]
        self.rect(box, 255 if self.paper < 255 else self.paper, r.randint(120, 190), min(self.round, 8))
        if inside:
            self.text(left + self.pad, top + self.pad, name, r.randint(110, 160))
        elif kind == "list":
            self.text(left + self.pad, top + self.pad, label(r)[:16])
            cx, cy = left + w - 14, top + h / 2
            self.d.line([cx - 4, cy - 2, cx, cy + 3, cx + 4, cy - 2], self.ink, width=2)
        elif r.random() < 0.4:
            self.text(left + self.pad, top + self.pad, value(r)[: int(w / self.size)])
        self.thing(kind, name, box)
        return box

    def tick(self, x, y):
        r, name, s = self.r, label(self.r), self.r.randint(11, 17)
        kind = r.choice(("checkbox", "checkbox", "radio"))
        box = [x, y + 1, x + s, y + 1 + s]
        if kind == "radio":
            self.d.ellipse(box, 255, 110)
        else:
            self.rect(box, 255, 110, 2)
        if r.random() < 0.4:
            if kind == "radio":
                self.d.ellipse([box[0] + 3, box[1] + 3, box[2] - 3, box[3] - 3], self.accent)
            else:
                self.rect(box, self.accent, None, 2)
                self.d.line([x + 3, y + 1 + s * 0.5, x + s * 0.42, y + s * 0.78, x + s - 3, y + 4], 255, width=2)
        b = self.text(x + s + 6, y, name)
        self.thing(kind, name, box)
        return b

    def words(self, x, y, w):
        line = ""
        while self.width(line) < w:
            line += " " + (self.r.choice(COMMON).lower() if self.r.random() < 0.4 else word(self.r))
        line = line.strip()[: max(1, int(w / (self.size * 0.55)))]
        return self.text(x, y, line.capitalize())

    def draw(self):
        r = self.r
        top, left = 0, r.randint(8, 40)
        if r.random() < 0.8:
            top = self.head()
        if r.random() < 0.35:
            left = self.side(top)
        y, right = top + r.randint(6, 24), WIDTH - r.randint(8, 60)
        if r.random() < 0.3:
            right = min(right, left + r.randint(420, 900))
        columns = r.choice((1, 1, 1, 2, 3)) if right - left > 800 else 1
        wide = (right - left) / columns
        for c in range(columns):
            at = y
            while at < HEIGHT - 40:
                at = r.choice((self.title, self.prose, self.form, self.form, self.row, self.row, self.table, self.table, self.ticks, self.tabs, self.cards, self.tools, self.entries))(left + c * wide, at, wide - 16) + self.gap + r.randint(0, 14)
        k = r.random()
        if k < 0.12:
            self.window()
        if r.random() < 0.15:
            self.img = self.img.point(lambda v: 255 - v)

    def head(self):
        r, h = self.r, self.r.randint(34, 72)
        dark = r.random() < 0.5
        self.d.rectangle([0, 0, WIDTH, h], r.randint(10, 90) if dark else r.randint(225, 255))
        ink = 240 if dark else self.ink
        y = h / 2 - self.size * 0.65
        x = r.randint(8, 30)
        if r.random() < 0.7:
            x = self.text(x, y - 2, label(r), ink, self.size + 3)[2] + r.randint(16, 50)
        if r.random() < 0.3:
            x = max(x, r.randint(200, 700))
        for _ in range(r.randint(1, 8)):
            if x > WIDTH - 300:
                break
            x = self.anchor(x, y, ink=ink, line=False)[2] + r.randint(12, 34)
        x = WIDTH - r.randint(30, 60)
        for _ in range(r.randint(0, 4)):
            s = r.choice((16, 18, 20, 24))
            self.icon(x - s, h / 2 - s / 2, s, ink)
            x -= s + r.randint(8, 26)
        return h

    def side(self, top):
        r, w = self.r, self.r.randint(130, 260)
        dark = r.random() < 0.3
        self.d.rectangle([0, top, w, HEIGHT], r.randint(20, 80) if dark else r.randint(228, 252))
        ink, y = 240 if dark else self.ink, top + r.randint(8, 30)
        icons = r.random() < 0.4
        for _ in range(r.randint(4, 18)):
            x = 14
            if icons:
                self.icon(x, y - 1, self.size + 3, ink, None)
                x += self.size + 12
            name = label(r)
            if x + self.width(name) < w - 6:
                self.anchor(x, y, name, ink, False)
            y += self.size * 1.3 + r.randint(self.pad, self.pad + 8)
            if y > HEIGHT - 30:
                break
        return w + r.randint(10, 30)

    def title(self, x, y, w):
        size = self.size + self.r.choice((3, 5, 8, 12))
        name = label(self.r)
        if self.width(name, size) > w:
            return y
        b = self.text(x, y, name, size=size)
        self.thing("heading", name, b)
        return b[3]

    def prose(self, x, y, w):
        for _ in range(self.r.randint(1, 4)):
            if y > HEIGHT - 20:
                break
            b = self.words(x, y, self.r.uniform(0.4, 0.9) * w)
            y = b[3] + 3
        if self.r.random() < 0.3 and b[2] + 120 < x + w:
            self.anchor(b[2] + 8, b[1])
        return y

    def form(self, x, y, w):
        n = self.r.choice((1, 1, 2, 3)) if w > 500 else 1
        each = min(w / n - 12, self.r.randint(180, 420))
        for _ in range(self.r.randint(1, 5)):
            if y > HEIGHT - 60:
                break
            bottom = y
            for c in range(n):
                bottom = max(bottom, self.field(x + c * (each + 14), y, each)[3])
            y = bottom + self.gap
        return y

    def row(self, x, y, w):
        at, bottom = x, y
        if y > HEIGHT - 40:
            return y + 40
        for _ in range(self.r.randint(1, 6)):
            name = label(self.r)
            if at + self.width(name) + 90 > x + w:
                break
            b = self.button(at, y, name) if self.r.random() < 0.75 else self.anchor(at, y + self.pad, name)
            at, bottom = b[2] + self.r.randint(5, 20), max(bottom, b[3])
        return bottom

    def tools(self, x, y, w):
        """A row of buttons that have no words."""
        r, at, bottom = self.r, x, y
        if y > HEIGHT - 50:
            return y + 50
        size, p, kind = r.choice((14, 16, 16, 18, 20, 20, 24, 24, 28, 32)), r.randint(2, 10), r.random()
        for _ in range(r.randint(1, 8)):
            box = [at, y, at + size + 2 * p, y + size + 2 * p]
            if box[2] > x + w:
                break
            ink = self.ink
            if kind < 0.3:
                self.rect(box, None, self.soft - 40)
            elif kind < 0.55:
                self.rect(box, self.accent)
                ink = 255 if self.accent < 160 else 0
            self.icon(at + p, y + p, size, ink, "icon")
            role, name, _ = self.things.pop()
            self.thing(role, name, box)
            at, bottom = box[2] + r.randint(2, 24), box[3]
        return bottom

    def table(self, x, y, w):
        r, n = self.r, self.r.randint(2, 6)
        if w / n < 90:
            n = max(2, int(w / 90))
        edges = sorted(r.uniform(0.08, 0.98) for _ in range(n - 1))
        xs = [x] + [x + max(e * w, (i + 1) * 84) for i, e in enumerate(edges)]
        h = self.size * 1.25 + self.r.randint(3, 14)
        kinds = [r.choice(("value", "value", "label", "link")) for _ in xs]
        last = r.choice(("", "", "button", "icon", "link"))
        room = lambda i: (xs[i + 1] if i + 1 < len(xs) else x + w) - xs[i] - 8
        rows = r.randint(2, 14)
        for row in range(rows):
            if y > HEIGHT - 30:
                break
            for i, at in enumerate(xs):
                name = label(r) if row == 0 or kinds[i] != "value" else value(r)
                if self.width(name) > room(i):
                    continue
                if row == 0:
                    b = self.text(at + 4, y + 3, name)
                    self.thing("heading", name, b)
                elif kinds[i] == "link":
                    self.anchor(at + 4, y + 3, name, line=False)
                else:
                    self.thing("cell", name, self.text(at + 4, y + 3, name))
            if row and last and x + w + 70 < WIDTH:
                if last == "icon":
                    self.icon(x + w + 10, y + 2, self.size + 2, self.ink)
                elif last == "link":
                    self.anchor(x + w + 8, y + 3)
            y += h
            if r.random() < 0.8:
                self.d.line([x, y - 2, x + w, y - 2], self.soft)
        return y

    def ticks(self, x, y, w):
        r, at = self.r, x
        across = r.random() < 0.4
        for _ in range(r.randint(1, 6)):
            if y > HEIGHT - 20:
                break
            b = self.tick(at, y)
            if across and b[2] + 200 < x + w:
                at = b[2] + r.randint(12, 40)
            else:
                at, y = x, b[3] + r.randint(2, 10)
        return y + self.size

    def tabs(self, x, y, w):
        r, at = self.r, x
        if y > HEIGHT - 40:
            return y + 40
        for i in range(r.randint(2, 6)):
            name = label(r)
            if at + self.width(name) + 40 > x + w:
                break
            b = self.text(at + 10, y + 5, name)
            box = [at, y, b[2] + 10, b[3] + 6]
            if i == 0:
                self.d.line([box[0], box[3], box[2], box[3]], self.accent, width=3)
            self.thing("tab", name, box)
            at = box[2] + r.randint(2, 12)
        self.d.line([x, y + self.size * 1.25 + 12, x + w, y + self.size * 1.25 + 12], self.soft)
        return y + self.size * 1.25 + 14

    def cards(self, x, y, w):
        r, n = self.r, self.r.randint(2, 4)
        each, h = w / n - 12, r.randint(90, 190)
        if each < 150 or y + h > HEIGHT:
            return y + 8
        for c in range(n):
            a = x + c * (each + 12)
            self.rect([a, y, a + each, y + h], None if r.random() < 0.5 else min(255, self.paper + 8), self.soft)
            if r.random() < 0.35:
                g = r.randint(140, 220)
                self.d.rectangle([a + 1, y + 1, a + each - 1, y + h * 0.4], g)
            name = label(r)
            if self.width(name) < each - 20:
                self.thing("heading", name, self.text(a + 10, y + 8, name))
            if h > 110:
                self.words(a + 10, y + 12 + self.size * 1.5, each * 0.6)
            name = label(r)
            if self.width(name) < each - 60:
                (self.button if r.random() < 0.5 else self.anchor)(a + 10, y + h - self.size * 1.25 - 2 * self.pad - 8, name)
        return y + h

    def entries(self, x, y, w):
        """A list of words, one under the other."""
        h = self.size * 1.25 + self.r.randint(2, 10)
        for _ in range(self.r.randint(2, 9)):
            if y > HEIGHT - 20:
                break
            name = label(self.r)
            if self.width(name) < w - 20:
                self.anchor(x + 4, y, name)
            y += h
        return y

    def window(self):
        """A dialog above everything: what it covers is gone."""
        r = self.r
        w, h = r.randint(300, 620), r.randint(140, 360)
        x, y = (WIDTH - w) // 2 + r.randint(-80, 80), (HEIGHT - h) // 2 + r.randint(-120, 80)
        if r.random() < 0.6:
            k = r.uniform(0.35, 0.8)
            self.img = self.img.point(lambda v: int(v * k))
            self.d = ImageDraw.Draw(self.img)
        hidden = lambda b: b[0] < x + w and b[2] > x and b[1] < y + h and b[3] > y
        self.things = [t for t in self.things if not hidden(t[2])]
        self.chars = [c for c in self.chars if not (x <= c[0] <= x + w and y <= c[1] <= y + h)]
        self.rect([x, y, x + w, y + h], self.paper, self.soft - 40)
        self.title(x + 18, y + 14, w - 40)
        self.icon(x + w - 34, y + 14, 18, self.ink)
        at = y + 60
        if h > 220:
            at = self.field(x + 18, at, w - 40)[3] + 10
        else:
            self.words(x + 18, at, w * 0.6)
        self.row(x + 18, y + h - self.size * 1.25 - 2 * self.pad - 14, w - 30)


def page(seed, faces):
    """The picture (uint8, HEIGHT × WIDTH), the things, and what is read in each patch (HEIGHT/PATCH × WIDTH/PATCH × SLOTS)."""
    p = Page(random.Random(seed), faces)
    read = np.zeros((HEIGHT // PATCH, WIDTH // PATCH, SLOTS), np.int8)
    n = np.zeros(read.shape[:2], np.int8)
    for x, y, c in sorted(p.chars, key=lambda c: c[0]):
        i, j = int(y // PATCH), int(x // PATCH)
        if 0 <= i < n.shape[0] and 0 <= j < n.shape[1] and n[i, j] < SLOTS and 32 < ord(c) < 127:
            read[i, j, n[i, j]] = ord(c) - 32
            n[i, j] += 1
    things = [t for t in p.things if t[2][0] >= 0 and t[2][1] >= 0 and t[2][2] <= WIDTH and t[2][3] <= HEIGHT]
    return np.asarray(p.img), things, read


if __name__ == "__main__":
    import sys
    import time
    faces = Faces(sys.argv[1])
    begun = time.time()
    for seed in range(int(sys.argv[3])):
        img, things, read = page(seed, faces)
    print((time.time() - begun) / int(sys.argv[3]), "s a page;", len(things), "things")
    out = Image.fromarray(img).convert("RGB")
    d = ImageDraw.Draw(out)
    for role, name, box in things:
        d.rectangle(box, outline=(255, 0, 0))
    out.save(sys.argv[2])
