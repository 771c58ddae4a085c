package step

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"
)

// Facts are what Chromium says about the moment and place of an act. The policy decides from them and from nothing that
// a model said. A field that could not be read is absent, never an empty stand-in.
type Facts struct {
	Observation string    `json:"observation"` // the observation the act was proposed on
	URL         string    `json:"url"`         // top-level document
	Origin      string    `json:"origin"`      // of the top-level document, "null" for opaque ones
	Title       string    `json:"title,omitempty"`
	Status      int       `json:"status,omitempty"`
	CertError   string    `json:"cert_error,omitempty"`
	Point       *Point    `json:"point,omitempty"` // where the act lands
	Element     *Element  `json:"element,omitempty"`
	Form        *Form     `json:"form,omitempty"`    // the form the element belongs to
	Submits     bool      `json:"submits,omitempty"` // the act would submit Form (button, or Enter in one of its fields)
	Leads       string    `json:"leads,omitempty"`   // URL the act would open: link target, form action, navigate or tab URL
	Dialog      *Dialog   `json:"dialog,omitempty"`  // the dialog that blocks the page, if any
	To          *Element  `json:"to,omitempty"`      // element under the end of a drag
	At          time.Time `json:"at"`
}

// Element is what stands under the point, found by a hit test through frames and open shadow roots.
type Element struct {
	Tag          string `json:"tag"` // lower case
	Role         Role   `json:"role"`
	Name         string `json:"name,omitempty"` // accessible name
	Text         string `json:"text,omitempty"` // visible text, cut at 200 bytes
	Type         string `json:"type,omitempty"` // input or button type
	Autocomplete string `json:"autocomplete,omitempty"`
	ID           string `json:"id,omitempty"`    // id attribute
	Field        string `json:"field,omitempty"` // name attribute
	Href         string `json:"href,omitempty"`  // absolute link target
	FrameOrigin  string `json:"frame_origin"`
	CrossOrigin  bool   `json:"cross_origin,omitempty"` // its frame's origin differs from the top origin
	Editable     bool   `json:"editable,omitempty"`
	Disabled     bool   `json:"disabled,omitempty"`
	Download     bool   `json:"download,omitempty"` // link with a download attribute
	Box          Rect   `json:"box"`
	// Node is Chromium's own identity of the element (backend node id and document), stable until the document or
	// the element is replaced.
	Node string `json:"node"`
}

// TakesText reports whether text is typed into an element: a field, rich text or a canvas. Buttons, links and choices are
// pressed, even those that a page made editable.
func (e Element) TakesText() bool {
	if e.Tag == "canvas" && e.Role == RoleCanvas {
		return true
	}
	return e.Editable && !slices.Contains([]string{"button", "a", "area", "summary", "label", "select", "option"}, e.Tag) &&
		!slices.Contains([]Role{RoleButton, RoleLink, RoleMenu, RoleTab, RoleCheckbox, RoleRadio, RoleOption, RoleFile}, e.Role)
}

// Form is the form an element belongs to.
type Form struct {
	Action   string   `json:"action"` // absolute URL that a submit goes to
	Method   string   `json:"method"` // upper case
	Fields   []string `json:"fields,omitempty"`
	Password bool     `json:"password,omitempty"` // has a password field
	Card     bool     `json:"card,omitempty"`     // has a payment card field
	File     bool     `json:"file,omitempty"`     // has a file field
}

// Fingerprint names the element an act was judged for: a moved, replaced, renamed or covered element has another one.
// It is "" where no element is concerned (navigate, wait, dialog).
func (f Facts) Fingerprint() string {
	type id struct {
		Origin  string
		Element *Element
		Form    *Form
		Submits bool
		To      *Element
		Dialog  *Dialog
	}
	if f.Element == nil && f.Dialog == nil && f.To == nil {
		return ""
	}
	data, err := json.Marshal(id{f.Origin, still(f.Element), f.Form, f.Submits, still(f.To), f.Dialog})
	if err != nil {
		return "" // plain strings and numbers always marshal
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// still drops what may change without the element becoming another one: its exact place. That it did not move away
// from under the point is shown by the hit test finding it there.
func still(e *Element) *Element {
	if e == nil {
		return nil
	}
	c := *e
	c.Box = Rect{W: e.Box.W, H: e.Box.H}
	return &c
}
