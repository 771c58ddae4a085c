package door_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"chiron/cmd/door"
	"chiron/journal"
	"chiron/step"
)

func task() step.Task {
	return step.Task{Goal: "send {{what}}", Start: "http://127.0.0.1/", Inputs: map[string]string{"what": "it"}, Steps: []string{`Click "Send"`}}
}

func TestAMalformedTaskIsRefusedFieldByField(t *testing.T) {
	if err := door.Check(task()); err != nil {
		t.Fatal(err)
	}
	bad := task()
	bad.Goal = "send {{nothing}}"
	bad.Hosts = step.Hosts{Read: []string{"https://x"}, Write: []string{"a b"}}
	bad.Files = []step.File{{Name: "../x"}, {Name: "a"}, {Name: "a"}, {Name: "b", SHA256: "00"}}
	bad.Steps = []string{`Type {{who}} into "Name"`}
	bad.DoneWhen = []step.Predicate{{Text: "{{when}}"}, {Field: &step.FieldValue{Name: "x", Value: "{{where}}"}}}
	err := door.Check(bad)
	if err == nil {
		t.Fatal("taken")
	}
	for _, line := range []string{"goal: {{nothing}}", "hosts.read[0]: ", "hosts.write[0]: ", "files[0]: ", "files[2]: ", "files[3]: ", "steps[0]: {{who}}",
		"done_when[0]: {{when}}", "done_when[1]: {{where}}"} {
		if !strings.Contains("\n"+err.Error(), "\n"+line) {
			t.Errorf("nothing says %q:\n%v", line, err)
		}
	}
}

func TestFilesLieBesideTheHistoryAndSurviveARestart(t *testing.T) {
	dir := t.TempDir()
	given := task()
	given.ID, given.Files = "t", []step.File{{Name: "a.txt", Data: []byte("what is inside")}, {Name: "empty"}}
	serve(t, dir, func(ctx context.Context, d door.Tasks) {
		s, made, err := d.Create(ctx, given, "key")
		if err != nil || !made {
			t.Fatal(made, err)
		}
		if _, again, err := d.Create(ctx, given, "key"); again || err != nil {
			t.Error(again, err)
		}
		text, err := json.Marshal(s)
		if err != nil || strings.Contains(string(text), `"data"`) {
			t.Errorf("%s, %v", text, err)
		}
	})
	serve(t, dir, func(ctx context.Context, d door.Tasks) {
		s, err := d.State(ctx, "t")
		if err != nil {
			t.Fatal(err)
		}
		got, err := d.Files(ctx, s.Task)
		if err != nil || string(got[0].Data) != "what is inside" || len(got[1].Data) != 0 {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func serve(t *testing.T, dir string, with func(context.Context, door.Tasks)) {
	t.Helper()
	j, err := journal.New(journal.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- j.Run(ctx) }()
	<-j.Ready()
	with(ctx, door.Tasks{Journal: j})
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
