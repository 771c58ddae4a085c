package desk

import (
	"fmt"
	"strings"

	"chiron/step"
	"chiron/training/scene"
	"chiron/training/words"
	"chiron/training/world"
)

// second gives some requests a value that is entered before the right one: the form refuses it, or the goal asks to go back and
// to set it right.
func (f *paper) second(s *scene.Scene) {
	if s.Few || !s.Chance(0.35) {
		return
	}
	var inputs []*blank
	for i := range f.list {
		if b := &f.list[i]; b.want != "" && b.field.Role == step.RoleInput {
			inputs = append(inputs, b)
		}
	}
	b := words.Of(s.Source, inputs...) // there is always what the request is about
	if name := words.Of(s.Source, "first", "old", "before", "wrong"); s.Chance(0.5) {
		s.Rename(b.says, name)
	}
	label, other := strings.ToLower(b.field.Name), b.draw()
	if other == b.want {
		other += "0"
	}
	value := `"` + other + `"`
	if s.Chance(0.4) {
		value = s.Input(label, other)
	}
	said := &s.Says[len(s.Says)-1]
	if f.turns = s.Chance(0.4); f.turns {
		b.first, b.want = b.want, other
		*said += fmt.Sprintf(words.Of(s.Source, ", but before you send it go back and change the %s to %s", "; on the page that asks once more, go back and make the %s %s", ", then return from the check, set the %s to %s, and send it",
			", but go back before you hand it in and correct the %s to %s", ", but before the end return to the form and let the %s be %s", ", then go one step back, correct the %s (%s) and hand it in", "; do not send it yet: go back and put right the %s, %s, first",
			", but step back from the last page, enter the %s anew (%s), then finish", ", but change your mind before sending: back to the form, %s %s", ", but first look at it all, go back for the %s and make it %s"), label, value)
		return
	}
	if s.Chance(0.75) { // now and then it is taken as it is
		b.first, b.want = b.want, other
	}
	s.Whole = true
	wrong := words.Of(s.Source, "is refused", "is not accepted", "is wrong", "does not work", "is not allowed", "is not taken", "is too short", "is too long", "is already used", "does not fit", "gives an error", "cannot be used", "is rejected", "is no good")
	*said += fmt.Sprintf(words.Of(s.Source, ". If the %s %s, use %s", ". Should the %s be one that %s, enter %s", "; where that %s %s, enter %s", ". If that %s %s, make it %s", "; when the %s %s, take %s instead", ". In case the %s %s, put %s", ", or, if this %s %s, %s"), label, wrong, value)
}

// now is what a field must hold at this time.
func (b blank) now(f *paper) string {
	if b.first != "" && !f.tried {
		return b.first
	}
	return b.want
}

// right reports whether all fields hold what they must in the end.
func (f *paper) right() bool {
	for _, b := range f.list {
		if b.want != "" && !b.field.Holds(b.want) {
			return false
		}
	}
	return true
}

// check marks the fields that the form does not take, and reports whether there are none.
func (f *paper) check(a *world.App) bool {
	wrong := 0
	for _, b := range f.list {
		bad := b.want != "" && !b.field.Holds(b.want) && !(f.turns && b.first != "" && b.field.Value == b.first)
		b.field.States.Invalid = bad && b.group == nil // the mark at one of several would tell which is right
		if b.hint != nil {
			b.hint.Gone = !bad
		}
		if bad {
			wrong++
			f.tried = f.tried || b.first != "" && b.field.Value == b.first
		}
	}
	if wrong > 0 {
		a.Say(words.Of(f.src, "Please check the marked fields.", fmt.Sprintf("Please check your entries: %d to correct.", wrong), "Something is missing or wrong."))
	}
	return wrong == 0
}

// attachment is a field for a file.
func attachment(s *scene.Scene) *world.Thing {
	t := world.Text(words.Of(s.Source, "Receipt (optional)", "Attachment", "File", "Document", "Scan", "Proof"))
	t.Role = step.RoleFile
	return t
}

// file is a file that is to be handed in with a request.
func file(s *scene.Scene) blank {
	name := s.Word() + words.Of(s.Source, ".pdf", ".png", ".jpg", ".docx", "-"+s.Number(99)+".pdf")
	s.Task.Files = []step.File{{Name: name, Data: []byte("x")}}
	b := blank{field: attachment(s), want: name}
	label := strings.ToLower(strings.TrimSuffix(b.field.Name, " (optional)"))
	b.says = words.Of(s.Source, "with the file "+name, "with "+name+" attached", "and attach "+name, "with the "+label+" "+name)
	return b
}
