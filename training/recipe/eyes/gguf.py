"""Writes a checkpoint as GGUF: architecture mistral3, matrices in f16, norms in f32."""
import argparse
import os

import torch

import eyes
from draw import PATCH, WIDTH
from export import BOOL, F32, I32, STRING, U32, Writer

SPECIAL = ["<unk>", "<s>", "</s>", "[INST]", "[/INST]", "<5>", "<6>", "<7>", "<8>", "<9>", "[IMG]", "<11>", "[IMG_BREAK]", "[IMG_END]"]


def tokens():
    """The special tokens and the 256 bytes, in the notation of byte-level BPE."""
    out = list(SPECIAL)
    for b in range(256):
        out.append(chr(0x143) if b == 0xad else chr(b + 0x100) if b <= 0x20 else chr(b + 0xa2) if 0x7f <= b <= 0xa0 else chr(b))
    return out


def keys(w, c):
    head = c["width"] // c["heads"]
    w.key("general.architecture", STRING, "mistral3")
    w.key("general.name", STRING, "chiron-eyes")
    w.key("general.file_type", U32, 1)
    for name, value in (("block_count", c["layers"]), ("context_length", 2048), ("embedding_length", c["width"]), ("feed_forward_length", c["inner"]),
                        ("attention.head_count", c["heads"]), ("attention.head_count_kv", c["heads"]), ("attention.key_length", head), ("attention.value_length", head),
                        ("rope.dimension_count", c["turned"]), ("vocab_size", eyes.VOCABULARY), ("spatial_merge_size", 2),
                        ("vision.block_count", c["eye_layers"]), ("vision.embedding_length", c["width"]), ("vision.feed_forward_length", c["inner"]),
                        ("vision.attention.head_count", c["heads"]), ("vision.attention.key_length", head), ("vision.image_size", WIDTH),
                        ("vision.longest_edge", WIDTH), ("vision.patch_size", PATCH), ("vision.num_channels", 3)):
        w.key("mistral3." + name, U32, value)
    w.key("mistral3.attention.layer_norm_rms_epsilon", F32, eyes.EPS)
    w.key("mistral3.rope.freq_base", F32, 10000.0)
    w.key("tokenizer.ggml.model", STRING, "gpt2")
    w.key("tokenizer.ggml.pre", STRING, "default")
    w.array("tokenizer.ggml.tokens", STRING, tokens())
    w.array("tokenizer.ggml.token_type", I32, [3] * len(SPECIAL) + [1] * 256)
    w.array("tokenizer.ggml.merges", STRING, [])
    w.key("tokenizer.ggml.bos_token_id", U32, eyes.BOS)
    w.key("tokenizer.ggml.eos_token_id", U32, eyes.EOS)
    w.key("tokenizer.ggml.add_bos_token", BOOL, True)
    w.key("tokenizer.ggml.add_eos_token", BOOL, False)


def export(checkpoint, path):
    c = torch.load(checkpoint, map_location="cpu")
    p, c = c["net"], c["shape"]
    w = Writer()
    keys(w, c)

    def layer(at, to):
        q, k, v = p[at + "qkv"].chunk(3)
        gate, up = p[at + "gate"].chunk(2)
        for name, x in (("attn_norm", p[at + "norm1"]), ("attn_q", q), ("attn_k", k), ("attn_v", v), ("attn_output", p[at + "out"]),
                        ("ffn_norm", p[at + "norm2"]), ("ffn_gate", gate), ("ffn_up", up), ("ffn_down", p[at + "down"])):
            w.tensor(f"{to}{name}.weight", x, False)

    for name, x in (("token_embd", p["embed"]), ("output_norm", p["norm"]), ("output", p["head"]), ("v.patch_conv", p["patch"].view(c["width"], 3, PATCH, PATCH)), ("v.encoder_norm", p["eye_norm"]),
                    ("mm.norm", p["out_norm"]), ("mm.patch_merger.merging_layer", p["merge"]), ("mm.linear_1", p["linear1"]), ("mm.linear_2", p["linear2"])):
        w.tensor(name + ".weight", x, False)
    for i in range(c["layers"]):
        layer(f"layers.{i}.", f"blk.{i}.")
    for i in range(c["eye_layers"]):
        layer(f"eye.{i}.", f"v.blk.{i}.")
    w.write(path)


if __name__ == "__main__":
    ap = argparse.ArgumentParser()
    ap.add_argument("--run", default="build/training/eyes")
    ap.add_argument("--out", default="build/training/eyes.gguf")
    a = ap.parse_args()
    export(os.path.join(a.run, "checkpoint.pt"), a.out)
