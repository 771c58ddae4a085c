// Package intent computes from facts what an act is for, how far it reaches, and what kind of text it types. It is
// arithmetic on what Chromium says: nothing that a model wrote about its own act comes in.
//
// All functions are pure and safe for concurrent use.
package intent

import (
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"chiron/step"
)

// Intent is the class of an act.
type Intent string

// The intents, from the most to the least risky. Where several fit, the riskiest is taken.
const (
	Payment  Intent = "payment"
	Delete   Intent = "delete"
	Grant    Intent = "grant" // gives somebody access
	Publish  Intent = "publish"
	Send     Intent = "send"
	Submit   Intent = "submit" // hands data in, in a way no stronger word fits
	Login    Intent = "login"
	Download Intent = "download"
	Search   Intent = "search"
	Navigate Intent = "navigate"
	None     Intent = "none"
)

// Intents returns the closed list, riskiest first.
func Intents() []Intent {
	return []Intent{Payment, Delete, Grant, Publish, Send, Submit, Login, Download, Search, Navigate, None}
}

// Of returns intent and effect of an act at the moment that the facts describe.
func Of(a step.Action, f step.Facts) (Intent, step.Effect) {
	i := classify(a, f)
	return i, effect(a, f, i)
}

func classify(a step.Action, f step.Facts) Intent {
	switch a := a.(type) {
	case step.Click, step.Type, step.Press, step.Upload:
		return touch(a, f)
	case step.Drag:
		if presses(a, f) {
			return touch(a, f)
		}
		if f.To != nil {
			return spoken(words(f.To), Delete, Payment, Publish, Send)
		}
	case step.DialogAct:
		if a.Accept && f.Dialog != nil {
			return dialog(*f.Dialog)
		}
	case step.Navigate:
		return goes(a.URL)
	case step.Back, step.Forward, step.Reload:
		return goes(f.Leads)
	case step.TabAct:
		if a.Op == "open" {
			return goes(a.URL)
		}
	}
	return None
}

// goes classifies the opening of a URL, by a link or in any other way.
func goes(raw string) Intent {
	if u, err := url.Parse(raw); err == nil {
		for part := range strings.SplitSeq(strings.ToLower(u.Path), "/") {
			if slices.Contains([]string{"delete", "remove", "destroy"}, part) {
				return Delete
			}
		}
	}
	return Navigate
}

// dialog classifies the acceptance of a dialog by its message.
func dialog(d step.Dialog) Intent {
	switch d.Type {
	case "alert":
		return None
	case "beforeunload":
		return Navigate
	}
	if i := spoken(strings.ToLower(d.Message), risky()...); i != None {
		return i
	}
	return Submit
}

// touch classifies a click, a key, a text or a file at an element.
func touch(a step.Action, f step.Facts) Intent {
	if f.Submits && f.Form != nil {
		return submit(f)
	}
	if f.Element == nil || !presses(a, f) || f.Element.Type == "reset" {
		return None
	}
	e := *f.Element
	switch {
	case e.Download, executableOrFile(f.Leads):
		return Download
	case e.Href != "" && !scripted(e.Href):
		return link(e)
	case e.Editable:
		return entered(a, e)
	case !activates(e):
		return None
	}
	return spoken(words(&e), Intents()...)
}

// entered classifies a key that goes to a field outside any form: Enter there hands in what was typed, as chats do.
func entered(a step.Action, e step.Element) Intent {
	press, ok := a.(step.Press)
	switch {
	case !ok || !enters(press):
		return None
	case e.Type == "search" || matches(words(&e), Search):
		return Search
	}
	return Submit
}

// presses reports whether an act sets off the element it is at. Handing a file to what is no file field clicks it, and so
// does a drag that ends on the element it began on.
func presses(a step.Action, f step.Facts) bool {
	switch a := a.(type) {
	case step.Click:
		return a.Button == "" || a.Button == "left"
	case step.Upload:
		return f.Element != nil && f.Element.Type != "file"
	case step.Drag:
		return f.Element != nil && f.To != nil && f.Element.Node == f.To.Node
	case step.Press:
		return enters(a) || key(a) == "Space"
	}
	return false
}

func enters(a step.Press) bool { return key(a) == "Enter" }

// key returns the key of a chord that is not held, "" where there is none.
func key(a step.Press) string {
	c, err := step.ParseChord(a.Key)
	if err != nil {
		return ""
	}
	return c.Key
}

// activates reports whether something happens when an element is pressed, beyond choosing or focusing it. What is no control
// by its role may have been made one; its text counts when it is short enough for a label.
func activates(e step.Element) bool {
	switch e.Role {
	case step.RoleButton, step.RoleMenu, step.RoleLink:
		return true
	case step.RoleText, step.RoleImage, step.RoleCell, step.RoleBox, step.RoleCanvas:
		w := words(&e)
		return len(strings.Fields(w)) <= 4 && utf8.RuneCountInString(w) <= 40
	}
	return false
}

// link classifies an ordinary link. Following one is a GET, so only a short name that is itself a command counts, or a
// path that says so.
func link(e step.Element) Intent {
	name := words(&e)
	if len(strings.Fields(name)) <= 3 {
		if i := spoken(name, Payment, Delete, Grant); i != None {
			return i
		}
	}
	return goes(e.Href)
}

// submit classifies the submission of a form.
func submit(f step.Facts) Intent {
	said := ""
	if f.Element != nil {
		said = words(f.Element)
	}
	if i := spoken(said, risky()...); i != None {
		return i
	}
	switch {
	case f.Form.Card:
		return Payment
	case f.Form.Password && !matches(said, Submit):
		return Login
	case f.Form.Method == "GET" && (matches(said, Search) || searches(f.Form.Fields)):
		return Search
	case f.Form.Method == "GET":
		return Navigate
	case f.Form.Method == "DIALOG":
		return None
	}
	return Submit
}

func searches(fields []string) bool {
	return slices.ContainsFunc(fields, func(name string) bool {
		return slices.Contains([]string{"q", "s", "query", "search", "keyword", "keywords", "term", "suche"}, strings.ToLower(name))
	})
}

// risky returns the intents whose words outweigh everything else that is known.
func risky() []Intent { return []Intent{Payment, Delete, Grant, Publish, Send} }

// Risky reports whether an intent is one that a person would want to know of.
func Risky(i Intent) bool { return slices.Contains(risky(), i) }

func effect(a step.Action, f step.Facts, i Intent) step.Effect {
	switch a := a.(type) {
	case step.Scroll, step.Hover, step.Wait, step.Note, step.Ask, step.Done, step.Fail:
		return step.EffectNone
	case step.Call, step.Delegate:
		return step.EffectIrreversible
	case step.DialogAct:
		if !a.Accept {
			return step.EffectReversible
		}
	}
	if Risky(i) || i == Submit || unexplained(a, f, i) {
		return step.EffectIrreversible
	}
	return step.EffectReversible
}

// words returns what is written on an element, in lower case.
func words(e *step.Element) string {
	name := e.Name
	if strings.TrimSpace(name) == "" {
		name = e.Text
	}
	return strings.ToLower(strings.Join(strings.Fields(name), " "))
}

func scripted(href string) bool {
	return strings.HasPrefix(strings.ToLower(strings.TrimSpace(href)), "javascript:")
}

// executableOrFile reports whether a URL's path ends as files do that browsers save instead of showing.
func executableOrFile(raw string) bool {
	return Executable(raw) || slices.Contains([]string{".csv", ".zip", ".gz", ".tar", ".7z", ".xls", ".xlsx", ".doc", ".docx",
		".ppt", ".pptx", ".ods", ".odt"}, extension(raw))
}

// Executable reports whether a URL names a file that runs when it is opened, macros included.
func Executable(raw string) bool {
	return slices.Contains([]string{".exe", ".msi", ".bat", ".cmd", ".com", ".scr", ".ps1", ".vbs", ".vbe", ".js", ".jse", ".wsf",
		".hta", ".lnk", ".jar", ".apk", ".dmg", ".pkg", ".app", ".deb", ".rpm", ".appimage", ".sh", ".run", ".iso", ".reg", ".dll",
		".docm", ".xlsm", ".pptm"}, extension(raw))
}

func extension(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return ""
	}
	return strings.ToLower(path.Ext(u.Path))
}
