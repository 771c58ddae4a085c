"""The model with eyes: a small vision tower and a small decoder in the shapes of Ollama's mistral3. A picture has the page in its red
channel, and in green and blue, for every patch, the column and the row that it lies in: attention knows distances, not places."""
import math
import os
import sys

import torch
import torch.nn.functional as F

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from draw import HEIGHT, PATCH, SLOTS, WIDTH
from net import fused, weight

EPS = 1e-5
COLUMNS, ROWS = WIDTH // PATCH, HEIGHT // PATCH
MEAN, STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)  # of Ollama's image processor
BOS, EOS, INST, ACT, IMG, BREAK, END, BYTE = 1, 2, 3, 4, 10, 12, 13, 14
VOCABULARY = BYTE + 256
SPELL = 513  # bits that a name is spelt by, see data.spelt
SHAPE = {"width": 256, "heads": 4, "inner": 704, "layers": 5, "turned": 32, "eye_layers": 6}
POINTS, NAMED, READS = 3, 2, 2  # the layer whose first head points, the one behind which names are known, and that of the tower which reads


def codes():
    """What green and blue hold: 2 × HEIGHT × WIDTH, 0 or 1."""
    out = torch.zeros(2, ROWS, PATCH, COLUMNS, PATCH)
    for j in range(COLUMNS):
        for k in range(3 * j, 3 * j + 3):
            out[0, :, k // PATCH, j, k % PATCH] = 1
    for i in range(ROWS):
        for k in range(4 * i, 4 * i + 4):
            out[1, i, k // PATCH, :, k % PATCH] = 1
    return out.view(2, HEIGHT, WIDTH)


def rms(x, w):
    return (x.float() * torch.rsqrt(x.float().pow(2).mean(-1, keepdim=True) + EPS) * w).to(x.dtype)


class Layer(torch.nn.Module):
    def __init__(self, d, f, layers):
        super().__init__()
        narrow = 1 / math.sqrt(2 * layers)
        self.qkv, self.out = weight(3 * d, d), weight(d, d, narrow)
        self.gate, self.down = weight(2 * f, d), weight(d, f, narrow)
        self.norm1, self.norm2 = torch.nn.Parameter(torch.ones(d)), torch.nn.Parameter(torch.ones(d))


def parted(x, norm, qkv, heads):
    b, t, d = x.shape
    return F.linear(rms(x, norm), qkv.to(x.dtype)).view(b, t, 3, heads, d // heads).permute(2, 0, 3, 1, 4)


def tower(x, norm, qkv, heads, c, s):
    """Queries, keys and values of a layer of the tower, turned by their places: the first half of a vector against its second."""
    q, k, v = parted(x, norm, qkv, heads)
    return halves(q, c, s), halves(k, c, s), v.contiguous()


def decoder(x, norm, qkv, heads, c, s):
    """The same of the decoder: neighbours, in the first part of a vector."""
    q, k, v = parted(x, norm, qkv, heads)
    return pairs(q, c, s), pairs(k, c, s), v.contiguous()


def behind(x, o, out, norm, gate, down):
    """The rest of a layer: what attention found is added to the stream, and what the gates make of it."""
    x = x + F.linear(o.transpose(1, 2).flatten(2), out.to(x.dtype))
    g, u = F.linear(rms(x, norm), gate.to(x.dtype)).chunk(2, -1)
    return x + F.linear(F.silu(g) * u, down.to(x.dtype))


def rest(l, x, o):
    return fast(behind)(x, o, l.out, l.norm2, l.gate, l.down)


def begun(kind, l, x, heads, turn):
    return fast(kind)(x, l.norm1, l.qkv, heads, *turn)


def fast(part):
    """A part of a layer, compiled where gradients are asked for on a GPU."""
    return fused(part) if torch.is_grad_enabled() and torch.cuda.is_available() else part


def halves(x, c, s):
    """Turns the first half of a vector against its second, as the tower does."""
    a, b = x.chunk(2, -1)
    return torch.cat((a * c - b * s, b * c + a * s), -1)


def pairs(x, c, s):
    """Turns neighbours, in the first part of a vector, as the decoder does."""
    n = 2 * c.shape[-1]
    a, b = x[..., 0:n:2], x[..., 1:n:2]
    return torch.cat((torch.stack((a * c - b * s, a * s + b * c), -1).flatten(-2), x[..., n:]), -1)


class Net(torch.nn.Module):
    def __init__(self, c=SHAPE):
        super().__init__()
        self.c = c
        d, f = c["width"], c["inner"]
        self.patch = torch.nn.Parameter(torch.randn(d, 3 * PATCH * PATCH) / math.sqrt(PATCH * PATCH))
        with torch.no_grad():  # a constant part of the codes would drown the page
            p = self.patch.view(d, 3, -1)
            p -= p.mean(-1, keepdim=True)
        self.eye_norm = torch.nn.Parameter(torch.ones(d))
        self.eye = torch.nn.ModuleList(Layer(d, f, c["eye_layers"]) for _ in range(c["eye_layers"]))
        self.out_norm = torch.nn.Parameter(torch.ones(d))
        self.merge, self.linear1, self.linear2 = weight(d, 4 * d), weight(d, d), weight(d, d)
        self.embed = torch.nn.Parameter(torch.randn(VOCABULARY, d))
        self.layers = torch.nn.ModuleList(Layer(d, f, c["layers"]) for _ in range(c["layers"]))
        self.norm, self.head = torch.nn.Parameter(torch.ones(d)), torch.nn.Parameter(torch.zeros(VOCABULARY, d))
        # helpers, which nobody needs afterwards
        self.read = torch.nn.Parameter(torch.zeros(SLOTS * 95, d))
        self.spell = torch.nn.Parameter(torch.zeros(SPELL, d))
        e = d // c["heads"]
        place = 10000.0 ** (-torch.arange(0, e // 2).float() * 2 / e)
        self.register_buffer("place", place, False)
        turn = torch.arange(2048)[:, None] * 10000.0 ** (-torch.arange(0, c["turned"], 2).float() / c["turned"])[None]
        self.register_buffer("turn", turn, False)
        self.register_buffer("codes", codes(), False)

    def picture(self, grey, at, dtype):
        """Patches of windows: grey is b × h × w, uint8; at are the columns and rows, in patches, of their upper left corners."""
        b, h, w = grey.shape
        red = grey.to(dtype) / 255
        if (h, w) == (HEIGHT, WIDTH):
            rest = self.codes.to(dtype).expand(b, 2, h, w)
        else:
            rest = torch.stack([self.codes[:, y * PATCH:y * PATCH + h, x * PATCH:x * PATCH + w] for x, y in at.tolist()]).to(dtype)
        x = torch.cat((red[:, None], rest), 1)
        mean, std = (torch.tensor(v, device=x.device, dtype=dtype).view(1, 3, 1, 1) for v in (MEAN, STD))
        return F.unfold((x - mean) / std, PATCH, stride=PATCH).transpose(1, 2)

    def look(self, grey, at, dtype=torch.bfloat16):
        """Cells of 2 × 2 patches, b × n × width, and what the tower makes of the characters in each patch."""
        c = self.c
        b, (rows, columns) = grey.shape[0], (grey.shape[1] // PATCH, grey.shape[2] // PATCH)
        x = rms(F.linear(self.picture(grey, at, dtype), self.patch.to(dtype)), self.eye_norm)
        i, j = torch.meshgrid(torch.arange(rows, device=x.device), torch.arange(columns, device=x.device), indexing="ij")
        angle = torch.cat((i.reshape(-1, 1) * self.place[0::2], j.reshape(-1, 1) * self.place[1::2]), -1)
        cosine, sine = angle.cos().to(dtype), angle.sin().to(dtype)
        read = None
        for n, l in enumerate(self.eye):
            x = rest(l, x, F.scaled_dot_product_attention(*begun(tower, l, x, c["heads"], (cosine, sine))))
            if n == READS:
                read = F.linear(rms(x, torch.ones_like(self.out_norm)), self.read.to(dtype))
        x = rms(x, self.out_norm).transpose(1, 2).reshape(b, c["width"], rows, columns)
        x = F.linear(F.unfold(x, 2, stride=2).transpose(1, 2), self.merge.to(dtype))
        return F.linear(F.gelu(F.linear(x, self.linear1.to(dtype)), approximate="tanh"), self.linear2.to(dtype)), read

    def begin(self, cells, columns):
        """The stream of the beginning: the mark of the beginning, that of a question, the rows of cells with their ends."""
        b, n, d = cells.shape
        e = self.embed.to(cells.dtype)
        rows = n // columns
        ends = torch.full((rows,), BREAK, device=cells.device)
        ends[-1] = END
        body = torch.cat((cells.view(b, rows, columns, d), e[ends][None, :, None].expand(b, rows, 1, d)), 2).flatten(1, 2)
        return torch.cat((e[[BOS, INST]][None].expand(b, 2, d), body), 1)

    def answer(self, cells, columns, tokens, dtype=torch.bfloat16):
        """Logits of questions, b × q × t × vocabulary; the scores of the head that points, b × q × t × places; streams behind
        NAMED of the beginning and of the questions. Every question sees the picture and itself."""
        c = self.c
        b, q, t = tokens.shape
        x, y = self.begin(cells, columns), self.embed.to(dtype)[tokens].view(b, q * t, -1)
        s = x.shape[1]
        turn = lambda p: (self.turn[p].cos().to(dtype), self.turn[p].sin().to(dtype))
        first = turn(torch.arange(s, device=x.device))
        second = turn(torch.arange(s, s + t, device=x.device).repeat(q))
        own = torch.arange(q * t, device=x.device)
        mask = (own[:, None] // t == own[None] // t) & (own[:, None] >= own[None])
        mask = torch.cat((torch.ones(q * t, s, dtype=torch.bool, device=x.device), mask), 1)
        points = named = None
        for n, l in enumerate(self.layers):
            q1, k1, v1 = begun(decoder, l, x, c["heads"], first)
            q2, k2, v2 = begun(decoder, l, y, c["heads"], second)
            if n == POINTS:
                points = (q2[:, 0] @ k1[:, 0].transpose(1, 2)).float().view(b, q, t, s) / math.sqrt(q1.shape[-1])
            y = rest(l, y, F.scaled_dot_product_attention(q2, torch.cat((k1, k2), 2), torch.cat((v1, v2), 2), attn_mask=mask))
            if n < c["layers"] - 1:
                x = rest(l, x, F.scaled_dot_product_attention(q1, k1, v1, is_causal=True))
            if n == NAMED:
                named = x, y.view(b, q, t, -1)
        return F.linear(rms(y, self.norm), self.head.to(dtype)).view(b, q, t, -1), points, named
