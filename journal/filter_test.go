package journal_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"chiron/journal"
	"chiron/step"
)

// canary needs escaping in JSON at every second sign.
const canary = "gold\"fi\\sh <ö>\n1"

func TestASecretIsInNoStoredEventOrCommand(t *testing.T) {
	hide := func(p []byte) []byte { return bytes.ReplaceAll(p, []byte(canary), []byte("***")) }
	for name, c := range map[string]struct {
		filter func([]byte) []byte
		shown  bool
	}{"with the filter": {hide, false}, "control: without it": {nil, true}} {
		t.Run(name, func(t *testing.T) {
			o := journal.Options{Dir: t.TempDir(), Filter: c.filter}
			j, shut := open(t, o)
			create(t, j, "a")
			page := step.Observation{ID: "o", Title: "You typed " + canary + "!", URL: "http://127.0.0.1/"}
			ev, err := j.Append(soon(t), "a", 1, step.Saw{Observation: page})
			if err != nil {
				t.Fatal(err)
			}
			if err := j.Send(soon(t), "a", step.Order{Command: step.Message{Text: "say " + canary}}, "dana"); err != nil {
				t.Fatal(err)
			}
			if title := ev.Body.(step.Saw).Observation.Title; !c.shown && title != "You typed ***!" {
				t.Errorf("returned %q", title)
			}
			end(t, j, "a")
			shut()

			j, _ = open(t, journal.Options{Dir: o.Dir})
			var seen []string
			if err := j.Follow(soon(t), "a", 0, func(e step.Event) error { seen = append(seen, fmt.Sprintf("%+v", e)); return nil }); err != nil {
				t.Fatal(err)
			}
			commands, err := j.Commands(soon(t), "a")
			if err != nil {
				t.Fatal(err)
			}
			told, err := json.Marshal((<-commands).Order)
			if err != nil {
				t.Fatal(err)
			}
			var back map[string]any
			if err := json.Unmarshal(told, &back); err != nil {
				t.Fatal(err)
			}
			if len(seen) != 3 {
				t.Fatalf("%d events", len(seen))
			}
			for what, there := range map[string]bool{"events": bytes.Contains([]byte(fmt.Sprint(seen)), []byte(canary)),
				"command": bytes.Contains([]byte(fmt.Sprint(back)), []byte(canary))} {
				if there != c.shown {
					t.Errorf("%s: the secret is there: %v", what, there)
				}
			}
		})
	}
}
