"""A Llama decoder. On a CPU the matrix products are bf16 through oneDNN and everything between is in kernels.c; on a GPU all of
it is PyTorch's own."""
import ctypes
import functools
import math
import os
import subprocess

import torch
import torch.nn.functional as F

BF = torch.bfloat16
EPS = 1e-5


@functools.lru_cache(None)
def library():
    """Compiles kernels.c, once, and loads it."""
    folder = os.environ.get("CHIRON_TRAINING", "build/training")
    source = os.path.join(os.path.dirname(__file__), "kernels.c")
    path = os.path.join(folder, "kernels.so")
    if not os.path.exists(path) or os.path.getmtime(path) < os.path.getmtime(source):
        subprocess.run(["gcc", "-O3", "-march=native", "-ffast-math", "-fopenmp", "-shared", "-fPIC", "-o", path + ".new", source, "-lm"], check=True)
        os.replace(path + ".new", path)
    return ctypes.CDLL(path)


def call(name, *args):
    """Calls a kernel: tensors as pointers, None as null, integers as long, floats as float, the number of threads last."""
    out = []
    for a in args:
        if a is None or isinstance(a, torch.Tensor):
            assert a is None or a.is_contiguous(), name
            out.append(ctypes.c_void_p(a.data_ptr() if a is not None else None))
        elif isinstance(a, float):
            out.append(ctypes.c_float(a))
        elif isinstance(a, bool):
            out.append(ctypes.c_int(a))
        else:
            out.append(ctypes.c_long(a))
    getattr(library(), name)(*out, ctypes.c_int(torch.get_num_threads()))


class AddNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, add, w):
        n, d = x.shape
        total, y, inv = torch.empty_like(x), torch.empty(n, d, dtype=BF), torch.empty(n)
        call("norm_forward", x, add, w, total, y, inv, n, d)
        ctx.save_for_backward(total, w, inv)
        ctx.added = add is not None
        return total, y

    @staticmethod
    def backward(ctx, dtotal, dy):
        total, w, inv = ctx.saved_tensors
        n, d = total.shape
        dx, dadd, dw = torch.empty(n, d), torch.empty(n, d, dtype=BF) if ctx.added else None, torch.empty(d)
        call("norm_backward", dy.contiguous(), None if dtotal is None else dtotal.contiguous(), total, w, inv, dx, dadd, dw, n, d)
        return dx, dadd, dw


class Heads(torch.autograd.Function):
    @staticmethod
    def forward(ctx, qkv, cosine, sine, b, t, h, e):
        q, k, v = (torch.empty(b * h, t, e, dtype=BF) for _ in range(3))
        call("heads", qkv, q, k, v, cosine, sine, b, t, h, e, False)
        ctx.shape = (cosine, sine, b, t, h, e)
        return q, k, v

    @staticmethod
    def backward(ctx, dq, dk, dv):
        cosine, sine, b, t, h, e = ctx.shape
        dqkv = torch.empty(b * t, 3 * h * e, dtype=BF)
        call("heads", dqkv, dq.contiguous(), dk.contiguous(), dv.contiguous(), cosine, sine, b, t, h, e, True)
        return dqkv, None, None, None, None, None, None


class Attention(torch.autograd.Function):
    @staticmethod
    def forward(ctx, q, k, v):
        n, t, e = q.shape
        ctx.scale = 1 / math.sqrt(e)
        p = torch.bmm(q, k.transpose(1, 2))
        call("softmax_forward", p, n, t, ctx.scale)
        ctx.save_for_backward(q, k, v, p)
        return torch.bmm(p, v)

    @staticmethod
    def backward(ctx, do):
        q, k, v, p = ctx.saved_tensors
        n, t, _ = q.shape
        do = do.contiguous()
        dv = torch.bmm(p.transpose(1, 2), do)
        g = torch.bmm(do, v.transpose(1, 2))
        call("softmax_backward", p, g, n, t, ctx.scale)
        return torch.bmm(g, k), torch.bmm(g.transpose(1, 2), q), dv


class Gate(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        n, f = x.shape[0], x.shape[1] // 2
        y = torch.empty(n, f, dtype=BF)
        call("gate_forward", x, y, n, f)
        ctx.save_for_backward(x)
        return y

    @staticmethod
    def backward(ctx, dy):
        (x,) = ctx.saved_tensors
        dx = torch.empty_like(x)
        call("gate_backward", x, dy.contiguous(), dx, x.shape[0], x.shape[1] // 2)
        return dx


class Layer(torch.nn.Module):
    def __init__(self, c):
        super().__init__()
        d, f = c["width"], c["inner"]
        narrow = 1 / math.sqrt(2 * c["layers"])
        self.qkv = weight(3 * d, d)
        self.out = weight(d, d, narrow)
        self.gate = weight(2 * f, d)
        self.down = weight(d, f, narrow)
        self.norm1, self.norm2 = torch.nn.Parameter(torch.ones(d)), torch.nn.Parameter(torch.ones(d))


def weight(rows, columns, scale=1.0):
    return torch.nn.Parameter(torch.randn(rows, columns) * 0.6 / math.sqrt(columns) * scale)


class Net(torch.nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c = c
        self.embed = torch.nn.Parameter(torch.randn(c["vocabulary"], c["width"]))
        self.head = torch.nn.Parameter(torch.zeros(c["vocabulary"], c["width"]))
        self.layers = torch.nn.ModuleList(Layer(c) for _ in range(c["layers"]))
        self.norm = torch.nn.Parameter(torch.ones(c["width"]))
        e = c["width"] // c["heads"]
        turn = torch.arange(c["context"])[:, None] * frequencies(c)[None]
        self.register_buffer("cosine", turn.cos().contiguous(), False)
        self.register_buffer("sine", turn.sin().contiguous(), False)
        assert e % 2 == 0

    def forward(self, tokens, chosen, middle=None, looks=None):
        """Logits at the chosen flat positions; with middle, also the streams behind those layers at all positions, and how
        heads of the last layer look back, as logits over rows: looks are flat positions and the heads."""
        if self.embed.is_cuda:
            return self.smooth(tokens, chosen, middle, looks)
        b, t = tokens.shape
        c, between = self.c, []
        mm = lambda x, w: F.linear(x, w.to(BF))
        x, y = AddNorm.apply(F.embedding(tokens.reshape(-1), self.embed), None, self.layers[0].norm1)
        for i, l in enumerate(self.layers):
            q, k, v = Heads.apply(mm(y, l.qkv), self.cosine, self.sine, b, t, c["heads"], c["width"] // c["heads"])
            if i == c["layers"] - 1 and looks is not None:
                looks = pointing(q.view(b, c["heads"], t, -1), k.view(b, c["heads"], t, -1), looks)
            o = Attention.apply(q, k, v).view(b, c["heads"], t, -1).transpose(1, 2).reshape(b * t, c["width"])
            last = i == c["layers"] - 1
            if last:
                o, x = o[chosen], x[chosen]
            x, y = AddNorm.apply(x, mm(o, l.out), l.norm2)
            x, y = AddNorm.apply(x, mm(Gate.apply(mm(y, l.gate)), l.down), self.norm if last else self.layers[i + 1].norm1)
            if i in (middle or ()):
                between.append(x)
        logits = mm(y, self.head).float()
        return logits if middle is None else (logits, between, looks)

    def smooth(self, tokens, chosen, middle=None, looks=None):
        """The same as forward in PyTorch's own operations."""
        b, t = tokens.shape
        c, between = self.c, []
        h, e = c["heads"], c["width"] // c["heads"]
        cosine, sine = self.cosine[:t], self.sine[:t]

        fast = fused if torch.is_grad_enabled() else lambda part: part
        x = F.embedding(tokens, self.embed)
        for i, l in enumerate(self.layers):
            q, k, v = fast(ahead)(x, l.norm1, l.qkv, cosine, sine, h, e)
            if i == c["layers"] - 1 and looks is not None:
                looks = pointing(q, k, looks)
            o = attend(q, k, v).transpose(1, 2).reshape(b * t, c["width"])
            x = x.reshape(b * t, c["width"])
            if i == c["layers"] - 1:
                x = behind(x.index_select(0, chosen), o.index_select(0, chosen), l.out, l.norm2, l.gate, l.down)
            else:
                x = fast(behind)(x, o, l.out, l.norm2, l.gate, l.down)
                x = x.view(b, t, c["width"])
            if i in (middle or ()):
                between.append(x.reshape(b * t, -1))
        logits = product(rms(x, self.norm), self.head).float()
        return logits if middle is None else (logits, between, looks)


def product(x, w):
    return F.linear(x.to(BF), w.to(BF))


def ahead(x, norm, qkv, cosine, sine, h, e):
    """What attention needs of a layer's input: queries, keys and values, turned by their places."""
    b, t, _ = x.shape
    q, k, v = product(rms(x, norm), qkv).view(b, t, 3, h, e).permute(2, 0, 3, 1, 4)

    def turn(x):
        a, b = x[..., 0::2].float(), x[..., 1::2].float()
        return torch.stack((a * cosine - b * sine, a * sine + b * cosine), -1).flatten(-2).to(BF)

    return turn(q), turn(k), v.contiguous()


def behind(x, o, out, norm, gate, down):
    """The rest of a layer: what attention found is added to the stream, and what the gates make of it."""
    x = x + product(o, out).float()
    g, up = product(rms(x, norm), gate).chunk(2, -1)
    return x + product(F.silu(g.float()) * up.float(), down).float()


@functools.lru_cache(None)
def fused(part):
    """A part of a layer compiled for a GPU; as it is where that is not possible or CHIRON_FUSED=0 forbids it."""
    if os.environ.get("CHIRON_FUSED") == "0" or not hasattr(torch, "compile"):
        return part
    compiled = torch.compile(part)

    def run(*tensors):
        for x in tensors:
            if isinstance(x, torch.Tensor) and not isinstance(x, torch.nn.Parameter):  # not the weights, whose sizes are known
                for i in range(x.dim() - 1):
                    torch._dynamo.maybe_mark_dynamic(x, i)
        return compiled(*tensors)
    return run


def pointing(q, k, looks):
    """The scores of attention from flat positions to their rows, each of a head of its own."""
    (at, head), t = looks, q.shape[2]
    scores = torch.einsum("ne,nte->nt", q[at // t, head, at % t].float(), k[at // t, head].float()) / math.sqrt(q.shape[-1])
    return scores.masked_fill(torch.arange(t, device=at.device)[None] > (at % t)[:, None], -1e9)


def rms(x, w):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + EPS) * w


def attend(q, k, v):
    """Causal attention."""
    if hasattr(F, "scaled_dot_product_attention"):
        return F.scaled_dot_product_attention(q, k, v, is_causal=True)
    a = (q @ k.transpose(-1, -2)).float() / math.sqrt(q.shape[-1])
    return (a + torch.full(a.shape[-2:], -1e9).triu(1)).softmax(-1).to(BF) @ v


def frequencies(c):
    e = c["width"] // c["heads"]
    return c["theta"] ** (-torch.arange(0, e, 2).float() / e)


@torch.no_grad()
def induction(net):
    """Sets the start that can copy: two heads of layer 0 fetch the tokens one and two places back, two heads of layer 1
    find where what stands before the present token stood earlier and fetch what came after, and the output reads them."""
    c = net.c
    d, e = c["width"], c["width"] // c["heads"]
    first, second = net.layers[0], net.layers[1]
    freq = frequencies(c)
    net.embed.normal_()
    net.embed[:, 0] = 4.0  # a constant that queries and keys by position are made of

    def basis(rows, columns):
        q, _ = torch.linalg.qr(torch.randn(max(rows, columns), min(rows, columns)))
        return q if rows >= columns else q.T.contiguous()

    def parts(layer, head):
        w = layer.qkv
        return (w[i * d + head * e:i * d + (head + 1) * e] for i in range(3))

    read = basis(e, d)
    read[:, 0] = 0
    write = []
    for head, back in ((0, 1), (1, 2)):
        q, k, v = parts(first, head)
        q[16:].mul_(0.3)
        k[16:].mul_(0.3)
        q[:16], k[:16] = 0, 0
        for p in range(8):
            q[2 * p, 0] = 2.2
            k[2 * p, 0], k[2 * p + 1, 0] = 2.2 * math.cos(freq[p] * back), 2.2 * math.sin(freq[p] * back)
        v.copy_(read)
        w = basis(d, e)
        w[0] = 0
        first.out[:, head * e:(head + 1) * e] = w
        write.append(w)
    low, gain = 20, 1.6  # pairs that turn slowly enough to compare contents from afar
    copied = torch.zeros(d, d)
    for head in (0, 1):
        q, k, v = parts(second, head)
        q[:low].mul_(0.3)
        k[:low].mul_(0.3)
        if head == 0:  # the present token is what stood before
            q[low:], k[low:] = gain * read[:e - low], gain * write[0].T[:e - low]
        else:  # and so is the token before it
            n = (e - low) // 2
            q[low:low + n], k[low:low + n] = gain * read[:n], gain * write[0].T[:n]
            q[low + n:], k[low + n:] = gain * write[0].T[:n], gain * write[1].T[:n]
        fetch, put = basis(e, d), basis(d, e)
        fetch[:, 0], put[0] = 0, 0
        v.copy_(fetch)
        second.out[:, head * e:(head + 1) * e] = 1.5 * put
        copied += put @ fetch
    net.head.copy_(0.06 * net.embed @ copied.T)


@torch.no_grad()
def plain(net, tokens):
    """Logits at all positions of one row, in fp32 without kernels: what a conversion is held against."""
    c, n = net.c, len(tokens)
    h, e = c["heads"], c["width"] // c["heads"]

    def turn(x):
        a, b = x[..., 0::2], x[..., 1::2]
        co, si = net.cosine[:n], net.sine[:n]
        return torch.stack((a * co - b * si, a * si + b * co), -1).flatten(-2)

    x = net.embed[torch.tensor(tokens)]
    mask = torch.full((n, n), -1e9).triu(1)
    for l in net.layers:
        q, k, v = (rms(x, l.norm1) @ l.qkv.T).view(n, 3, h, e).permute(1, 2, 0, 3)
        a = (turn(q) @ turn(k).transpose(-1, -2) / math.sqrt(e) + mask).softmax(-1)
        x = x + (a @ v).transpose(0, 1).reshape(n, h * e) @ l.out.T
        g, u = (rms(x, l.norm2) @ l.gate.T).chunk(2, -1)
        x = x + (F.silu(g) * u) @ l.down.T
    return rms(x, net.norm) @ net.head.T
