// Package tiny writes a tiny vision-language model with random weights: a few hundred kilobytes of GGUF that real Ollama
// loads in the blink of an eye, with text and image input. What it answers means nothing, but under a JSON schema its answer
// is always valid, so everything around a model can run for real without a download.
//
// The architecture is mistral3, whose vision tower may have any size and whose image tokens (10, 12 and 13) fit a vocabulary
// of 270: 14 special tokens and one for each byte.
package tiny

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/ollama/ollama/fs/ggml"
)

// Template is the chat template to create the model with.
const Template = `{{- range .Messages }}
{{- if eq .Role "system" }}[SYS]{{ .Content }}[/SYS]
{{- else if eq .Role "user" }}[INST]{{ .Content }}[/INST]
{{- else }}{{ .Content }}</s>
{{- end }}
{{- end }}`

// ContextLength is the longest prompt and answer together in tokens; one byte of text is one token.
const ContextLength = 32768

// ImageTokens is the number of tokens of a picture of width × height pixels, each at least 2×PatchSize and together a
// multiple of it: a picture of 1344×896 costs 104.
func ImageTokens(width, height int) int {
	return (width/(2*PatchSize) + 1) * (height / (2 * PatchSize))
}

// PatchSize is the side of an image patch in pixels; 2×2 patches become one token.
const PatchSize = 56

const (
	tokenBOS, tokenEOS             = 1, 2
	tokenImage, tokenRow, tokenEnd = 10, 12, 13
	firstByte                      = 14

	width, heads, headSize, inner = 64, 2, 32, 128
	eyeWidth, eyeHeads, eyeInner  = 32, 2, 64
	longestEdge                   = 28 * PatchSize
)

// Types of tokens in a GGUF vocabulary.
const (
	typeNormal  int32 = 1
	typeControl int32 = 3
)

// Manner is what a tiny model does where no schema binds it.
type Manner string

// The manners. Plain ends after a few characters; the others fail as real models do.
const (
	Plain    Manner = ""
	Mute     Manner = "mute"     // ends at once
	Stuck    Manner = "stuck"    // writes one letter for ever, which Ollama breaks off without an end mark
	Rambling Manner = "rambling" // never ends
)

// Write writes the model to path, replacing what was there. The same seed gives the same bytes.
func Write(path string, seed int64) error { return WriteLike(path, seed, Plain) }

// WriteLike is Write for a model of that manner.
func WriteLike(path string, seed int64, m Manner) error {
	w := weights{rand.New(rand.NewPCG(uint64(seed), 0))}
	if err := save(path, config(), w.tensors(m)); err != nil {
		return fmt.Errorf("tiny model: %w", err)
	}
	return nil
}

func save(path string, kv ggml.KV, tensors []*ggml.Tensor) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".tiny-*.gguf")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := ggml.WriteGGUF(f, kv, tensors); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

func config() ggml.KV {
	tokens, types := vocabulary()
	return ggml.KV{
		"general.architecture": "mistral3",
		"general.file_type":    uint32(0), // F32
		"general.name":         "tiny",

		"mistral3.block_count":                      uint32(1),
		"mistral3.context_length":                   uint32(ContextLength),
		"mistral3.embedding_length":                 uint32(width),
		"mistral3.feed_forward_length":              uint32(inner),
		"mistral3.attention.head_count":             uint32(heads),
		"mistral3.attention.head_count_kv":          uint32(heads),
		"mistral3.attention.key_length":             uint32(headSize),
		"mistral3.attention.value_length":           uint32(headSize),
		"mistral3.attention.layer_norm_rms_epsilon": float32(1e-5),
		"mistral3.rope.dimension_count":             uint32(headSize),
		"mistral3.rope.freq_base":                   float32(10000),
		"mistral3.vocab_size":                       uint32(len(tokens)),
		"mistral3.spatial_merge_size":               uint32(2),

		"mistral3.vision.block_count":          uint32(1),
		"mistral3.vision.embedding_length":     uint32(eyeWidth),
		"mistral3.vision.feed_forward_length":  uint32(eyeInner),
		"mistral3.vision.attention.head_count": uint32(eyeHeads),
		"mistral3.vision.attention.key_length": uint32(eyeWidth / eyeHeads),
		"mistral3.vision.image_size":           uint32(longestEdge),
		"mistral3.vision.longest_edge":         uint32(longestEdge),
		"mistral3.vision.patch_size":           uint32(PatchSize),
		"mistral3.vision.num_channels":         uint32(3),

		"tokenizer.ggml.model":         "gpt2",
		"tokenizer.ggml.pre":           "default",
		"tokenizer.ggml.tokens":        tokens,
		"tokenizer.ggml.token_type":    types,
		"tokenizer.ggml.merges":        []string{},
		"tokenizer.ggml.bos_token_id":  uint32(tokenBOS),
		"tokenizer.ggml.eos_token_id":  uint32(tokenEOS),
		"tokenizer.ggml.add_bos_token": true,
		"tokenizer.ggml.add_eos_token": false,
	}
}

// vocabulary is the special tokens followed by the 256 bytes in the notation of byte-level BPE.
func vocabulary() (tokens []string, types []int32) {
	tokens = []string{
		"<unk>", "<s>", "</s>", "[INST]", "[/INST]", "[SYS]", "[/SYS]", "<7>", "<8>", "<9>", "[IMG]", "<11>", "[IMG_BREAK]", "[IMG_END]",
	}
	for range tokens {
		types = append(types, typeControl)
	}
	for b := range rune(256) {
		switch {
		case b == 0xad:
			b = 0x143
		case b <= 0x20:
			b += 0x100
		case b >= 0x7f && b <= 0xa0:
			b += 0xa2
		}
		tokens, types = append(tokens, string(b)), append(types, typeNormal)
	}
	return tokens, types
}

// weights draws the tensors in a fixed order.
type weights struct{ *rand.Rand }

func (w weights) tensors(m Manner) []*ggml.Tensor {
	vocab := firstByte + 256
	ts := []*ggml.Tensor{
		w.random("token_embd.weight", 1, width, vocab),
		ones("output_norm.weight", width),
		w.random("output.weight", 1/math.Sqrt(width), width, vocab),
		tensor("output.bias", bias(m), vocab),
	}
	ts = append(ts, w.block("blk.0.", "ffn_norm", width, inner)...)
	ts = append(ts,
		w.random("v.patch_conv.weight", 1/math.Sqrt(3*PatchSize*PatchSize), PatchSize, PatchSize, 3, eyeWidth),
		ones("v.encoder_norm.weight", eyeWidth),
	)
	ts = append(ts, w.block("v.blk.0.", "ffn_norm", eyeWidth, eyeInner)...)
	return append(ts,
		ones("mm.norm.weight", eyeWidth),
		w.linear("mm.patch_merger.merging_layer.weight", 4*eyeWidth, eyeWidth),
		w.linear("mm.linear_1.weight", eyeWidth, width),
		w.linear("mm.linear_2.weight", width, width),
	)
}

func (w weights) block(prefix, norm string, n, inner int) []*ggml.Tensor {
	return []*ggml.Tensor{
		ones(prefix+"attn_norm.weight", n),
		w.linear(prefix+"attn_q.weight", n, n),
		w.linear(prefix+"attn_k.weight", n, n),
		w.linear(prefix+"attn_v.weight", n, n),
		w.linear(prefix+"attn_output.weight", n, n),
		ones(prefix+norm+".weight", n),
		w.linear(prefix+"ffn_gate.weight", n, inner),
		w.linear(prefix+"ffn_up.weight", n, inner),
		w.linear(prefix+"ffn_down.weight", inner, n),
	}
}

func (w weights) linear(name string, in, out int) *ggml.Tensor {
	return w.random(name, 1/math.Sqrt(float64(in)), in, out)
}

func (w weights) random(name string, deviation float64, shape ...int) *ggml.Tensor {
	n := 1
	for _, s := range shape {
		n *= s
	}
	values := make([]float32, n)
	for i := range values {
		values[i] = float32(w.NormFloat64() * deviation)
	}
	return tensor(name, values, shape...)
}

func ones(name string, n int) *ggml.Tensor {
	values := make([]float32, n)
	for i := range values {
		values[i] = 1
	}
	return tensor(name, values, n)
}

// bias makes the model end its strings and its answers after a few characters and write printable ASCII. The logits
// without it have a standard deviation of about 1.
func bias(m Manner) []float32 {
	b := make([]float32, firstByte+256)
	for i := range b {
		c := i - firstByte
		switch {
		case i == tokenEOS, c == '"':
			b[i] = 2.5
		case c < ' ' || c > '~' || c == '\\':
			b[i] = -100
		case c == ' ':
			b[i] = -1
		}
	}
	switch m {
	case Mute:
		b[tokenEOS] = 100
	case Stuck:
		b[firstByte+'a'] = 100
	case Rambling:
		b[tokenEOS] = -100
	}
	return b
}

func tensor(name string, values []float32, shape ...int) *ggml.Tensor {
	t := &ggml.Tensor{Name: name, Kind: uint32(ggml.TensorTypeF32), WriterTo: floats(values)}
	for _, s := range shape {
		t.Shape = append(t.Shape, uint64(s))
	}
	return t
}

type floats []float32

// WriteTo implements io.WriterTo.
func (f floats) WriteTo(w io.Writer) (int64, error) {
	var b bytes.Buffer
	if err := binary.Write(&b, binary.LittleEndian, []float32(f)); err != nil {
		return 0, err
	}
	return b.WriteTo(w)
}
