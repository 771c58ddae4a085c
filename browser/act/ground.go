package act

import (
	"errors"
	"fmt"

	"chiron/step"
)

// ErrUngrounded says that an action's target is not a point yet.
var ErrUngrounded = errors.New("the action is not grounded: its target must be a point")

// Grounded returns ErrUngrounded for an action with a target that is not a point.
func Grounded(a step.Action) error {
	check := func(t step.Target, optional bool) error {
		if t.Point == nil && !(optional && t.Zero()) {
			return fmt.Errorf("%s at %s: %w", a.Kind(), t, ErrUngrounded)
		}
		return nil
	}
	switch a := a.(type) {
	case nil:
		return errors.New("there is no action")
	case step.Click:
		return check(a.Target, false)
	case step.Hover:
		return check(a.Target, false)
	case step.Drag:
		return errors.Join(check(a.Target, false), check(a.To, false))
	case step.Type:
		return check(a.Target, false)
	case step.Select:
		return check(a.Target, false)
	case step.Upload:
		return check(a.Target, false)
	case step.Scroll:
		return check(a.Target, true)
	}
	return nil
}
