package vision_test

import (
	"testing"

	"chiron/step"
	"chiron/vision"
)

func screen(items ...step.Candidate) step.Screen {
	for i := range items {
		items[i].Mark = i + 1
	}
	return step.Screen{Items: items}
}

func item(role step.Role, name string) step.Candidate { return step.Candidate{Role: role, Name: name} }

func TestMatch(t *testing.T) {
	form := screen(
		item(step.RoleHeading, "Sign in"),       // 1
		item(step.RoleInput, "Username"),        // 2
		item(step.RoleInput, "Password"),        // 3
		item(step.RoleCheckbox, "Remember me"),  // 4
		item(step.RoleButton, "Sign in"),        // 5
		item(step.RoleLink, "Forgot passw0rd?"), // 6, misread
		item(step.RoleText, "Delete"),           // 7
		item(step.RoleText, "Delete"),           // 8
		item(step.RoleButton, "Order number 12"),
		item(step.RoleText, "Send button"), // 10
		item(step.RoleLink, "A-1O47"),      // 11, misread
	)
	for _, c := range []struct {
		description string
		mark        int // 0: none, or not unique
	}{
		{"Username", 2}, {"username field", 2}, {"the Username text field", 2}, {`the "Password" field`, 3}, {"Sign in button", 5},
		{"Sign in heading", 1}, {"Sign in", 5}, {"sign-in button", 5}, {"SIGN IN button", 5}, {"Sign ln button", 5},
		{"Remember me checkbox", 4}, {"checkbox Remember me", 4}, {"Forgot password link", 6}, {"Delete", 0}, {"Delete button", 0},
		{"Order number 123", 0}, {"Order number 12", 9}, {"Send button", 10}, {"A-1047", 11}, {"A-1048", 0}, {"Cancel", 0},
		{"the checkbox", 4}, {"Username button", 0}, {"", 0}, {"field", 0}, {"»«", 0}, {`"Sign in"`, 5},
	} {
		found, unique := vision.Match(form, c.description)
		if unique != (c.mark != 0) || unique && found[0].Mark != c.mark {
			t.Errorf("%q: unique %v, %v; want mark %d", c.description, unique, found, c.mark)
		}
	}
	if found, _ := vision.Match(form, "Delete"); len(found) != 2 {
		t.Errorf("two that fit alike: %v", found)
	}
}

func TestMatchOnWhatIsSeen(t *testing.T) {
	eyes := open(t, vision.Options{})
	o := observe(t, "formular")
	for _, source := range []step.Source{step.SourceLayout, step.SourcePixels} {
		s, err := eyes.Read(t.Context(), o, source)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range o.Layout {
			if n.Role != step.RoleInput && n.Role != step.RoleButton {
				continue
			}
			found, unique := vision.Match(s, `"`+n.Name+`" `+map[step.Role]string{step.RoleInput: "field", step.RoleButton: "button"}[n.Role])
			if unique && !found[0].Box.Center().In(n.Box) {
				t.Errorf("%s: %q led to %+v", source, n.Name, found[0])
			}
			if !unique && source == step.SourceLayout {
				t.Errorf("%s: %q was not found: %v", source, n.Name, found)
			}
		}
	}
}
