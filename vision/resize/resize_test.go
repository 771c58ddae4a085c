package resize_test

import (
	"encoding/json"
	"os"
	"testing"

	"chiron/step"
	"chiron/vision/resize"
)

// TestSizesAsOllamasOwnProcessors compares with what the processors of Ollama's module asked for when they were run
// (testdata/generate.sh).
func TestSizesAsOllamasOwnProcessors(t *testing.T) {
	data, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []struct {
		Family   string
		From, To [2]int
	}
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	families, refused := map[string]int{}, 0
	for _, l := range all {
		got, ok := resize.Of(l.Family, step.Size{W: l.From[0], H: l.From[1]})
		if want := (step.Size{W: l.To[0], H: l.To[1]}); got != want || ok != (want != step.Size{}) {
			t.Errorf("%s: %v becomes %v (%v), in Ollama %v", l.Family, l.From, got, ok, want)
		}
		if families[l.Family]++; !ok {
			refused++
		}
	}
	if len(families) != 9 || len(all) < 1500 || refused == 0 {
		t.Errorf("the golden file holds %v, %d of them refused", families, refused)
	}
	for _, family := range []string{"qwen25vl", "qwen3vl", "mistral3"} {
		if got, ok := resize.Of(family, step.Viewport()); !ok || got != step.Viewport() {
			t.Errorf("%s scales a whole frame to %v", family, got)
		}
	}
	if _, ok := resize.Of("phi", step.Viewport()); ok {
		t.Error("an unknown architecture is known")
	}
}
