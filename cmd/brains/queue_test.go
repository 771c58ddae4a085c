package brains_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"chiron/cmd/brains"
	"chiron/cmd/settings"
	"chiron/inference/inferencetest"
	"chiron/mind"

	"github.com/ollama/ollama/api"
)

// TestWatchedTasksAndOwnersInTheLine lets calls of two owners pile up behind one that is answered: the watched task is next, then owners
// take turns, and the line shows each owner their places. Nobody watches any more: the task waits as others do.
func TestWatchedTasksAndOwnersInTheLine(t *testing.T) {
	for _, c := range []struct {
		watched bool
		order   string
	}{{true, "x.1 y.2! x.2 y.1 x.3"}, {false, "x.1 y.1 x.2 y.2 x.3"}} {
		t.Run(fmt.Sprint(c.watched), func(t *testing.T) {
			release := make(chan struct{})
			s := inferencetest.Script(t, func(api.ChatRequest) string { <-release; return "yes" })
			b := joined(t, settings.InferenceConfig{Actor: "m", Uncertified: true}, nil, s)
			door := brains.Door{Brains: b}
			b.Watched("2", true)
			b.Watched("2", c.watched)
			done := make(chan error)
			for n, call := range []string{"x.1", "y.1", "x.2", "x.3", "y.2"} {
				tenant, task, _ := strings.Cut(call, ".")
				if tenant == "x" {
					task += "x"
				}
				go func() {
					_, err := b.Chat(context.Background(), mind.Prompt{Role: mind.RoleActor, Task: task, Tenant: tenant, Turns: []mind.Turn{{Who: "user", Text: call}}})
					done <- err
				}()
				for len(door.Lines().Calls) <= n {
					runtime.Gosched()
				}
			}
			var order, own []string
			for _, call := range door.Lines().Calls {
				name := call.Owner + "." + strings.TrimSuffix(call.Task, "x")
				if call.Urgent {
					name += "!"
				}
				order = append(order, name)
			}
			for _, call := range door.Lines().Of("y").Calls {
				own = append(own, fmt.Sprint(call.Position))
			}
			if got := strings.Join(order, " "); got != c.order || len(own) != 2 {
				t.Errorf("%s; places of y: %v", got, own)
			}
			close(release)
			for range 5 {
				if err := <-done; err != nil {
					t.Error(err)
				}
			}
			var asked []string
			for _, q := range s.Asked() {
				asked = append(asked, inferencetest.Last(q))
			}
			if got := strings.Join(asked, " "); got != strings.ReplaceAll(c.order, "!", "") {
				t.Errorf("asked in the order %s", got)
			}
		})
	}
}
