package real

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"html"
	"math/rand/v2"
	"slices"
	"strings"

	"chiron/step"
)

// Shown is a thing on a picture. The names of an icon are all that it may be called.
type Shown struct {
	Role  string
	Names []string
	Box   step.Rect
}

// icon is drawn with strokes on a square of 24 × 24: lines through points, circles, and filled dots, each x, y and radius.
type icon struct {
	Names         []string    `json:"names"`
	Lines         [][]float64 `json:"lines"`
	Circles, Dots [][3]float64
}

//go:embed icons.json
var drawn []byte

// svg draws an icon, size pixels wide.
func (i icon) svg(size int, stroke float64) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg width=%d height=%d viewBox="0 0 24 24" fill=none stroke=currentColor stroke-width=%g stroke-linejoin=round aria-hidden=true>`, size, size, stroke)
	for _, l := range i.Lines {
		b.WriteString(`<polyline points="`)
		for k := 0; k+1 < len(l); k += 2 {
			fmt.Fprintf(&b, "%g,%g ", l[k], l[k+1])
		}
		b.WriteString(`"/>`)
	}
	for _, c := range i.Circles {
		fmt.Fprintf(&b, `<circle cx=%g cy=%g r=%g />`, c[0], c[1], c[2])
	}
	for _, c := range i.Dots {
		fmt.Fprintf(&b, `<circle cx=%g cy=%g r=%g fill=currentColor stroke=none />`, c[0], c[1], c[2])
	}
	return b.String() + "</svg>"
}

// withIcons puts buttons without words on a page, and returns their names by the first.
func withIcons(page string, r *rand.Rand) (string, map[string][]string, error) {
	var all []icon
	if err := json.Unmarshal(drawn, &all); err != nil {
		return "", nil, fmt.Errorf("icons: %w", err)
	}
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	names := map[string][]string{}
	row := func(n int) string {
		size, pad := 14+2*r.IntN(8), r.IntN(9)
		look := []string{"background:none;border:none;color:inherit", "background:#fff;border:1px solid #99a;color:#223", "background:#2b4a7a;border:none;color:#fff", "background:#eee;border:1px solid #ccc;color:#111"}[r.IntN(4)]
		var b strings.Builder
		for _, i := range all[:n] {
			names[i.Names[0]] = i.Names
			fmt.Fprintf(&b, `<button type=button aria-label="%s" style="padding:%dpx;line-height:0;%s">%s</button>`, html.EscapeString(i.Names[0]), pad, look, i.svg(size, []float64{1.5, 2, 2, 2.5}[r.IntN(4)]))
		}
		all = all[n:]
		return b.String()
	}
	if r.IntN(2) == 0 {
		page = strings.Replace(page, "</nav>", row(1+r.IntN(4))+"</nav>", 1)
	}
	if r.IntN(2) == 0 {
		page = strings.Replace(page, "<main>", "<main><div class=row>"+row(2+r.IntN(8))+"</div>", 1)
	}
	for range r.IntN(3) {
		if parts := strings.Split(page, "</p>"); len(parts) > 1 {
			k := r.IntN(len(parts) - 1)
			parts[k] += row(1)
			page = strings.Join(parts, "</p>")
		}
	}
	return page, names, nil
}

// shown is what a screen lists, in the words of a recipe for eyes, but for what is cut off by the frame.
func shown(items []step.Candidate, icons map[string][]string) []Shown {
	size := step.Viewport()
	var out []Shown
	for _, c := range items {
		s := Shown{Role: string(c.Role), Names: []string{words(says(c))}, Box: c.Box}
		switch c.Role {
		case step.RoleInput:
			s.Role = "field"
		case step.RoleSelect:
			s.Role = "list"
		case step.RoleText:
			s.Role = "cell"
		case step.RoleButton:
			if all := icons[c.Name]; all != nil && c.Box.W < 64 {
				s.Role, s.Names = "icon", all
			}
		}
		known := slices.Contains([]string{"field", "list", "cell", "button", "link", "checkbox", "radio", "tab", "heading", "icon"}, s.Role)
		if known && s.Names[0] != "" && c.Box.X >= 0 && c.Box.Y >= 0 && c.Box.X+c.Box.W <= size.W && c.Box.Y+c.Box.H <= size.H {
			out = append(out, s)
		}
	}
	return out
}
