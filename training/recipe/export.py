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
