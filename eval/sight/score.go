package sight

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode"

	"chiron/step"
)

// Score says how well what was read fits what stands there.
type Score struct {
	Things  int      `json:"things"`  // visible things to act on
	Found   int      `json:"found"`   // of those: a candidate's centre lies in the thing's box and its label is right
	Placed  int      `json:"placed"`  // the centre alone
	Claimed int      `json:"claimed"` // candidates that claim to be something to act on
	True    int      `json:"true"`    // of those: such a thing is there, or what is there answers to the mouse
	Missed  []string `json:"missed,omitempty"`
	Wrong   []string `json:"wrong,omitempty"`
}

func (s *Score) add(o Score) {
	s.Things, s.Found, s.Placed = s.Things+o.Things, s.Found+o.Found, s.Placed+o.Placed
	s.Claimed, s.True = s.Claimed+o.Claimed, s.True+o.True
}

// Recall is the share of things found with the right label.
func (s Score) Recall() float64 { return share(s.Found, s.Things) }

// Precision is the share of claims that are true.
func (s Score) Precision() float64 { return share(s.True, s.Claimed) }

func share(n, of int) float64 {
	if of == 0 {
		return 1
	}
	return float64(n) / float64(of)
}

// grade compares what was read with the truth. Pixels cannot show a name that is not drawn, so there a thing without words
// needs none; layout has to say every name.
func grade(t Truth, read step.Screen, answers func(step.Rect) bool) Score {
	var s Score
	pixels := read.Source == step.SourcePixels
	for _, thing := range t.Things {
		s.Things++
		placed, found := false, false
		for _, c := range read.Items {
			if !c.Box.Center().In(thing.Box) || !pixels && !acts(c.Role) {
				continue
			}
			placed = true
			found = found || named(thing, c, pixels)
		}
		if placed {
			s.Placed++
		}
		if found {
			s.Found++
		} else {
			s.Missed = append(s.Missed, fmt.Sprintf("%s %q %v", thing.Role, thing.Name, thing.Box))
		}
	}
	for _, c := range read.Items {
		if !acts(c.Role) {
			continue
		}
		s.Claimed++
		if there(t, c) || answers(c.Box) {
			s.True++
		} else {
			s.Wrong = append(s.Wrong, fmt.Sprintf("%s %q %v", c.Role, c.Name, c.Box))
		}
	}
	return s
}

func there(t Truth, c step.Candidate) bool {
	for _, thing := range t.Things {
		if c.Box.Center().In(thing.Box) {
			return true
		}
	}
	return slices.ContainsFunc(t.edge, func(b step.Rect) bool { return c.Box.Center().In(b) })
}

func acts(r step.Role) bool {
	switch r {
	case step.RoleText, step.RoleHeading, step.RoleImage, step.RoleCell, step.RoleAlert, step.RoleCanvas, step.RoleBox:
		return false
	}
	return true
}

// longest is how many letters of a label are compared: lists cut longer ones.
const longest = 60

func named(t Thing, c step.Candidate, pixels bool) bool {
	said := []string{plain(c.Name), plain(c.Value), plain(c.Name + c.Value), plain(c.Value + c.Name)}
	want := []string{plain(t.Name)}
	if pixels {
		if plain(t.Shown) == "" {
			return true
		}
		want = append(want, plain(t.Shown))
		for line := range strings.SplitSeq(t.Shown, "\n") {
			want = append(want, plain(line))
		}
		if wrapped(t, c) {
			return true
		}
	} else if want[0] == "" {
		return true
	}
	for _, w := range want {
		for _, s := range said {
			if w != "" && (w == s || pixels && near(w, s)) {
				return true
			}
		}
	}
	return false
}

// wrapped reports whether a candidate is one line of a thing whose words run over several.
func wrapped(t Thing, c step.Candidate) bool {
	line := plain(c.Name)
	return t.Box.H >= 2*c.Box.H+8 && len([]rune(line)) >= 6 && strings.Contains(plain(strings.ReplaceAll(t.Shown, "\n", " ")), line)
}

// near allows one misread letter in eight.
func near(a, b string) bool {
	x, y := []rune(a), []rune(b)
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i, r := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j, q := range y {
			cost := diagonal
			if r != q {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(y)]*8 <= len(x)
}

// plain keeps letters and digits, without case.
func plain(s string) string {
	out := []rune(strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s))
	return string(out[:min(len(out), longest)])
}

// Row is one screen in the table.
type Row struct {
	Screen  Screen  `json:"screen"`
	Layout  Score   `json:"layout"`
	Pixels  Score   `json:"pixels"`
	Apart   float64 `json:"apart"` // share of the picture in which product and witness differ
	Invalid string  `json:"invalid,omitempty"`
}

// Table is what a run found.
type Table struct {
	Rows    []Row `json:"rows"`
	Layout  Score `json:"layout"`
	Pixels  Score `json:"pixels"`
	Screens int   `json:"screens"` // that count
	Foreign int   `json:"foreign"` // of those, from packages
}

func (t *Table) sum() {
	for _, r := range t.Rows {
		if r.Invalid != "" {
			continue
		}
		t.Screens++
		if r.Screen.Foreign {
			t.Foreign++
		}
		t.Layout.add(r.Layout)
		t.Pixels.add(r.Pixels)
	}
}

// What perception must reach at least, over all screens.
const (
	LayoutRecall, LayoutPrecision = 0.98, 0.95
	PixelsRecall, PixelsPrecision = 0.85, 0.7
	leastScreens, leastForeign    = 40, 15
)

// Enough returns an error where the whole table is below what is asked.
func (t Table) Enough() error {
	if t.Layout.Recall() < LayoutRecall || t.Layout.Precision() < LayoutPrecision || t.Pixels.Recall() < PixelsRecall || t.Pixels.Precision() < PixelsPrecision {
		return fmt.Errorf("sight: asked are %.2f and %.2f from the layout, %.2f and %.2f from pixels", LayoutRecall, LayoutPrecision, PixelsRecall, PixelsPrecision)
	}
	if t.Screens < leastScreens || t.Foreign < leastForeign {
		return fmt.Errorf("sight: asked are %d screens, %d of them from packages", leastScreens, leastForeign)
	}
	return nil
}

// Save writes the table with all that was missed as JSON; no file is no error.
func (t Table) Save(file string) error {
	if file == "" {
		return nil
	}
	data, err := json.MarshalIndent(t, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(data, '\n'), 0o644)
}

// Write prints the table.
func (t Table) Write(w io.Writer) error {
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tab, "screen\tfrom\tthings\tlayout recall\tprecision\tpixels recall\tprecision\tapart\t")
	for _, r := range t.Rows {
		from := "house"
		if r.Screen.Foreign {
			from = "package"
		}
		if r.Invalid != "" {
			fmt.Fprintf(tab, "%s\t%s\tNOT MEASURED: %s\n", r.Screen.Name, from, r.Invalid)
			continue
		}
		fmt.Fprintf(tab, "%s\t%s\t%d\t%.3f\t%.3f\t%.3f\t%.3f\t%.3f\t\n", r.Screen.Name, from, r.Layout.Things, r.Layout.Recall(), r.Layout.Precision(),
			r.Pixels.Recall(), r.Pixels.Precision(), r.Apart)
	}
	fmt.Fprintf(tab, "all %d, %d from packages\t\t%d\t%.3f\t%.3f\t%.3f\t%.3f\t\t\n", t.Screens, t.Foreign, t.Layout.Things, t.Layout.Recall(),
		t.Layout.Precision(), t.Pixels.Recall(), t.Pixels.Precision())
	return tab.Flush()
}
