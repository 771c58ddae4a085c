package actor

import (
	"context"
	"fmt"
	"strings"
	"time"

	"chiron/eval/site"
	"chiron/step"
)

// Aim says which control or text of a page is meant, by what a person reads there or by the page's own key.
type Aim struct {
	Name string `yaml:"name"` // what it says, letter case and spacing ignored
	Role string `yaml:"role"` // a role of site.Item, "" any control, or any text where no control fits
	Key  string `yaml:"key"`  // id, ticket or lane
	Nth  int    `yaml:"nth"`  // among equal ones in reading order, from 1; 0 is the first
}

// Move is one step of the right way through a task.
type Move struct {
	Do        string            `yaml:"do"` // a step.Kind, or "see": Text has to stand on the page before the next move
	Aim       `yaml:",inline"`  // of acts that have a target
	To        *Aim              `yaml:"to"`   // end of a drag
	Text      string            `yaml:"text"` // typed text, option, key, file, URL, note or reason; may hold {{name}}
	Accept    bool              `yaml:"accept"`
	Direction string            `yaml:"direction"` // of a scroll, which is repeated until Text is in sight, if there is one
	Op        string            `yaml:"op"`        // of a tab act
	Number    int               `yaml:"number"`
	Seconds   int               `yaml:"seconds"`
	Result    map[string]string `yaml:"result"` // of done: what stands on the page, by field
}

func (m Move) String() string {
	words := []string{m.Do}
	for _, w := range []string{m.Role, m.Name, m.Key, m.Text, m.Direction} {
		if w != "" {
			words = append(words, w)
		}
	}
	return strings.Join(words, " ")
}

// Sight gives an Oracle the truth about the page on the screen: it waits until the view fits or ctx ends.
type Sight func(ctx context.Context, fits func(site.View) bool) (site.View, error)

// Oracle walks through a plan without a fault, from what the page itself says about its controls. It needs no picture and
// no list, so it serves every sight. When the screen is not what the plan expects, it waits, scrolls, and at last fails
// with a sentence that says what is missing: then the plan or the product is wrong.
func Oracle(plan []Move, values step.Values, see Sight) Brain {
	o := &oracle{plan: plan, values: values, see: see}
	return func(ctx context.Context, p Prompt) Reply { return Reply{Text: o.answer(ctx, p)} }
}

type oracle struct {
	plan   []Move
	values step.Values
	see    Sight
	at     int  // next move
	sent   bool // the last answer was that move itself, not a wait or a scroll on the way to it
	tries  int  // answers on the way to it
	waits  int  // of these, waits
}

const (
	oracleTries = 12 // acts and scrolls on the way to one move
	oracleWaits = 4  // waits; fewer than the product takes for being stuck
	// oraclePatience is how long one call waits for a page to show what the plan expects.
	oraclePatience = 2 * time.Second
)

// turn is one call: what is offered, what is seen, and what the page says.
type turn struct {
	offers offers
	seen   Seen
	view   site.View
}

func (o *oracle) answer(ctx context.Context, p Prompt) string {
	t := turn{offers: offered(p.Format), seen: Read(p)}
	if len(t.offers) == 0 {
		return "{}"
	}
	if o.sent && !t.seen.Failed && o.kept(ctx, t) {
		o.next()
	}
	o.sent = false
	for o.at < len(o.plan) && o.plan[o.at].Do == "see" {
		if !o.look(ctx, &t, func(v site.View) bool { return says(v, o.plan[o.at].Text) }) {
			return o.later(t, fmt.Sprintf("%q is not on the page", o.plan[o.at].Text))
		}
		o.next()
	}
	if o.at >= len(o.plan) {
		return t.act(step.KindFail, map[string]any{"reason": "oracle: the plan is at its end and the task goes on: " + t.seen.Why})
	}
	return o.move(ctx, t, o.plan[o.at])
}

func (o *oracle) next() { o.at, o.tries, o.waits = o.at+1, 0, 0 }

// kept reports whether the field that was typed into shows what was typed.
func (o *oracle) kept(ctx context.Context, t turn) bool {
	m := o.plan[o.at]
	if m.Do != string(step.KindType) && m.Do != string(step.KindSelect) {
		return true
	}
	secret := false
	want, err := o.values.Expand(m.Text, func(string) (string, error) { secret = true; return "***", nil })
	if err != nil {
		return true
	}
	return o.look(ctx, &t, func(v site.View) bool {
		i, ok := find(v, m.Aim)
		return !ok || i.Value == want || secret && i.Value != "" || i.Role == "text"
	})
}

// look waits a bounded time for a view that fits, of the page that the prompt shows.
func (o *oracle) look(ctx context.Context, t *turn, fits func(site.View) bool) bool {
	ctx, cancel := context.WithTimeout(ctx, oraclePatience)
	defer cancel()
	v, err := o.see(ctx, func(v site.View) bool { return t.samePage(v) && fits(v) })
	t.view = v
	return err == nil
}

// samePage reports whether a view is of the page in the prompt; a prompt without a list cannot tell.
func (t turn) samePage(v site.View) bool {
	if !t.seen.Listed {
		return true
	}
	_, path, found := strings.Cut(strings.TrimPrefix(t.seen.Screen.URL, "http://"), "/")
	path, _, cut := strings.Cut("/"+path, "…+")
	now := strings.ReplaceAll(v.Path, " ", "%20")
	return !found || now == path || cut && strings.HasPrefix(now, path)
}

func says(v site.View, text string) bool {
	want := squash(text)
	for _, i := range v.Items {
		if strings.Contains(squash(i.Name), want) || strings.Contains(squash(i.Value), want) {
			return true
		}
	}
	return false
}

// later answers with something that lets time pass, until patience is over.
func (o *oracle) later(t turn, why string) string {
	o.waits++
	if o.waits > oracleWaits {
		return t.act(step.KindFail, map[string]any{"reason": fmt.Sprintf("oracle: move %d of %d (%v): %s", o.at+1, len(o.plan), o.plan[o.at], why)})
	}
	if _, ok := t.offers.of(step.KindWait); !ok {
		return t.act(step.KindFail, map[string]any{"reason": "oracle: an unexpected dialog is open: " + why})
	}
	return t.act(step.KindWait, map[string]any{"seconds": 1})
}

// act composes an answer; a kind that is not offered becomes a failure that says so.
func (t turn) act(k step.Kind, fields map[string]any) string {
	s, ok := t.offers.of(k)
	if !ok {
		s, ok = t.offers.of(step.KindFail)
		if !ok {
			return "{}"
		}
		return compose(s, map[string]any{"reason": fmt.Sprintf("oracle: the action %q is not offered", k)})
	}
	return compose(s, fields)
}

func (o *oracle) move(ctx context.Context, t turn, m Move) string {
	kind := step.Kind(m.Do)
	if _, ok := t.offers.of(kind); !ok && kind == step.KindDialog {
		return o.later(t, "no dialog is open")
	}
	fields := map[string]any{"text": m.Text, "option": m.Text, "key": m.Text, "file": m.Text, "url": m.Text, "question": m.Text, "reason": m.Text,
		"accept": m.Accept, "direction": m.Direction, "op": m.Op, "number": m.Number, "seconds": max(1, m.Seconds)}
	if kind == step.KindScroll && m.Text != "" {
		if o.next(); inSight(ctx, o, &t, m.Text) {
			return o.move(ctx, t, o.plan[o.at])
		}
		o.at--
		return t.act(kind, fields)
	}
	if m.Aim != (Aim{}) {
		got, why := o.aim(ctx, &t, m.Aim)
		if got == nil {
			return why
		}
		for k, v := range got {
			fields[k] = v
		}
	}
	if m.To != nil {
		got, why := o.aim(ctx, &t, *m.To)
		if got == nil {
			return why
		}
		fields["to"] = got
		for k, v := range got {
			fields["to_"+k] = v
		}
	}
	if kind == step.KindDone && len(m.Result) > 0 {
		result, why := o.results(ctx, &t, m)
		if result == nil {
			return why
		}
		fields["result"] = result
	}
	o.sent = true
	o.tries++
	if o.tries > oracleTries {
		return t.act(step.KindFail, map[string]any{"reason": fmt.Sprintf("oracle: move %d (%v) never succeeds: %s", o.at+1, m, t.seen.Why)})
	}
	return t.act(kind, fields)
}

// inSight reports whether a text can be seen now; a scroll that looks for a text is repeated until it can.
func inSight(ctx context.Context, o *oracle, t *turn, text string) bool {
	o.look(ctx, t, func(site.View) bool { return true })
	i, ok := find(t.view, Aim{Name: text, Role: "text"})
	return ok && i.Hit
}

// aim returns the target's fields in the terms of the schema, or nil and an answer that helps to get there.
func (o *oracle) aim(ctx context.Context, t *turn, a Aim) (map[string]any, string) {
	if !o.look(ctx, t, func(v site.View) bool { _, ok := find(v, a); return ok }) {
		return nil, o.later(*t, fmt.Sprintf("%+v is not on the page %s", a, t.view.Path))
	}
	item, _ := find(t.view, a)
	if answer := o.scroll(*t, item); answer != "" {
		return nil, answer
	}
	if !item.Hit {
		return nil, o.later(*t, fmt.Sprintf("%q is covered", item.Name))
	}
	fields, why := o.place(*t, item)
	if fields == nil {
		return nil, o.later(*t, why)
	}
	return fields, ""
}

// scroll answers with a scroll when the middle of an item is outside the viewport.
func (o *oracle) scroll(t turn, item site.Item) string {
	size, middle, direction := step.Viewport(), item.Box.Center(), ""
	switch {
	case item.Box.Y+min(item.Box.H, size.H/2) > size.H || middle.Y >= size.H:
		direction = "down"
	case item.Box.Y < 0 && item.Box.H <= size.H/2 || middle.Y < 0:
		direction = "up"
	default:
		return ""
	}
	o.tries++
	if o.tries > oracleTries {
		return t.act(step.KindFail, map[string]any{"reason": fmt.Sprintf("oracle: %q stays outside the viewport", item.Name)})
	}
	return t.act(step.KindScroll, map[string]any{"direction": direction})
}

// results finds what a claim cites: a mark where there are marks, the text itself where there are none.
func (o *oracle) results(ctx context.Context, t *turn, m Move) (map[string]any, string) {
	out := map[string]any{}
	for name, text := range m.Result {
		if !o.look(ctx, t, func(v site.View) bool { return says(v, text) }) {
			return nil, o.later(*t, fmt.Sprintf("the result %q is not on the page", text))
		}
		done, _ := t.offers.of(step.KindDone)
		result, _ := done.property("result")
		field, _ := result.property(name)
		marks := false
		for _, way := range append(field.OneOf, field) {
			_, has := way.property("mark")
			marks = marks || has
		}
		if !marks {
			out[name] = map[string]any{"value": text}
			continue
		}
		mark := cite(t.seen.Screen, o.values, text)
		if mark == 0 {
			direction := "down"
			if t.view.Below == 0 {
				direction = "up"
			}
			if t.view.Below == 0 && t.view.Above == 0 {
				return nil, o.later(*t, fmt.Sprintf("no mark shows the result %q", text))
			}
			o.tries++
			return nil, t.act(step.KindScroll, map[string]any{"direction": direction})
		}
		out[name] = map[string]any{"mark": mark}
	}
	return out, ""
}
