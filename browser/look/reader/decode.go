package reader

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
	MaxURL     = 8 << 10
	MaxName    = 600
	maxValue   = 2000
	maxOptions = 30
	MaxFrames  = 20
	MaxDepth   = 5
	maxSecrets = 200
	maxPixel   = 1 << 20
)

// Page is what the reader says of one document, in the pixels of its own viewport.
type Page struct {
	URL     string       `json:"url"`
	Title   string       `json:"title"`
	Origin  string       `json:"origin"`
	Nodes   []Node       `json:"nodes"`
	Frames  []Frame      `json:"frames"`
	Secrets [][4]float64 `json:"secrets"`
	Cut     int          `json:"cut"`
	Above   int          `json:"above"`
	Below   int          `json:"below"`
	Changed bool         `json:"changed"` // while it was watched
	Moving  bool         `json:"moving"`  // at the end of the watch
}

// Node is one thing on the screen.
type Node struct {
	Role    string     `json:"r"`
	Name    string     `json:"n"`
	Value   string     `json:"v"`
	Box     [4]float64 `json:"b"`
	States  int        `json:"s"`
	Options []string   `json:"o"`
	Private int        `json:"p"`
	Layer   int        `json:"l"`
}

// Frame is the place of a frame element: what is at (x, y) of its document stands at (X+x·SX, Y+y·SY) of this one.
type Frame struct {
	I   int        `json:"i"`
	X   float64    `json:"x"`
	Y   float64    `json:"y"`
	SX  float64    `json:"sx"`
	SY  float64    `json:"sy"`
	Box [4]float64 `json:"b"`

	Layer int `json:"l"` // that it stands in
}

// Out brings a box of the inner document to the outer one.
func (f Frame) Out(r step.Rect) step.Rect {
	x, y := f.X+float64(r.X)*f.SX, f.Y+float64(r.Y)*f.SY
	return Rect([4]float64{x, y, float64(r.W) * f.SX, float64(r.H) * f.SY})
}

// In brings a point of the outer document to the inner one.
func (f Frame) In(x, y float64) (float64, float64) {
	if !(f.SX > 0) || !(f.SY > 0) {
		return x - f.X, y - f.Y
	}
	return (x - f.X) / f.SX, (y - f.Y) / f.SY
}

// DecodePage decodes the answer of the reader's layout. Everything in it is cut to size and cleaned.
func DecodePage(data []byte) (Page, error) {
	var p Page
	if err := json.Unmarshal(data, &p); err != nil {
		return Page{}, fmt.Errorf("layout: %w", err)
	}
	p.URL, p.Title, p.Origin = Clean(p.URL, MaxURL), Clean(p.Title, MaxName), Clean(p.Origin, MaxURL)
	p.Frames = p.Frames[:min(len(p.Frames), MaxFrames)]
	p.Secrets = p.Secrets[:min(len(p.Secrets), maxSecrets)]
	p.Cut, p.Above, p.Below = clamp(p.Cut), clamp(p.Above), clamp(p.Below)
	for i := range p.Frames {
		p.Frames[i].Layer = clamp(p.Frames[i].Layer)
	}
	return p, nil
}

// Step returns the node in the words of the house, cut to size and cleaned.
func (r Node) Step() step.Node {
	n := step.Node{Role: step.Role(r.Role), Name: Clean(r.Name, MaxName), Value: Clean(r.Value, maxValue), Box: Rect(r.Box), Secret: r.Private != 0, Layer: clamp(r.Layer)}
	if !n.Role.Known() {
		n.Role = step.RoleText
	}
	if n.Secret && n.Value != "" {
		n.Value = "***" // filled, and with what nobody sees
	}
	for _, o := range r.Options[:min(len(r.Options), maxOptions)] {
		n.Options = append(n.Options, Clean(o, MaxName))
	}
	bit := func(i int) bool { return r.States&(1<<i) != 0 }
	n.States = step.States{Checked: bit(0), Selected: bit(1), Disabled: bit(2), Focused: bit(3), Required: bit(4), Invalid: bit(5), Expanded: bit(6)}
	return n
}

// Place is what the reader says about one element, or about the frame that has to be asked instead.
type Place struct {
	URL     string   `json:"url"`
	Title   string   `json:"title"`
	Origin  string   `json:"origin"`
	Doc     string   `json:"doc"`
	Frame   int      `json:"frame"`
	X       float64  `json:"x"`
	Y       float64  `json:"y"`
	SX      float64  `json:"sx"`
	SY      float64  `json:"sy"`
	Element *Element `json:"el"`
	Form    *Form    `json:"form"`
	Submits bool     `json:"submits"`
}

// Element is what stands at a place.
type Element struct {
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
	Number       int        `json:"n"` // among the elements of its document that were asked about
}

// Form is the form of an element.
type Form struct {
	Action   string   `json:"action"`
	Method   string   `json:"method"`
	Fields   []string `json:"fields"`
	Password bool     `json:"password"`
	Card     bool     `json:"card"`
	File     bool     `json:"file"`
}

// DecodePlace decodes the answer of the reader about a place.
func DecodePlace(data []byte) (Place, error) {
	var p Place
	if err := json.Unmarshal(data, &p); err != nil {
		return Place{}, fmt.Errorf("facts: %w", err)
	}
	if p.Doc == "" {
		return Place{}, errors.New("facts: the document has no name")
	}
	p.URL, p.Title, p.Origin, p.Doc = Clean(p.URL, MaxURL), Clean(p.Title, MaxName), Clean(p.Origin, MaxURL), Clean(p.Doc, 40)
	return p, nil
}

// Step returns the element in the words of the house; its origin and identity are not known here.
func (r Element) Step() *step.Element {
	e := &step.Element{
		Tag: Clean(r.Tag, 60), Role: step.Role(r.Role), Name: Clean(r.Name, MaxName), Text: Clean(r.Text, 200), Type: Clean(r.Type, 40),
		Autocomplete: Clean(r.Autocomplete, 100), ID: Clean(r.ID, 100), Field: Clean(r.Field, 100), Href: Clean(r.Href, MaxURL),
		Editable: r.Editable, Disabled: r.Disabled, Download: r.Download, Box: Rect(r.Box),
	}
	if !e.Role.Known() {
		e.Role = step.RoleText
	}
	return e
}

// Step returns the form in the words of the house.
func (r Form) Step() *step.Form {
	f := &step.Form{Action: Clean(r.Action, MaxURL), Method: Clean(r.Method, 20), Password: r.Password, Card: r.Card, File: r.File}
	for _, name := range r.Fields[:min(len(r.Fields), 100)] {
		f.Fields = append(f.Fields, Clean(name, 100))
	}
	return f
}

// Clean makes a string of a page safe to carry: valid UTF-8, no control or direction characters, at most limit bytes.
func Clean(s string, limit int) string {
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

// Rect makes a box of foreign numbers, at most maxPixel away from the origin.
func Rect(b [4]float64) step.Rect {
	n := func(f float64) int {
		if math.IsNaN(f) {
			return 0
		}
		return int(math.Round(max(-maxPixel, min(maxPixel, f))))
	}
	return step.Rect{X: n(b[0]), Y: n(b[1]), W: max(0, n(b[2])), H: max(0, n(b[3]))}
}
