package bundle

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"chiron/policy/address"
	"chiron/policy/intent"
	"chiron/step"
)

// Subject is what a judgement is about, in the product's own words.
type Subject struct {
	Task      step.Task
	Principal string // Agent, or the name of a person
	Action    step.Action
	Facts     step.Facts
	Values    step.Values
	Usage     step.Usage
	Past      Past
	Secrets   Secrets
	Protected address.Protected
}

// Effect is how far the act reaches, by action, values and facts alone.
func (s Subject) Effect() step.Effect {
	d := describer{Subject: s}
	_, e := intent.Of(d.expanded(), s.Facts)
	return e
}

// Agent is the principal of everything that a model, a sentence or a workflow proposes.
const Agent = "agent"

// Secrets says what is known of a secret without its value: the origins it may be released to and the kind of field it is
// for ("" a password field, CodeField one for one-time codes, "text" any field). It is false for a secret that is not there.
type Secrets func(name string) (origins []string, field string, ok bool)

// CodeField is the kind of field that a one-time code is for.
const CodeField = "code"

// Describe computes the Input of a subject. An error means that the act cannot be judged, which is a denial.
func Describe(s Subject) (Input, error) {
	egress, err := s.Protected.Egress(s.Task.Hosts)
	if err != nil {
		return Input{}, fmt.Errorf("describe the task's hosts: %w", err)
	}
	d := describer{Subject: s, egress: egress, origin: address.Origin(s.Facts.Origin), start: address.Origin(s.Task.Start),
		known: make([]judged, 0, 4)}
	in := Input{
		Page: d.page(), Submits: s.Facts.Submits, Broken: s.Facts.CertError != "", Autonomy: Autonomy(s.Task.Autonomy),
		Budget: Budget{Spent: spent(s.Task.Limits, s.Usage)},
	}
	if in.Autonomy == "" {
		in.Autonomy = Autonomy(step.AutonomySupervised)
	}
	if !slices.Contains(in.Autonomy.values(), string(in.Autonomy)) {
		return Input{}, fmt.Errorf("describe the task: autonomy %q is not one of %v", in.Autonomy, in.Autonomy.values())
	}
	in.Taint = d.taint(in.Page)
	i, e := intent.Of(d.expanded(), s.Facts)
	in.Intent, in.Effect = Intent(i), Effect(e)
	in.Frame, in.To = in.Page, d.frame(s.Facts.To)
	if f := d.frame(s.Facts.Element); f != nil {
		in.Frame = *f
	}
	in.Element, in.Form = element(s.Facts.Element), d.form()
	if in.Leads, err = d.leads(); err != nil {
		return Input{}, err
	}
	return in, d.words(&in)
}

type describer struct {
	Subject
	egress        *address.Egress
	origin, start string // of the page and of the task's beginning
	known         []judged
}

type judged struct {
	url   string
	place Place
}

// place describes a URL; one that cannot be read is no place at all, and no rule permits it.
func (d *describer) place(raw string) Place {
	for i := range d.known {
		if d.known[i].url == raw {
			return d.known[i].place
		}
	}
	p := d.judge(raw)
	d.known = append(d.known, judged{raw, p})
	return p
}

func (d *describer) judge(raw string) Place {
	p, err := d.egress.Judge(raw)
	if err != nil {
		return Place{Scheme: Other, Class: Class(address.None)}
	}
	out := Place{
		Scheme: Other, Host: p.Host.String(), Port: p.Port, Class: Class(p.Class), Read: p.Read, Write: p.Write,
		Listed: p.Explicit, Protected: p.Protected, Executable: intent.Executable(raw),
	}
	if o := p.Origin(); o != "null" {
		out.SameOrigin = o == d.origin
		out.Begun = o == d.start
		out.Known = out.Begun || slices.Contains(d.Past.Approved, o)
		out.Opened = slices.Contains(d.Past.Opened, o)
	}
	if slices.Contains(Scheme("").values(), p.Scheme) {
		out.Scheme = Scheme(p.Scheme)
	}
	if p.Port == 0 {
		out.Host = ""
	}
	return out
}

// page describes the top-level document. One whose origin is not that of its URL (a sandboxed document, for example)
// cannot be acted on.
func (d *describer) page() Place {
	p := d.place(d.Facts.URL)
	p.Write = p.Write && p.SameOrigin
	return p
}

func (d *describer) frame(e *step.Element) *Place {
	if e == nil {
		return nil
	}
	p := d.place(e.FrameOrigin)
	return &p
}

func element(e *step.Element) *Element {
	if e == nil {
		return nil
	}
	role := Role(e.Role)
	if !slices.Contains(role.values(), string(role)) {
		role = Role(step.RoleBox)
	}
	return &Element{Tag: e.Tag, Role: role, Name: e.Name, Type: e.Type, Disabled: e.Disabled, CrossOrigin: e.CrossOrigin,
		Password: passwordField(e), TakesText: e.TakesText()}
}

func passwordField(e *step.Element) bool {
	return e != nil && (e.Type == "password" || strings.HasSuffix(e.Autocomplete, "-password"))
}

func (d *describer) form() *Form {
	f := d.Facts.Form
	if f == nil {
		return nil
	}
	target := d.place(f.Action)
	if scripted(f.Action) && d.Facts.Element != nil { // the document's own code takes what would be sent
		target = d.place(d.Facts.Element.FrameOrigin)
	}
	return &Form{Method: f.Method, Target: target, Password: f.Password, Card: f.Card, File: f.File}
}

// leads describes where the act leads. A javascript: link leads nowhere: it is the page's own code, as any button is.
func (d *describer) leads() (*Place, error) {
	raw := d.Facts.Leads
	if opens := opened(d.Action); opens != "" {
		url, err := d.Values.Expand(opens, nil)
		if err != nil {
			return nil, fmt.Errorf("describe the URL: %w", err)
		}
		if raw != "" && url == opens && address.Origin(raw) != address.Origin(url) {
			return nil, errors.New("describe the URL: Chromium reads it as another place")
		}
		raw = url
	}
	if raw == "" || scripted(raw) && opened(d.Action) == "" {
		return nil, nil
	}
	p := d.place(raw)
	return &p, nil
}

// expanded returns the act with what its URL stands for.
func (d *describer) expanded() step.Action {
	url, err := d.Values.Expand(opened(d.Action), nil)
	switch a := d.Action.(type) {
	case step.Navigate:
		if err == nil {
			a.URL = url
		}
		return a
	case step.TabAct:
		if err == nil {
			a.URL = url
		}
		return a
	}
	return d.Action
}

func scripted(url string) bool { return strings.HasPrefix(strings.ToLower(url), "javascript:") }

func opened(a step.Action) string {
	switch a := a.(type) {
	case step.Navigate:
		return a.URL
	case step.TabAct:
		return a.URL
	}
	return ""
}

// words describes text, secrets, keys, files and dialog.
func (d *describer) words(in *Input) error {
	if a, ok := d.Action.(step.DialogAct); ok && d.Facts.Dialog != nil {
		in.Dialog = &Dialog{Type: d.Facts.Dialog.Type, Accept: a.Accept}
	} else if d.Facts.Dialog != nil {
		in.Dialog = &Dialog{Type: d.Facts.Dialog.Type}
	}
	text, types := "", false
	switch a := d.Action.(type) {
	case step.Type:
		text, types = a.Value, true
	case step.DialogAct:
		text, types = a.Text, a.Text != ""
	case step.Select:
		_, err := d.Values.Expand(a.Option, nil)
		return err
	case step.Press:
		c, err := step.ParseChord(a.Key)
		if err != nil {
			return fmt.Errorf("describe the key: %w", err)
		}
		kind := chordOf(c)
		in.Chord = &kind
	case step.Upload:
		in.File = &File{Given: slices.ContainsFunc(d.Task.Files, func(f step.File) bool { return f.Name == a.File })}
	}
	if !types {
		return nil
	}
	return d.text(in, text)
}

func (d *describer) text(in *Input, text string) error {
	var secrets []string
	plain, err := d.Values.Expand(text, func(name string) (string, error) {
		secrets = append(secrets, name)
		return "", nil
	})
	if err != nil {
		return fmt.Errorf("describe the text: %w", err)
	}
	in.Text = &Text{Classes: []TextClass{}, Length: len(plain), Given: d.given(text)}
	for _, c := range intent.TextClassesOf(plain) {
		in.Text.Classes = append(in.Text.Classes, TextClass(c))
	}
	if len(secrets) > 0 {
		in.Secret = d.secret(secrets, in)
	}
	return nil
}

// given reports whether everything in a text besides its references stands in the task itself.
func (d *describer) given(text string) bool {
	said := d.Task.Goal + "\n" + strings.Join(d.Task.Steps, "\n")
	for _, v := range d.Values {
		said += "\n" + v.Value
	}
	for _, name := range step.Names(text) {
		text = strings.ReplaceAll(text, "{{"+name+"}}", "\x00")
	}
	for part := range strings.SplitSeq(text, "\x00") {
		if part = strings.TrimSpace(part); part != "" && !strings.Contains(said, part) {
			return false
		}
	}
	return true
}

func (d *describer) secret(names []string, in *Input) *Secret {
	out := &Secret{Known: true, ForPage: true, ForFrame: true, ForTarget: true, Fits: true}
	for _, name := range names {
		origins, field, ok := []string(nil), "", false
		if d.Secrets != nil && slices.Contains(d.Task.Secrets, name) {
			origins, field, ok = d.Secrets(name)
		}
		r := ReleasedTo(origins, d.Facts)
		out.Known = out.Known && ok
		out.ForPage, out.ForFrame, out.ForTarget = out.ForPage && r.Page, out.ForFrame && r.Frame, out.ForTarget && r.Target
		out.Fits = out.Fits && fits(field, d.Facts.Element)
	}
	return out
}

// fits reports whether an element is a field of a kind.
func fits(field string, e *step.Element) bool {
	switch {
	case field == "text":
		return true
	case e == nil:
		return false
	case field == CodeField:
		return e.Editable && (e.Autocomplete == "one-time-code" || codeField.MatchString(strings.ToLower(e.Field+" "+e.ID+" "+e.Name)))
	}
	return passwordField(e)
}

// codeField matches what fields for one-time codes are called where they do not say so by their autocomplete token.
var codeField = regexp.MustCompile(`\b(?:[t]?otp|2fa|mfa|one[-_ ]?time|authenticat\w+|verification|security)[-_ ]?(?:code|token|password|pin)?\b|` +
	`bestätigungscode|sicherheitscode|einmal\w*|code de (?:vérification|sécurité)|código de (?:verificación|seguridad)|認証コード|確認コード|ワンタイム`)

// Release says which of the three places of an act a secret may go to. All three are needed.
type Release struct{ Page, Frame, Target bool }

// ReleasedTo compares the three places of an act with a secret's list of origins. Where there is no form, what is typed
// goes to the frame; where there is no element, nowhere.
func ReleasedTo(origins []string, f step.Facts) Release {
	on := func(raw string) bool {
		o := address.Origin(raw)
		return o != "null" && slices.ContainsFunc(origins, func(l string) bool { return address.Origin(l) == o })
	}
	r := Release{Page: on(f.Origin)}
	if f.Element != nil {
		r.Frame = on(f.Element.FrameOrigin)
		r.Target = r.Frame
	}
	if f.Form != nil {
		r.Target = on(f.Form.Action)
	}
	return r
}

// spent reports whether a limit is reached. The step in hand is already counted in Usage.Steps.
func spent(l step.Limits, u step.Usage) bool {
	return l.Steps > 0 && u.Steps > l.Steps || l.Wall > 0 && u.Wall >= l.Wall || l.Model > 0 && u.ModelTime >= l.Model ||
		l.Tokens > 0 && u.PromptTokens+u.AnswerTokens >= l.Tokens || l.Bytes > 0 && u.Bytes >= l.Bytes
}

// chordOf tells what a key or chord does.
func chordOf(c step.Chord) Chord {
	main, alt := c.Holds("Control") || c.Holds("Meta"), c.Holds("Alt")
	switch {
	case c.Key == "F12", main && c.Key == "U", main && (c.Holds("Shift") || alt) && slices.Contains([]string{"I", "J", "C", "K"}, c.Key):
		return Devtools
	case c.Key == "Enter":
		return Enter
	case main && slices.Contains([]string{"A", "C", "X", "V", "Z", "Y"}, c.Key):
		return Edit
	case main && len(c.Key) == 1, alt, len(c.Key) > 1 && c.Key[0] == 'F':
		return Chrome
	}
	return Plain
}
