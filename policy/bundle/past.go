package bundle

import (
	"slices"

	"chiron/policy/address"
	"chiron/policy/intent"
	"chiron/step"
)

// Past is what a task's session has gathered so far. It only grows; it ends with the session, for a new one begins with
// an empty browser and a model that has seen nothing.
type Past struct {
	Taint    Taint    `json:"taint"`
	Opened   []string `json:"opened,omitempty"`   // origins of the pages that were seen
	Approved []string `json:"approved,omitempty"` // origins where a person approved an act
}

// Taint is what has come into a session. A mark that is set stays.
type Taint struct {
	Untrusted bool `cedar:"untrusted" json:"untrusted,omitempty" doc:"a page was seen that the task may read and not act on"`
	Private   bool `cedar:"private" json:"private,omitempty" doc:"something behind a sign-in or in the inner network was seen"`
	Secret    bool `cedar:"secret" json:"secret,omitempty" doc:"a secret was typed"`
	File      bool `cedar:"file" json:"file,omitempty" doc:"a file of the requester was handed over"`
}

// After returns the past once an act was judged: the page it was proposed on was seen whatever came of it; what a permit
// lets happen counts as happened.
func (p Past) After(s Subject, in Input, outcome step.Decision, approved bool) Past {
	out := Past{Taint: in.Taint, Opened: slices.Clone(p.Opened), Approved: slices.Clone(p.Approved)}
	add := func(list *[]string, origin string) {
		if o := address.Origin(origin); o != "null" && !slices.Contains(*list, o) {
			*list = append(*list, o)
		}
	}
	add(&out.Opened, s.Facts.URL)
	if outcome != step.Permit {
		return out
	}
	if approved {
		add(&out.Approved, s.Facts.URL)
		if s.Facts.Element != nil {
			add(&out.Approved, s.Facts.Element.FrameOrigin)
		}
	}
	out.Taint.Secret = out.Taint.Secret || in.Secret != nil
	out.Taint.Private = out.Taint.Private || in.Secret != nil || intent.Intent(in.Intent) == intent.Login ||
		s.Action.Kind() == step.KindType && in.Element != nil && in.Element.Password
	out.Taint.File = out.Taint.File || in.File != nil
	return out
}

// taint returns what is set now: everything from before, and what the page in front adds.
func (d *describer) taint(page Place) Taint {
	t := d.Past.Taint
	t.Untrusted = t.Untrusted || page.Host != "" && !page.Write
	t.Private = t.Private || inner(page) && !page.Begun
	return t
}

// inner reports whether a place lies in the inner network.
func inner(p Place) bool {
	return slices.Contains([]address.Class{address.Private, address.Loopback, address.Shared}, address.Class(p.Class))
}
