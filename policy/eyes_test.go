package policy_test

import (
	"slices"
	"testing"

	"chiron/policy"
	"chiron/step"
)

// TestFourEyes: the gate itself counts no approval of the task's owner and no act of theirs, should the door have let one through.
// The control is the same without four eyes.
func TestFourEyes(t *testing.T) {
	for name, c := range map[string]struct {
		gate, task, permitted bool
	}{"operator": {gate: true}, "task": {task: true}, "neither": {permitted: true}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(o *policy.Options) { o.FourEyes = c.gate })
			r := w.asked(t, facts(element("Delete account")))
			r.Task.Owner, r.Task.FourEyes, r.Answer.By = "ann", c.task, "ann"
			if a := w.admit(t, r); (a.Permit != nil) != c.permitted {
				t.Errorf("own approval: %+v", a.Verdict)
			}
			drive := request(click(), facts(element("Next")))
			drive.Task.Owner, drive.Task.FourEyes, drive.Principal = "ann", c.task, "ann"
			a := w.admit(t, drive)
			if (a.Permit != nil) != c.permitted || slices.Contains(a.Verdict.Rules, policy.RuleFourEyes) == c.permitted {
				t.Errorf("own act: %+v", a.Verdict)
			}
			other := w.asked(t, facts(element("Delete account")))
			other.Task.Owner, other.Task.FourEyes, other.Answer.By = "ann", c.task, "bob"
			w.permit(t, other)
			drive.Principal = "bob"
			w.permit(t, drive)
			if drive.Principal = policy.Agent; w.admit(t, drive).Verdict.Decision != step.Permit {
				t.Error("the agent is held up")
			}
		})
	}
}
