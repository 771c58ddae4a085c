package bundled_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"chiron/inference"
	"chiron/inference/bundled"
	"chiron/inference/inferencetest"
	"chiron/inference/tiny"
)

// TestABundledModelInstallsItselfOnce puts stand-in weights into real Ollama.
func TestABundledModelInstallsItselfOnce(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := inferencetest.Start(t, []string{exe, "guard"})
	m, other := standIn(t, 2), standIn(t, 3)
	if m.Name == other.Name {
		t.Fatal("other weights have the same name")
	}
	var first inference.Model
	for range 2 {
		if err := m.Install(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		got := find(t, c, m.Name)
		if first.Name != "" && !got.Modified.Equal(first.Modified) {
			t.Error("the second start made the model again")
		}
		first = got
	}
	if d, err := c.Show(t.Context(), m.Name); err != nil || d.Template != bundled.Template {
		t.Errorf("%+v, %v", d, err)
	}
	r := inference.Request{Model: m.Name, Sure: true, MaxTokens: 40, Messages: []inference.Message{{Role: inference.User, Text: "page: x"}},
		Format: json.RawMessage(`{"type":"object","properties":{"mark":{"enum":[1,2,3]}},"required":["mark"]}`)}
	reply, err := c.Chat(t.Context(), r)
	if err != nil || reply.Sure <= 0 || reply.Sure > 1 {
		t.Errorf("%q is believed with %v: %v", reply.Text, reply.Sure, err)
	}
	r.Sure = false
	if reply, err = c.Chat(t.Context(), r); err != nil || reply.Sure != 0 {
		t.Errorf("nobody asked, but %v: %v", reply.Sure, err)
	}
}

func standIn(t *testing.T, seed int64) *bundled.Model {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tiny.gguf")
	if err := tiny.Write(path, seed); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return bundled.Of(data)
}

func find(t *testing.T, c *inference.Client, name string) inference.Model {
	t.Helper()
	all, err := c.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		if m.Name == name {
			return m
		}
	}
	t.Fatalf("%s is not in Ollama: %v", name, all)
	return inference.Model{}
}

// TestTheCardSaysWhatTheBuildCarries holds the card to the weights.
func TestTheCardSaysWhatTheBuildCarries(t *testing.T) {
	s := bundled.Carried()
	if eyes := strings.Contains(bundled.Cards(), "The bundled model with eyes"); eyes != (s.Eyes != nil) {
		t.Errorf("a card for the eyes: %v; %v", eyes, s.All())
	}
	if none := strings.Contains(bundled.Cards(), "carries no weights"); none == (s.Little != nil) {
		t.Errorf("%v; cards:\n%s", s.All(), bundled.Cards())
	}
}
