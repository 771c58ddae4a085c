package bundle

import (
	"chiron/policy/address"
	"chiron/policy/intent"
	"chiron/step"
)

// Input is everything that a rule can ask about, as "context" in Cedar. The Cedar schema is generated from it, so that
// code and schema cannot drift. A pointer is an attribute that may be absent (ask with "context has …" first); the doc tag
// becomes the schema's comment. All of it is computed from step.Facts, the task and the vault; no field carries a
// model's words, except that a text's classes are those of the text it wants to type.
type Input struct {
	Page     Place    `cedar:"page" doc:"the top-level document"`
	Frame    Place    `cedar:"frame" doc:"the document that holds the element; the page itself when no element is concerned"`
	To       *Place   `cedar:"to" doc:"the document under the end of a drag"`
	Leads    *Place   `cedar:"leads" doc:"where the act leads: link, form action, URL to open"`
	Element  *Element `cedar:"element" doc:"what stands under the point"`
	Form     *Form    `cedar:"form" doc:"the form that the element belongs to"`
	Dialog   *Dialog  `cedar:"dialog" doc:"the dialog that blocks the page"`
	Text     *Text    `cedar:"text" doc:"the text to be typed, references expanded, secrets left out"`
	Secret   *Secret  `cedar:"secret" doc:"the secrets named in the text, all of them together"`
	Chord    *Chord   `cedar:"chord" doc:"the kind of key that is pressed"`
	File     *File    `cedar:"file" doc:"the file to be uploaded"`
	Submits  bool     `cedar:"submits" doc:"the act sends the form"`
	Broken   bool     `cedar:"broken_certificate" doc:"the page's certificate is not valid"`
	Intent   Intent   `cedar:"intent" doc:"what the act is for"`
	Effect   Effect   `cedar:"effect" doc:"how far the act reaches"`
	Autonomy Autonomy `cedar:"autonomy" doc:"when this task asks people"`
	Budget   Budget   `cedar:"budget" doc:"what the task may still use"`
	Taint    Taint    `cedar:"taint" doc:"what has come into this session so far"`
}

// Place is where a document lives.
type Place struct {
	Scheme     Scheme `cedar:"scheme"`
	Host       string `cedar:"host" doc:"lower-case ASCII; empty where there is none"`
	Port       int    `cedar:"port" doc:"0 where there is none"`
	Class      Class  `cedar:"class" doc:"kind of network, as far as it is known without resolving the name"`
	Read       bool   `cedar:"read" doc:"the task may read it"`
	Write      bool   `cedar:"write" doc:"the task may act on it"`
	Listed     bool   `cedar:"listed" doc:"the task lists exactly this host with exactly this port"`
	Protected  bool   `cedar:"protected" doc:"it belongs to this product itself"`
	SameOrigin bool   `cedar:"same_origin" doc:"its origin is the page's"`
	Begun      bool   `cedar:"begun" doc:"the task begins at this host and port"`
	Known      bool   `cedar:"known" doc:"the task begins there, or a person has approved an act there in this session"`
	Opened     bool   `cedar:"opened" doc:"a page of this origin was seen in this session"`
	Executable bool   `cedar:"executable" doc:"the URL names a file that runs when it is opened"`
}

// Element is what stands under the point.
type Element struct {
	Tag         string `cedar:"tag"`
	Role        Role   `cedar:"role"`
	Name        string `cedar:"name" doc:"what a screen reader says"`
	Type        string `cedar:"type" doc:"input or button type; empty where there is none"`
	Disabled    bool   `cedar:"disabled"`
	CrossOrigin bool   `cedar:"cross_origin" doc:"its frame's origin is not the page's"`
	Password    bool   `cedar:"password" doc:"a password field"`
	TakesText   bool   `cedar:"takes_text" doc:"text is typed into it: a field, rich text or a canvas"`
}

// Form is the form that the element belongs to.
type Form struct {
	Method   string `cedar:"method" doc:"upper case"`
	Target   Place  `cedar:"target" doc:"where it would be sent"`
	Password bool   `cedar:"password"`
	Card     bool   `cedar:"card"`
	File     bool   `cedar:"file"`
}

// Dialog is the dialog that blocks the page.
type Dialog struct {
	Type   string `cedar:"type" doc:"alert, confirm, prompt or beforeunload"`
	Accept bool   `cedar:"accept" doc:"the act accepts it"`
}

// Text is the text to be typed.
type Text struct {
	Classes []TextClass `cedar:"classes"`
	Length  int         `cedar:"length" doc:"bytes"`
	Given   bool        `cedar:"given" doc:"all of it was given with the task, none is the model's own"`
}

// Secret is what is known of the secrets that an act would release.
type Secret struct {
	Known     bool `cedar:"known" doc:"the task names them and the vault has them"`
	ForPage   bool `cedar:"for_page" doc:"the page's origin is on their lists"`
	ForFrame  bool `cedar:"for_frame" doc:"the frame's origin is on their lists"`
	ForTarget bool `cedar:"for_target" doc:"the origin that the form is sent to is on their lists"`
	Fits      bool `cedar:"fits" doc:"the field is of the kind they are for"`
}

// File is the file to be uploaded.
type File struct {
	Given bool `cedar:"given" doc:"it was given with the task"`
}

// Budget is what the task may still use.
type Budget struct {
	Spent bool `cedar:"spent" doc:"one of the task's limits is reached"`
}

// Intent is intent.Intent as a Cedar enumeration.
type Intent intent.Intent

// Effect is step.Effect as a Cedar enumeration.
type Effect step.Effect

// Autonomy is step.Autonomy as a Cedar enumeration.
type Autonomy step.Autonomy

// Class is address.Class as a Cedar enumeration.
type Class address.Class

// Role is step.Role as a Cedar enumeration.
type Role step.Role

// TextClass is intent.TextClass as a Cedar enumeration.
type TextClass intent.TextClass

// Scheme is the scheme of a URL.
type Scheme string

// The schemes that rules tell apart.
const (
	HTTP  Scheme = "http"
	HTTPS Scheme = "https"
	About Scheme = "about"
	Blob  Scheme = "blob"
	Data  Scheme = "data"
	Other Scheme = "other"
)

// Chord is a kind of key or chord.
type Chord string

// The kinds of chords.
const (
	Plain    Chord = "plain"
	Enter    Chord = "enter"
	Edit     Chord = "edit"     // select all, copy, cut, paste, undo, redo
	Devtools Chord = "devtools" // opens developer tools or page source
	Chrome   Chord = "browser"  // works on the browser itself: tabs, windows, print, save, open, address bar
)

// enumeration is a string type with a closed list of values.
type enumeration interface{ values() []string }

func (Intent) values() []string    { return plain(intent.Intents()) }
func (Class) values() []string     { return plain(address.Classes()) }
func (Role) values() []string      { return plain(step.Roles()) }
func (TextClass) values() []string { return plain(intent.TextClasses()) }
func (Scheme) values() []string    { return plain([]Scheme{HTTP, HTTPS, About, Blob, Data, Other}) }
func (Chord) values() []string     { return plain([]Chord{Plain, Enter, Edit, Devtools, Chrome}) }
func (Effect) values() []string {
	return plain([]step.Effect{step.EffectNone, step.EffectReversible, step.EffectIrreversible})
}
func (Autonomy) values() []string {
	return plain([]step.Autonomy{step.AutonomyStep, step.AutonomySupervised, step.AutonomyAuto})
}

func plain[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}
