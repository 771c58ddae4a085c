package gate

import (
	"maps"
	"slices"
	"time"
)

// line is the calls before one model. holder is nil only before its first call.
type line struct {
	holder  *ticket
	waiting []*ticket // in the order in which they came

	turn   int            // number of the call that is answered, doubled
	turns  map[string]int // the last turn of every tenant and of every task that waits; who comes anew had one just before the present
	passed int            // urgent calls in a row that went before a waiting one
}

func newLine() *line { return &line{turns: map[string]int{}} }

// The keys of turns. A task's name may be that of a tenant.
func tenantOf(t *ticket) string { return "tenant " + t.Tenant }
func taskOf(t *ticket) string   { return "task " + t.Tenant + "\x00" + t.Task }

// hold lets t through.
func (l *line) hold(t *ticket) {
	l.holder, t.begun = t, time.Now()
	close(t.open)
}

// join puts t into the line.
func (l *line) join(t *ticket) {
	for _, of := range []func(*ticket) string{tenantOf, taskOf} {
		if _, waits := l.turns[of(t)]; !waits && of(t) == of(l.holder) {
			l.turns[of(t)] = l.turn
		} else if !waits {
			l.turns[of(t)] = l.turn - 1
		}
	}
	l.waiting = append(l.waiting, t)
}

// quit takes t out of the line.
func (l *line) quit(t *ticket) {
	l.waiting = slices.DeleteFunc(l.waiting, func(o *ticket) bool { return o == t })
	for key, of := range map[string]func(*ticket) string{tenantOf(t): tenantOf, taskOf(t): taskOf} {
		if !slices.ContainsFunc(l.waiting, func(o *ticket) bool { return of(o) == key }) {
			delete(l.turns, key)
		}
	}
}

// next takes out whose turn it is; nil where nobody waits. Urgent calls go first, but at most patience of them before one that is
// not; then the tenant whose last turn is longest ago, of that the task, of that the first call.
func (l *line) next() *ticket {
	var best *ticket
	plain := slices.ContainsFunc(l.waiting, func(t *ticket) bool { return !t.Urgent })
	urgent := slices.ContainsFunc(l.waiting, func(t *ticket) bool { return t.Urgent }) && (!plain || l.passed < patience)
	for _, t := range l.waiting {
		if t.Urgent == urgent && (best == nil || l.before(t, best)) {
			best = t
		}
	}
	if best == nil {
		return nil
	}
	if l.passed++; !urgent || !plain {
		l.passed = 0
	}
	l.turn += 2
	l.turns[tenantOf(best)], l.turns[taskOf(best)] = l.turn, l.turn
	l.quit(best)
	return best
}

func (l *line) before(a, b *ticket) bool {
	if x, y := l.turns[tenantOf(a)], l.turns[tenantOf(b)]; x != y {
		return x < y
	}
	return l.turns[taskOf(a)] < l.turns[taskOf(b)] // of equals, b came first
}

// clone is a line that can be emptied to see who comes when.
func (l *line) clone() *line {
	c := *l
	c.waiting, c.turns = slices.Clone(l.waiting), maps.Clone(l.turns)
	return &c
}
