"""Writes a checkpoint as GGUF: architecture llama, matrices in f16 or q8_0, norms in f32."""
import argparse
import struct

import numpy as np
import torch

import bpe

U32, I32, F32, BOOL, STRING, ARRAY = 4, 5, 6, 7, 8, 9
F16_TENSOR, F32_TENSOR, Q8_TENSOR = 1, 0, 8
ALIGN = 32


def string(s):
    b = s.encode()
    return struct.pack("<Q", len(b)) + b


class Writer:
    def __init__(self):
        self.keys, self.tensors = [], []

    def key(self, name, kind, value):
        form = {U32: "<I", F32: "<f", BOOL: "<?"}
        body = string(value) if kind == STRING else struct.pack(form[kind], value)
        self.keys.append(string(name) + struct.pack("<I", kind) + body)

    def array(self, name, kind, values):
        body = b"".join(string(v) for v in values) if kind == STRING else struct.pack(f"<{len(values)}i", *values)
        self.keys.append(string(name) + struct.pack("<IIQ", ARRAY, kind, len(values)) + body)

    def tensor(self, name, x, q8):
        a = np.ascontiguousarray(x.detach().float().numpy())
        if a.ndim == 1:
            kind, data = F32_TENSOR, a.astype("<f4").tobytes()
        elif q8:
            kind, data = Q8_TENSOR, quantized(a)
        else:
            kind, data = F16_TENSOR, a.astype("<f2").tobytes()
        self.tensors.append((name, a.shape, kind, data + b"\0" * (-len(data) % ALIGN)))

    def write(self, path):
        head, at = [b"GGUF", struct.pack("<IQQ", 3, len(self.tensors), len(self.keys)), *self.keys], 0
        for name, shape, kind, data in self.tensors:
            dims = struct.pack(f"<{len(shape)}Q", *reversed(shape))
            head.append(string(name) + struct.pack("<I", len(shape)) + dims + struct.pack("<IQ", kind, at))
            at += len(data)
        head = b"".join(head)
        with open(path, "wb") as f:
            f.write(head + b"\0" * (-len(head) % ALIGN))
            for _, _, _, data in self.tensors:
                f.write(data)


def quantized(a):
    """Blocks of 32 numbers as one f16 scale and 32 signed bytes."""
    blocks = a.reshape(-1, 32)
    scale = (np.abs(blocks).max(1, keepdims=True) / 127).astype("<f4")
    whole = np.round(np.divide(blocks, scale, out=np.zeros_like(blocks), where=scale > 0)).astype("i1")
    out = np.empty(len(blocks), dtype=[("d", "<f2"), ("q", "i1", 32)])
    out["d"], out["q"] = scale[:, 0], whole
    return out.tobytes()


def read(path):
    """The keys and the tensors (fp32, in the order of their dimensions here) of a GGUF that this program wrote."""
    with open(path, "rb") as f:
        b = f.read()
    at = 4

    def take(form):
        nonlocal at
        x = struct.unpack_from(form, b, at)
        at += struct.calcsize(form)
        return x if len(x) > 1 else x[0]

    def text():
        nonlocal at
        n = take("<Q")
        at += n
        return b[at - n:at].decode()

    def value(kind):
        if kind == STRING:
            return text()
        if kind == ARRAY:
            inner, n = take("<IQ")
            return [value(inner) for _ in range(n)]
        return take({U32: "<I", I32: "<i", F32: "<f", BOOL: "<?"}[kind])

    _, tensors, count = take("<IQQ")
    keys = {text(): value(take("<I")) for _ in range(count)}
    heads = []
    for _ in range(tensors):
        name, n = text(), take("<I")
        heads.append((name, [take("<Q") for _ in range(n)][::-1], *take("<IQ")))
    start, out = -(-at // ALIGN) * ALIGN, {}
    for name, shape, kind, offset in heads:
        n, data = int(np.prod(shape)), memoryview(b)[start + offset:]
        if kind == Q8_TENSOR:
            blocks = np.frombuffer(data, dtype=[("d", "<f2"), ("q", "i1", 32)], count=n // 32)
            a = blocks["d"].astype("<f4")[:, None] * blocks["q"]
        else:
            a = np.frombuffer(data, dtype="<f2" if kind == F16_TENSOR else "<f4", count=n)
        out[name] = torch.from_numpy(a.astype("<f4").reshape(shape).copy())
    return keys, out


PARTS = (("attn_norm", "norm1"), ("attn_output", "out"), ("ffn_norm", "norm2"), ("ffn_down", "down"))


def checkpoint_of(path):
    """What train.py can go on from, and the tokenizer, out of a GGUF. The helper losses and the optimizers begin anew."""
    keys, t = read(path)
    k = lambda name: keys["llama." + name]
    shape = {"vocabulary": k("vocab_size"), "width": k("embedding_length"), "layers": k("block_count"), "heads": k("attention.head_count"),
             "inner": k("feed_forward_length"), "context": k("context_length"), "theta": k("rope.freq_base")}
    net = {"embed": t["token_embd.weight"], "norm": t["output_norm.weight"], "head": t["output.weight"]}
    for i in range(shape["layers"]):
        of = lambda name: t[f"blk.{i}.{name}.weight"]
        net.update({f"layers.{i}.{ours}": of(theirs) for theirs, ours in PARTS})
        net[f"layers.{i}.qkv"] = torch.cat([of("attn_q"), of("attn_k"), of("attn_v")])
        net[f"layers.{i}.gate"] = torch.cat([of("ffn_gate"), of("ffn_up")])
    tok = bpe.Tokenizer(keys["tokenizer.ggml.tokens"], keys["tokenizer.ggml.merges"])
    return {"net": net, "shape": shape, "memory": [], "seconds": 0.0, "tokens": 0, "steps": 0, "shards": {}, "reach": float(shape["context"]), "done": 0.0}, tok


def export(checkpoint, tokenizer, path, q8=False, name="chiron-little"):
    c = torch.load(checkpoint, map_location="cpu")
    tok, p, s = bpe.load(tokenizer), c["net"], c["shape"]
    w, head = Writer(), s["width"] // s["heads"]
    w.key("general.architecture", STRING, "llama")
    w.key("general.name", STRING, name)
    w.key("general.file_type", U32, 7 if q8 else 1)
    w.key("general.quantization_version", U32, 2)
    for key, value in (("block_count", s["layers"]), ("context_length", s["context"]), ("embedding_length", s["width"]),
                       ("feed_forward_length", s["inner"]), ("attention.head_count", s["heads"]), ("attention.head_count_kv", s["heads"]),
                       ("attention.key_length", head), ("attention.value_length", head), ("rope.dimension_count", head), ("vocab_size", s["vocabulary"])):
        w.key("llama." + key, U32, value)
    w.key("llama.attention.layer_norm_rms_epsilon", F32, 1e-5)
    w.key("llama.rope.freq_base", F32, s["theta"])
    w.key("tokenizer.ggml.model", STRING, "gpt2")
    w.key("tokenizer.ggml.pre", STRING, "llama-bpe")
    w.array("tokenizer.ggml.tokens", STRING, tok.tokens)
    w.array("tokenizer.ggml.token_type", I32, [3 if t in bpe.SPECIAL else 1 for t in tok.tokens])
    w.array("tokenizer.ggml.merges", STRING, tok.merges)
    w.key("tokenizer.ggml.bos_token_id", U32, tok.begin)
    w.key("tokenizer.ggml.eos_token_id", U32, tok.end)
    w.key("tokenizer.ggml.padding_token_id", U32, tok.pad)
    w.key("tokenizer.ggml.add_bos_token", BOOL, False)
    w.key("tokenizer.ggml.add_eos_token", BOOL, False)
    w.tensor("token_embd.weight", p["embed"], q8)
    w.tensor("output_norm.weight", p["norm"], q8)
    w.tensor("output.weight", p["head"], q8)
    for i in range(s["layers"]):
        at, to = f"layers.{i}.", f"blk.{i}."
        q, k, v = p[at + "qkv"].chunk(3)
        gate, up = p[at + "gate"].chunk(2)
        for name, x in (("attn_norm", p[at + "norm1"]), ("attn_q", q), ("attn_k", k), ("attn_v", v), ("attn_output", p[at + "out"]),
                        ("ffn_norm", p[at + "norm2"]), ("ffn_gate", gate), ("ffn_up", up), ("ffn_down", p[at + "down"])):
            w.tensor(f"{to}{name}.weight", x, q8)
    w.write(path)


if __name__ == "__main__":
    ap = argparse.ArgumentParser()
    ap.add_argument("--run", default="build/training/run")
    ap.add_argument("--out", default="build/training/little.gguf")
    ap.add_argument("--q8", action="store_true")
    a = ap.parse_args()
    export(a.run + "/checkpoint.pt", a.run + "/tokenizer.json", a.out, a.q8)
