package world

import "chiron/step"

func thing(role step.Role, name string) *Thing {
	return &Thing{Candidate: step.Candidate{Role: role, Name: name}}
}

// Text is a line of words.
func Text(name string) *Thing { return thing(step.RoleText, name) }

// Heading is a headline.
func Heading(name string) *Thing { return thing(step.RoleHeading, name) }

// Link leads to a page; nil leads nowhere.
func Link(name string, to *Page) *Thing {
	t := thing(step.RoleLink, name)
	t.To = to
	return t
}

// Button does something.
func Button(name string, do Effect) *Thing {
	t := thing(step.RoleButton, name)
	t.Click = do
	return t
}

// Input takes text.
func Input(name, value string) *Thing {
	t := thing(step.RoleInput, name)
	t.Value = value
	return t
}

// Password takes text that nobody sees.
func Password(name string) *Thing {
	t := Input(name, "")
	t.Secret = true
	return t
}

// Checkbox is on or off.
func Checkbox(name string, on bool) *Thing {
	t := thing(step.RoleCheckbox, name)
	t.States.Checked = on
	return t
}

// Radio is one of a group.
func Radio(group, name string, on bool) *Thing {
	t := thing(step.RoleRadio, name)
	t.Group, t.States.Checked = group, on
	return t
}

// Select is a list to choose from.
func Select(name, value string, options []string) *Thing {
	t := thing(step.RoleSelect, name)
	t.Value = value
	t.Options = options
	return t
}

// Cell is a cell of a table below a column's header.
func Cell(column, value string) *Thing {
	t := thing(step.RoleCell, column)
	t.Value = value
	return t
}

// Holds reports whether a field shows a value. Of checkboxes and radios the value is "on" or "off".
func (t *Thing) Holds(value string) bool {
	if t.Role.Checkable() {
		return t.States.Checked == (value == "on")
	}
	return t.Value == value
}
