package step

// Role is what a candidate is to a person. The list is closed; readers map everything else to RoleText.
type Role string

// The roles of candidates.
const (
	RoleText     Role = "text"
	RoleHeading  Role = "heading"
	RoleLink     Role = "link"
	RoleButton   Role = "button"
	RoleInput    Role = "input" // any text-like field, text areas included
	RoleCheckbox Role = "checkbox"
	RoleRadio    Role = "radio"
	RoleSelect   Role = "select"
	RoleOption   Role = "option"
	RoleTab      Role = "tab"
	RoleMenu     Role = "menu" // menu item
	RoleSlider   Role = "slider"
	RoleFile     Role = "file" // file chooser
	RoleImage    Role = "image"
	RoleCanvas   Role = "canvas"
	RoleCell     Role = "cell" // table cell: Name is the column's header, Value the text
	RoleAlert    Role = "alert"
	RoleBox      Role = "box" // a shape found in pixels without a better word
)

// Roles returns the closed list of roles.
func Roles() []Role {
	return []Role{RoleText, RoleHeading, RoleLink, RoleButton, RoleInput, RoleCheckbox, RoleRadio, RoleSelect, RoleOption,
		RoleTab, RoleMenu, RoleSlider, RoleFile, RoleImage, RoleCanvas, RoleCell, RoleAlert, RoleBox}
}

// Known reports whether r is one of Roles.
func (r Role) Known() bool {
	for _, k := range Roles() {
		if r == k {
			return true
		}
	}
	return false
}

// Editable reports whether text can be typed into a candidate of this role.
func (r Role) Editable() bool { return r == RoleInput || r == RoleBox }

// HasValue reports whether the text form of this role always shows a value, even an empty one.
func (r Role) HasValue() bool {
	return r == RoleInput || r == RoleSelect || r == RoleSlider || r == RoleCell || r == RoleFile
}

// Checkable reports whether the text form of this role always shows on or off.
func (r Role) Checkable() bool { return r == RoleCheckbox || r == RoleRadio }

// Acts reports whether a person would act on a candidate of this role rather than read it.
func (r Role) Acts() bool {
	return r != RoleText && r != RoleHeading && r != RoleImage && r != RoleCell && r != RoleAlert
}

// States are what can be seen of a candidate beside its value.
type States struct {
	Checked  bool `json:"checked,omitempty"`
	Selected bool `json:"selected,omitempty"`
	Disabled bool `json:"disabled,omitempty"`
	Focused  bool `json:"focused,omitempty"`
	Required bool `json:"required,omitempty"`
	Invalid  bool `json:"invalid,omitempty"`
	Expanded bool `json:"expanded,omitempty"`
}

// Source says where candidates come from.
type Source string

// The sources of candidates.
const (
	SourcePixels Source = "pixels" // OCR and shapes alone
	SourceLayout Source = "layout" // the page's own layout
	SourceBoth   Source = "both"
)

// Sight says what a model is shown.
type Sight string

// The ways of seeing.
const (
	SightPixels Sight = "pixels" // picture only
	SightMarks  Sight = "marks"  // picture with numbered candidates, and their list
	SightText   Sight = "text"   // the list only
)

// Candidate is one thing on the screen that an act may aim at. Mark is its number, from 1, in reading order.
type Candidate struct {
	Mark    int      `json:"mark"`
	Role    Role     `json:"role"`
	Name    string   `json:"name"`
	Value   string   `json:"value,omitempty"`
	States  States   `json:"states,omitzero"`
	Options []string `json:"options,omitempty"`
	More    int      `json:"more,omitempty"` // options left out of Options
	Secret  bool     `json:"secret,omitempty"`
	Box     Rect     `json:"box"`
	Source  Source   `json:"source,omitempty"` // pixels or layout
	Score   float64  `json:"score,omitempty"`  // reader's confidence 0..1; 0 when it has none
	Layer   int      `json:"-"`                // of its Node, for the order of reading alone
}

// Screen is the list of candidates of one observation, in reading order, marks 1..n without gaps.
type Screen struct {
	Observation string      `json:"observation"`
	Version     int         `json:"version"` // TextVersion it was made for
	Title       string      `json:"title"`
	URL         string      `json:"url"`
	Source      Source      `json:"source"`
	Items       []Candidate `json:"items"`
	Dialog      *Dialog     `json:"dialog,omitempty"`
	Tabs        int         `json:"tabs,omitempty"`  // open tabs when more than one
	Tab         int         `json:"tab,omitempty"`   // number of the active tab, from 1
	Above       int         `json:"above,omitempty"` // page pixels above the viewport
	Below       int         `json:"below,omitempty"` // page pixels below the viewport
	Cut         int         `json:"cut,omitempty"`   // candidates left out because of a limit
	Change      Change      `json:"change,omitzero"`
}

// Item returns the candidate with the given mark.
func (s Screen) Item(mark int) (Candidate, bool) {
	if mark >= 1 && mark <= len(s.Items) && s.Items[mark-1].Mark == mark {
		return s.Items[mark-1], true
	}
	for _, c := range s.Items {
		if c.Mark == mark {
			return c, true
		}
	}
	return Candidate{}, false
}

// Change is what differs from the previous frame.
type Change struct {
	Share   float64 `json:"share"` // of the viewport's tiles, 0..1
	Regions []Rect  `json:"regions,omitempty"`
	First   bool    `json:"first,omitempty"` // there was no previous frame
}
