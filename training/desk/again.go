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
	if s.Few || !s.Chance(0.25) {
		return
	}
	for i := range f.list {
		b := &f.list[i]
		if b.want == "" || b.field.Role != step.RoleInput {
			continue
		}
		label := strings.ToLower(b.field.Name)
		b.first, b.want = b.want, b.draw()
		if b.want == b.first {
			b.want = b.first + "0"
		}
		value := `"` + b.want + `"`
		if s.Chance(0.4) {
			value = s.Input(label, b.want)
		}
		said := &s.Says[len(s.Says)-1]
		if f.turns = s.Chance(0.4); f.turns {
			*said += fmt.Sprintf(words.Of(s.Source, ", but before you send it go back and change the %s to %s", "; on the page that asks once more, go back and make the %s %s", ", then return from the check, set the %s to %s, and send it"), label, value)
			return
		}
		wrong := words.Of(s.Source, "is refused", "is not accepted", "is wrong", "does not work", "is not allowed", "is too long", "is too late")
		*said += fmt.Sprintf(words.Of(s.Source, ". If the %s %s, use %s", ". Should the %s be one that %s, enter %s", "; if that %s %s, make it %s"), label, wrong, value)
		return
	}
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
		if b.want != "" && !b.holds() {
			return false
		}
	}
	return true
}

// check marks the fields that the form does not take, and reports whether there are none.
func (f *paper) check(a *world.App) bool {
	wrong := 0
	for _, b := range f.list {
		bad := b.want != "" && !b.holds() && !(f.turns && b.first != "" && b.field.Value == b.first)
		b.field.States.Invalid = bad
		if b.hint != nil {
			b.hint.Gone = !bad
		}
		if bad {
			wrong++
			f.tried = f.tried || b.first != "" && b.field.Value == b.first
		}
	}
	switch {
	case wrong == 0:
		return true
	case len(f.list)%2 == 0:
		a.Say("Please check the marked fields.")
	default:
		a.Say(fmt.Sprintf("%d fields need your attention.", wrong))
	}
	return false
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
