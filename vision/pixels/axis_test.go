package pixels

import (
	"testing"

	"chiron/step"
)

// TestFieldsBesideFigures: between the lines of a chart there is no field; beside the numbers of a list there is.
func TestFieldsBesideFigures(t *testing.T) {
	figures := func(texts ...string) *page {
		p := &page{}
		for i, s := range texts { // as figures of an axis and as those of a list, they end at one edge
			w := 8 * len(s)
			box := step.Rect{X: 100 - w, Y: 40*i - 7, W: w, H: 14}
			p.phrases = append(p.phrases, &phrase{words: []word{{s, 1, box}}, box: box})
		}
		return p
	}
	between := step.Rect{X: 110, Y: 39, W: 200, H: 40} // from the second line to the third
	beside := step.Rect{X: 110, Y: 22, W: 200, H: 36}  // around the second figure
	for _, c := range []struct {
		name  string
		texts []string
		box   step.Rect
		kept  bool
	}{
		{"between the lines of a chart", []string{"3k", "2k", "1k", "0"}, between, false},
		{"with units", []string{"30 €", "20 €", "10 €"}, between, false},
		{"in a list", []string{"1.", "2.", "3."}, beside, true},
		{"below two figures", []string{"2", "1"}, between, true},
		{"beside words", []string{"Amount", "Date", "Place"}, between, true},
	} {
		kept := figures(c.texts...).charted([]step.Candidate{{Role: step.RoleInput, Box: c.box}})
		if (len(kept) == 1) != c.kept {
			t.Errorf("%s: kept %v", c.name, kept)
		}
	}
}
