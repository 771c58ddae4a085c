package actor

import (
	"context"
	"encoding/json"
	"strings"
)

// chatter is what a Talking brain says of every act.
const chatter = "The page shows what I was looking for, so the next act brings me closer to the goal; after it the page will show the new state and I can go on with the rest of the work that was asked for."

// Talking gives another brain's answers the longest notes that the schema allows, in plain English: the dearest answers that a
// sensible model can give.
func Talking(other Brain) Brain {
	return func(ctx context.Context, p Prompt) Reply {
		r := other(ctx, p)
		var s struct{ Action string }
		if json.Unmarshal([]byte(r.Text), &s) != nil {
			return r
		}
		for _, o := range offered(p.Format) {
			if string(o.kind()) != s.Action {
				continue
			}
			for _, name := range []string{"note", "expect"} {
				is, asked := o.property(name)
				if !asked {
					continue
				}
				text := chatter
				if is.MaxLength != nil && len(text) > *is.MaxLength {
					text = strings.TrimSpace(text[:*is.MaxLength])
				}
				said, err := json.Marshal(map[string]string{name: text})
				if err != nil {
					return r // a text always has a JSON form
				}
				r.Text = strings.Replace(r.Text, `"`+name+`":""`, strings.Trim(string(said), "{}"), 1)
			}
		}
		return r
	}
}

// Reading has each prompt read by look before the other brain answers, and its answer after that.
func Reading(other Brain, look func(ctx context.Context, p Prompt, answer string) error) Brain {
	return func(ctx context.Context, p Prompt) Reply {
		r := other(ctx, p)
		if err := look(ctx, p, r.Text); err != nil {
			return Reply{Fault: err.Error()}
		}
		return r
	}
}
