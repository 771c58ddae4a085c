package vision_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"chiron/step"
	"chiron/vision"
)

// Pieces of real screens that were once misread: what lies over a card whose outline it hides, white on dark; a sign
// between spaces that OCR runs together with its neighbours; an icon, a little lower than its word, taken for a letter;
// the ground between the lines and bars of a chart, taken for a field.
func TestPixelsReadPieces(t *testing.T) {
	eyes := open(t, vision.Options{})
	for name, want := range map[string]string{"toast": "Your settings were saved.", "rates": "1 EUR = 11.4114 SEK", "find": "Find", "chart": "Spending by month"} {
		data, err := os.ReadFile(filepath.Join("testdata", "pieces", name+".png"))
		if err != nil {
			t.Fatal(err)
		}
		o := step.Observation{Frame: step.Frame{Data: data, MIME: "image/png", Hash: step.PictureHash(data)}}
		s, err := eyes.Read(t.Context(), o, step.SourcePixels)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(s.Items, func(c step.Candidate) bool { return c.Name == want }) {
			t.Errorf("%s: %q is not read in\n%s", name, want, s.Text(nil))
		}
		if name == "chart" && slices.ContainsFunc(s.Items, func(c step.Candidate) bool { return c.Role == step.RoleInput }) {
			t.Errorf("%s: there is no field in\n%s", name, s.Text(nil))
		}
	}
}
