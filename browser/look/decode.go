package look

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"chiron/step"
)

// Limits on what a page can make its reader say.
const (
	maxURL     = 8 << 10
	maxName    = 600
	maxValue   = 2000
	maxOptions = 30
	maxFrames  = 20
	maxDepth   = 5
	maxSecrets = 200
	maxPixel   = 1 << 20
)

// page is what the reader says of one document, in the pixels of its own viewport.
type page struct {
	URL     string       `json:"url"`
	Title   string       `json:"title"`
	Origin  string       `json:"origin"`
	Nodes   []rawNode    `json:"nodes"`
	Frames  []inner      `json:"frames"`
	Secrets [][4]float64 `json:"secrets"`
	Cut     int          `json:"cut"`
	Above   int          `json:"above"`
	Below   int          `json:"below"`
}

type rawNode struct {
	Role    string     `json:"r"`
	Name    string     `json:"n"`
	Value   string     `json:"v"`
	Box     [4]float64 `json:"b"`
	States  int        `json:"s"`
	Options []string   `json:"o"`
	Private int        `json:"p"`
}

// inner is the place of a frame element: what is at (x, y) of its document stands at (X+x·SX, Y+y·SY) of this one.
type inner struct {
	I   int        `json:"i"`
	X   float64    `json:"x"`
	Y   float64    `json:"y"`
	SX  float64    `json:"sx"`
	SY  float64    `json:"sy"`
	Box [4]float64 `json:"b"`
}

// out brings a box of the inner document to the outer one.
func (f inner) out(r step.Rect) step.Rect {
	x, y := f.X+float64(r.X)*f.SX, f.Y+float64(r.Y)*f.SY
	return rect([4]float64{x, y, float64(r.W) * f.SX, float64(r.H) * f.SY})
}

// in brings a point of the outer document to the inner one.
func (f inner) in(x, y float64) (float64, float64) {
	if !(f.SX > 0) || !(f.SY > 0) {
		return x - f.X, y - f.Y
	}
	return (x - f.X) / f.SX, (y - f.Y) / f.SY
}

// decodePage decodes the answer of the reader's layout. Everything in it is cut to size and cleaned.
func decodePage(data []byte) (page, error) {
	var p page
	if err := json.Unmarshal(data, &p); err != nil {
		return page{}, fmt.Errorf("layout: %w", err)
	}
	p.URL, p.Title, p.Origin = clean(p.URL, maxURL), clean(p.Title, maxName), clean(p.Origin, maxURL)
	p.Frames = p.Frames[:min(len(p.Frames), maxFrames)]
	p.Secrets = p.Secrets[:min(len(p.Secrets), maxSecrets)]
	p.Cut, p.Above, p.Below = clamp(p.Cut), clamp(p.Above), clamp(p.Below)
	return p, nil
}

func (r rawNode) node() step.Node {
	n := step.Node{Role: step.Role(r.Role), Name: clean(r.Name, maxName), Value: clean(r.Value, maxValue), Box: rect(r.Box), Secret: r.Private != 0}
	if !n.Role.Known() {
		n.Role = step.RoleText
	}
	if n.Secret {
		n.Value = ""
	}
	for _, o := range r.Options[:min(len(r.Options), maxOptions)] {
		n.Options = append(n.Options, clean(o, maxName))
	}
	bit := func(i int) bool { return r.States&(1<<i) != 0 }
	n.States = step.States{Checked: bit(0), Selected: bit(1), Disabled: bit(2), Focused: bit(3), Required: bit(4), Invalid: bit(5), Expanded: bit(6)}
	return n
}

// place is what the reader says about one element, or about the frame that has to be asked instead.
type place struct {
	URL     string      `json:"url"`
	Title   string      `json:"title"`
	Origin  string      `json:"origin"`
	Doc     string      `json:"doc"`
	Frame   int         `json:"frame"`
	X       float64     `json:"x"`
	Y       float64     `json:"y"`
	SX      float64     `json:"sx"`
	SY      float64     `json:"sy"`
	Element *rawElement `json:"el"`
	Form    *rawForm    `json:"form"`
	Submits bool        `json:"submits"`
}

type rawElement struct {
	Tag          string     `json:"tag"`
	Role         string     `json:"role"`
	Name         string     `json:"name"`
	Text         string     `json:"text"`
	Type         string     `json:"type"`
	Autocomplete string     `json:"autocomplete"`
	ID           string     `json:"id"`
	Field        string     `json:"field"`
	Href         string     `json:"href"`
	Editable     bool       `json:"editable"`
	Disabled     bool       `json:"disabled"`
	Download     bool       `json:"download"`
	Secret       bool       `json:"secret"`
	Box          [4]float64 `json:"b"`
}

type rawForm struct {
	Action   string   `json:"action"`
	Method   string   `json:"method"`
	Fields   []string `json:"fields"`
	Password bool     `json:"password"`
	Card     bool     `json:"card"`
	File     bool     `json:"file"`
}

func decodePlace(data []byte) (place, error) {
	var p place
	if err := json.Unmarshal(data, &p); err != nil {
		return place{}, fmt.Errorf("facts: %w", err)
	}
	if p.Doc == "" {
		return place{}, errors.New("facts: the document has no name")
	}
	p.URL, p.Title, p.Origin, p.Doc = clean(p.URL, maxURL), clean(p.Title, maxName), clean(p.Origin, maxURL), clean(p.Doc, 40)
	return p, nil
}

func (r rawElement) element() *step.Element {
	e := &step.Element{
		Tag: clean(r.Tag, 60), Role: step.Role(r.Role), Name: clean(r.Name, maxName), Text: clean(r.Text, 200), Type: clean(r.Type, 40),
		Autocomplete: clean(r.Autocomplete, 100), ID: clean(r.ID, 100), Field: clean(r.Field, 100), Href: clean(r.Href, maxURL),
		Editable: r.Editable, Disabled: r.Disabled, Download: r.Download, Box: rect(r.Box),
	}
	if !e.Role.Known() {
		e.Role = step.RoleText
	}
	return e
}

func (r rawForm) form() *step.Form {
	f := &step.Form{Action: clean(r.Action, maxURL), Method: clean(r.Method, 20), Password: r.Password, Card: r.Card, File: r.File}
	for _, name := range r.Fields[:min(len(r.Fields), 100)] {
		f.Fields = append(f.Fields, clean(name, 100))
	}
	return f
}

// clean makes a string of a page safe to carry: valid UTF-8, no control or direction characters, at most limit bytes.
func clean(s string, limit int) string {
	s = strings.ToValidUTF8(s[:min(len(s), 4*limit)], "�")
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case unicode.IsControl(r):
			return -1
		case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r == 0x200E, r == 0x200F, r == 0x061C:
			return -1 // would let a page reorder what people read
		}
		return r
	}, s)
	if len(s) <= limit {
		return s
	}
	cut := limit
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut]
}

func clamp(n int) int { return max(0, min(n, maxPixel)) }

// rect makes a box of foreign numbers, at most maxPixel away from the origin.
func rect(b [4]float64) step.Rect {
	n := func(f float64) int {
		if math.IsNaN(f) {
			return 0
		}
		return int(math.Round(max(-maxPixel, min(maxPixel, f))))
	}
	return step.Rect{X: n(b[0]), Y: n(b[1]), W: max(0, n(b[2])), H: max(0, n(b[3]))}
}
