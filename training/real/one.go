package real

import (
	"fmt"
	"html"
	"strings"

	"chiron/step"
	"chiron/training/world"
)

// one draws one thing.
func (d *drawing) one(t *world.Thing) string {
	name := html.EscapeString(t.Name)
	switch t.Role {
	case step.RoleHeading:
		return "<h2>" + name + "</h2>"
	case step.RoleAlert:
		return "<div class=say role=alert>" + name + "</div>"
	case step.RoleLink:
		return fmt.Sprintf(`<a href="/%s"%s>%s</a>`, slug(t), d.states(t), name)
	case step.RoleButton:
		return fmt.Sprintf(`<button type=button%s>%s</button>`, d.states(t), name)
	case step.RoleTab:
		return fmt.Sprintf(`<button type=button role=tab aria-selected=%v%s>%s</button>`, t.States.Selected, d.states(t), name)
	case step.RoleCheckbox, step.RoleRadio:
		checked := ""
		if t.States.Checked {
			checked = " checked"
		}
		return fmt.Sprintf(`<label><input type=%s name="%s"%s%s> %s</label>`, t.Role, html.EscapeString(t.Group), checked, d.states(t), name)
	case step.RoleInput, step.RoleSelect, step.RoleFile:
		return d.field(t, name)
	case step.RoleCell:
		return "<p>" + html.EscapeString(t.Value) + "</p>"
	case step.RoleCanvas:
		return fmt.Sprintf(`<canvas width=420 height=120 aria-label="%s"></canvas>`, name)
	case step.RoleImage:
		return fmt.Sprintf(`<svg role=img aria-label="%s" width=60 height=40><rect width=60 height=40 fill=#9ab /></svg>`, name)
	}
	return "<p>" + name + "</p>"
}

// field is what takes a value, with its name before it or, by the sheet, above it; a search may have its name inside.
func (d *drawing) field(t *world.Thing, name string) string {
	value := html.EscapeString(t.Value)
	var control string
	switch t.Role {
	case step.RoleSelect:
		var b strings.Builder
		for _, o := range t.Options {
			chosen := ""
			if o == t.Value {
				chosen = " selected"
			}
			fmt.Fprintf(&b, "<option%s>%s</option>", chosen, html.EscapeString(o))
		}
		control = fmt.Sprintf("<select%s>%s</select>", d.states(t), b.String())
	case step.RoleFile:
		control = fmt.Sprintf("<input type=file%s>", d.states(t))
	default:
		kind := "text"
		if t.Secret {
			kind = "password"
		}
		if strings.HasPrefix(t.Name, "Search") && d.style.labels == 2 {
			return fmt.Sprintf(`<input type=search aria-label="%[1]s" placeholder="%[1]s" value="%[2]s"%[3]s>`, name, value, d.states(t))
		}
		control = fmt.Sprintf(`<input type=%s value="%s"%s>`, kind, value, d.states(t))
	}
	return "<label>" + name + " " + control + "</label>"
}

// states are the attributes of what a thing is now.
func (d *drawing) states(t *world.Thing) string {
	var out string
	for _, s := range []struct {
		is   bool
		attr string
	}{{t.States.Disabled, " disabled"}, {t.States.Required, " required"}, {t.States.Invalid, " aria-invalid=true"}, {t.States.Expanded, " aria-expanded=true"}, {d.app.Focused(t), " autofocus"}} {
		if s.is {
			out += s.attr
		}
	}
	if len(t.Opens) > 0 && !t.States.Expanded {
		out += " aria-expanded=false"
	}
	return out
}

func slug(t *world.Thing) string {
	if t.To != nil {
		return html.EscapeString(strings.TrimPrefix(t.To.Path, "/"))
	}
	return "somewhere"
}
