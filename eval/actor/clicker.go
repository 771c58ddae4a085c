package actor

import (
	"context"

	"chiron/step"
)

// Clicker clicks the named controls in turn, n times, at once; then it gives up. It measures what a step costs beside the
// model.
func Clicker(n int, names ...string) Brain {
	asked := 0
	return func(_ context.Context, p Prompt) Reply {
		all := offered(p.Format)
		name := names[asked%len(names)]
		asked++
		click, ok := all.of(step.KindClick)
		mark := markOf(Read(p).Screen, name)
		if asked > n || !ok || mark == 0 {
			fail, _ := all.of(step.KindFail)
			return Reply{Text: compose(fail, map[string]any{"reason": "clicker: enough"})}
		}
		return Reply{Text: compose(click, map[string]any{"mark": mark})}
	}
}

// Silent never answers.
func Silent() Brain {
	return func(ctx context.Context, _ Prompt) Reply {
		<-ctx.Done()
		return Reply{}
	}
}

// Idler waits, for as long as the task lets it.
func Idler(seconds int) Brain {
	return func(_ context.Context, p Prompt) Reply {
		wait, _ := offered(p.Format).of(step.KindWait)
		return Reply{Text: compose(wait, map[string]any{"seconds": seconds})}
	}
}
