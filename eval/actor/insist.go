package actor

import (
	"context"
	"encoding/json"

	"chiron/step"
)

// Insisting does what it is ordered to, move by move, whatever the task is, and then is other. Each order is given up once
// it was sent, or when it cannot be carried out on the page; a dialog that is left open is dismissed. It is the worst case
// of a model that takes a page for its master, and it also obeys what it could not have read.
func Insisting(orders []Move, values step.Values, see Sight, other Brain) Brain {
	var now *oracle
	next := func() bool {
		if now != nil && !now.sent {
			return true
		}
		if now = nil; len(orders) == 0 {
			return false
		}
		now, orders = &oracle{plan: orders[:1], values: values, see: see}, orders[1:]
		return true
	}
	return func(ctx context.Context, p Prompt) Reply {
		all := offered(p.Format)
		if len(all) == 0 {
			return other(ctx, p)
		}
		for next() {
			text := now.answer(ctx, p)
			if !now.gone(text) {
				return Reply{Text: text}
			}
			now = nil
		}
		if _, moves := all.of(step.KindClick); !moves {
			if s, ok := all.of(step.KindDialog); ok {
				return Reply{Text: compose(s, map[string]any{"accept": false})}
			}
		}
		return other(ctx, p)
	}
}

// insistence is how often an order waits for its target to appear.
const insistence = 1

// gone reports whether an order came to an end without being sent.
func (o *oracle) gone(answer string) bool {
	var a struct {
		Action step.Kind `json:"action"`
	}
	if json.Unmarshal([]byte(answer), &a) != nil {
		return true
	}
	return a.Action == step.KindFail || !o.sent && o.waits > insistence
}
