package memory_test

import (
	"fmt"
	"strings"
	"testing"

	"chiron/memory"
	"chiron/step"
)

// shown is a workflow of n acts with a form around each.
func shown(n int, goal string) memory.Item {
	i := made(memory.Workflow, "acme.test", goal, "")
	i.Lines = nil
	for k := range n {
		name := fmt.Sprintf("Field %d", k)
		near := []memory.Thing{{Role: step.RoleHeading, Name: strings.Repeat("h", 40)}, {Role: step.RoleInput, Name: name}, {Role: step.RoleButton, Name: strings.Repeat("b", 40)}}
		i.Lines = append(i.Lines, memory.Line{Act: step.KindType, Role: step.RoleInput, Name: name, Value: "user", Then: memory.Worked, Near: near})
	}
	return i
}

func TestAWorkflowIsShownByExamples(t *testing.T) {
	conform(t, func(t *testing.T, open maker) {
		m := open(t, nil)
		form := []memory.Thing{{Role: step.RoleInput, Name: "User\nname"}, {Role: step.RoleSelect, Name: "Kind"}, {Role: step.RoleButton, Name: "Go"}}
		i := made(memory.Workflow, "acme.test", "file a report", "")
		i.Lines = []memory.Line{
			{Act: step.KindNavigate, URL: "http://acme.test/new", Then: memory.Worked},
			{Act: step.KindType, Role: step.RoleInput, Name: "User name", Value: "user", Near: form},
			{Act: step.KindSelect, Role: step.RoleSelect, Name: "Kind", Value: "kind", Near: form, Then: memory.Worked},
			{Act: step.KindClick, Role: step.RoleButton, Name: "Go", Near: form, Then: memory.Nothing},      // did not work
			{Act: step.KindClick, Role: step.RoleButton, Name: "Stop", Near: form, Then: memory.Worked},     // did not stand there
			{Act: step.KindPress, Role: step.RoleInput, Name: "User name", Near: form, Then: memory.Worked}, // its key is not known
			{Act: step.KindClick, Role: step.RoleButton, Name: "Go", Near: form, Then: memory.Worked},
		}
		keep(t, m, i)
		lesson := made(memory.Lesson, "acme.test", "file a report", "Go")
		lesson.Lines[0].Near = form
		keep(t, m, lesson)
		for most, want := range map[int]int{0: 0, 2: 2, 9: 3} {
			r, err := m.Recall(t.Context(), memory.Query{Tenant: "a", Site: "acme.test", Goal: "file the report", Examples: most})
			if err != nil || len(r.Examples) != want || r.Cut != 0 {
				t.Fatalf("%d wanted: %+v, %v", most, r, err)
			}
			if want == 3 {
				got := r.Examples[0].Text(nil) + "\n" + r.Examples[1].Text(nil) + "\n" + r.Examples[2].Text(nil)
				all := `on 1 input "User name" = ""; 2 select "Kind" = ""; 3 button "Go" the answer was `
				if got != all+`{"action":"type","mark":1,"text":"{{user}}"}`+"\n"+all+`{"action":"select","mark":2,"option":"{{kind}}"}`+"\n"+all+`{"action":"click","mark":3}` {
					t.Errorf("shown are\n%s", got)
				}
			}
		}
	})
}

func TestExamplesFitIntoTheTokensOfAdvice(t *testing.T) {
	conform(t, func(t *testing.T, open maker) {
		m := open(t, nil)
		keep(t, m, shown(9, "fill the form"))
		r, err := m.Recall(t.Context(), memory.Query{Tenant: "a", Site: "acme.test", Goal: "fill the form", Examples: 9})
		if err != nil || r.Tokens > memory.MaxTokens || len(r.Examples) == 0 || r.Cut == 0 || len(r.Examples)+r.Cut != 9 {
			t.Errorf("%d examples, %d tokens, %d left out, %v", len(r.Examples), r.Tokens, r.Cut, err)
		}
	})
}
