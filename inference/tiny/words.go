package tiny

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"github.com/ollama/ollama/fs/ggml"
	"github.com/ollama/ollama/tokenizer"
)

// Words is a vocabulary of byte-level BPE, as large as those of real models: with it a tiny model reads prompts in as many
// tokens as they do.
type Words struct {
	tokens []string
	types  []int32
	merges []string
	bpe    tokenizer.BytePairEncoding
}

// specials stand behind the words, in the order of the template's needs.
var specials = [...]string{"<s>", "</s>", "[INST]", "[/INST]", "[SYS]", "[/SYS]"}

// pieces is how the architecture splits a text before it merges; single digits, as most families do.
const pieces = `[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`

// WordsIn is where Ollama's module, unpacked in module, keeps a vocabulary of 128,000 words for its own tests.
func WordsIn(module string) string {
	return filepath.Join(module, "tokenizer", "testdata", "llama3.2")
}

// ReadWords reads a vocabulary from the files encoder.json and vocab.bpe of a directory.
func ReadWords(dir string) (*Words, error) {
	w, err := readWords(dir)
	if err != nil {
		return nil, fmt.Errorf("read the vocabulary: %w", err)
	}
	return w, nil
}

func readWords(dir string) (*Words, error) {
	data, err := os.ReadFile(filepath.Join(dir, "encoder.json"))
	if err != nil {
		return nil, err
	}
	ids := map[string]int{}
	if err := json.Unmarshal(data, &ids); err != nil {
		return nil, err
	}
	w := &Words{tokens: make([]string, len(ids)), types: make([]int32, len(ids))}
	for token, id := range ids {
		if id < 0 || id >= len(ids) || w.tokens[id] != "" {
			return nil, fmt.Errorf("the numbers of its %d words have holes (%d)", len(ids), id)
		}
		w.tokens[id], w.types[id] = token, typeNormal
	}
	for _, token := range specials {
		w.tokens, w.types = append(w.tokens, token), append(w.types, typeControl)
	}
	f, err := os.Open(filepath.Join(dir, "vocab.bpe"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if !strings.HasPrefix(lines.Text(), "#") {
			w.merges = append(w.merges, lines.Text())
		}
	}
	w.bpe = tokenizer.NewBytePairEncoding(&tokenizer.Vocabulary{Values: w.tokens, Types: w.types, Merges: w.merges}, pieces)
	return w, lines.Err()
}

// Count is how many tokens a text has, without those of a template.
func (w *Words) Count(text string) (int, error) {
	ids, err := w.bpe.Encode(text, false)
	return len(ids), err
}

// WriteText writes a model without eyes that reads these words, replacing what was there.
func (w *Words) WriteText(path string, seed int64) error {
	kv := config()
	for key := range kv {
		if strings.HasPrefix(key, "mistral3.vision.") || strings.HasPrefix(key, "mistral3.spatial") {
			delete(kv, key)
		}
	}
	first := uint32(len(w.tokens) - len(specials))
	kv["general.name"], kv["mistral3.vocab_size"] = "tiny-words", uint32(len(w.tokens))
	kv["tokenizer.ggml.tokens"], kv["tokenizer.ggml.token_type"], kv["tokenizer.ggml.merges"] = w.tokens, w.types, w.merges
	kv["tokenizer.ggml.bos_token_id"], kv["tokenizer.ggml.eos_token_id"] = first, first+1
	g := weights{rand.New(rand.NewPCG(uint64(seed), 1))}
	tensors := append([]*ggml.Tensor{
		g.random("token_embd.weight", 1, width, len(w.tokens)),
		ones("output_norm.weight", width),
		g.random("output.weight", 1/math.Sqrt(width), width, len(w.tokens)),
	}, g.block("blk.0.", "ffn_norm", width, inner)...)
	if err := save(path, kv, tensors); err != nil {
		return fmt.Errorf("tiny model: %w", err)
	}
	return nil
}
