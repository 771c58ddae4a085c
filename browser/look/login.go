package look

import "chiron/step"

// Login shows a dialog that the browser opens itself, a wish for a name and a password, until it is told nil. A dialog of
// the page comes before it.
func (e *Eyes) Login(d *step.Dialog) {
	e.mu.Lock()
	defer e.mu.Unlock()
	shown := e.open != nil && e.open == e.login
	e.login = d
	switch {
	case e.open != nil && !shown:
	case d != nil:
		e.show(d)
	case shown:
		e.hide()
	}
}
