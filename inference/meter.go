package inference

import "sync"

const (
	// reserve is for the tokens of the template around the messages.
	reserve = 64
	// minMeasured is the bytes of text below which a prompt says too little about its model's tokenizer.
	minMeasured = 500
)

// meter estimates prompt sizes in tokens and learns each model's bytes per token from Ollama's own counts. The zero value is
// ready.
type meter struct {
	mu       sync.Mutex
	perToken map[string]float64
}

func weigh(r Request) (bytes, images int) {
	for _, m := range r.Messages {
		bytes += len(m.Text)
		images += len(m.Images)
	}
	return bytes, images
}

// estimate is the expected number of prompt tokens.
func (m *meter) estimate(r Request, p Profile) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	ratio := p.CharsPerToken
	if known, ok := m.perToken[r.Model]; ok {
		ratio = known
	}
	bytes, images := weigh(r)
	return int(float64(bytes)/ratio) + images*p.ImageTokens
}

// learn takes in what Ollama counted. Only text tells; a prompt with pictures is taken without what they should cost.
func (m *meter) learn(r Request, p Profile, counted int) {
	bytes, images := weigh(r)
	tokens := counted - images*p.ImageTokens
	if bytes < minMeasured || tokens <= 0 {
		return
	}
	// No tokenizer packs fewer than one or, on prose, more than eight bytes into a token.
	ratio := min(max(float64(bytes)/float64(tokens), 1), 8)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.perToken == nil {
		m.perToken = map[string]float64{}
	}
	// The lowest ratio seen, given up slowly: an estimate that is too high only refuses early.
	if old, ok := m.perToken[r.Model]; ok && ratio > old {
		ratio = old + (ratio-old)/16
	}
	m.perToken[r.Model] = ratio
}

// seemsCut reports whether a count is so far below the estimate that part of the prompt must be missing.
func seemsCut(r Request, estimated, counted int) bool {
	bytes, images := weigh(r)
	return (bytes >= minMeasured || images > 0) && counted*2 < estimated
}
