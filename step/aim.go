package step

// Aim returns an action with every place that it aims at put through at, in the order in which they are reached. The first error
// of at ends it.
func Aim(action Action, at func(Target) (Target, error)) (Action, error) {
	var err error
	switch a := action.(type) {
	case Click:
		a.Target, err = at(a.Target)
		return a, err
	case Hover:
		a.Target, err = at(a.Target)
		return a, err
	case Type:
		a.Target, err = at(a.Target)
		return a, err
	case Scroll:
		a.Target, err = at(a.Target)
		return a, err
	case Select:
		a.Target, err = at(a.Target)
		return a, err
	case Upload:
		a.Target, err = at(a.Target)
		return a, err
	case Drag:
		if a.Target, err = at(a.Target); err == nil {
			a.To, err = at(a.To)
		}
		return a, err
	}
	return action, nil
}
