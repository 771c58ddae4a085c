// Package door looks at what comes in before the journal takes it: a task that cannot run is refused with one line for each
// fault, and the files it brings are kept beside its history, not in it.
package door

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"chiron/agent/wheel"
	"chiron/browser"
	"chiron/browser/files"
	"chiron/cmd/brains"
	"chiron/journal"
	"chiron/mind"
	"chiron/policy"
	"chiron/server"
	"chiron/server/fault"
	"chiron/step"
)

// Tasks is the journal behind the door.
type Tasks struct{ *journal.Journal }

// Create checks a task and hands it to the journal. What the task's files hold is kept by its hash.
func (d Tasks) Create(ctx context.Context, t step.Task, key string) (step.State, bool, error) {
	if err := Check(t); err != nil {
		return step.State{}, false, fault.Malformed(err)
	}
	kept := make([]step.File, len(t.Files))
	for i, f := range t.Files {
		f.SHA256 = step.PictureHash(f.Data)
		if len(f.Data) > 0 {
			if _, err := d.PutPicture(ctx, f.Data, "application/octet-stream"); err != nil {
				return step.State{}, false, fmt.Errorf("keep the file %s: %w", f.Name, err)
			}
		}
		f.Data = nil
		kept[i] = f
	}
	t.Files = kept
	return d.Journal.Create(ctx, t, key)
}

// Files returns the files of a task that Create has taken, with what they hold.
func (d Tasks) Files(ctx context.Context, t step.Task) ([]step.File, error) {
	full := make([]step.File, len(t.Files))
	for i, f := range t.Files {
		if len(f.Data) == 0 && f.SHA256 != step.PictureHash(nil) {
			var err error
			if f.Data, _, err = d.Picture(ctx, f.SHA256); err != nil {
				return nil, fmt.Errorf("the file %s: %w", f.Name, err)
			}
		}
		full[i] = f
	}
	return full, nil
}

// Check reports what step's own Validate leaves to those who know hosts, files and sentences.
func Check(t step.Task) error {
	var errs []error
	add := func(field string, i int, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s[%d]: %w", field, i, fmt.Errorf(format, args...)))
	}
	host := func(field string, i int, h string) {
		if _, err := policy.NewEgress(step.Hosts{Read: []string{h}}, nil); err != nil {
			add(field, i, "%q is no host; write name, name:port or *.name", h)
		}
	}
	for i, h := range t.Hosts.Read {
		host("hosts.read", i, h)
	}
	for i, h := range t.Hosts.Write {
		host("hosts.write", i, h)
	}
	seen := map[string]bool{}
	for i, f := range t.Files {
		switch {
		case f.Name == "" || files.SafeName(f.Name) != f.Name:
			add("files", i, "%q is not a plain file name", f.Name)
		case seen[f.Name]:
			add("files", i, "%q is there twice", f.Name)
		case f.SHA256 != "" && f.SHA256 != step.PictureHash(f.Data):
			add("files", i, "sha256 is not that of data; leave it out")
		}
		seen[f.Name] = true
	}
	values, _ := step.NewValues(t)
	known := func(field string, i int, texts ...string) {
		for _, text := range texts {
			for _, name := range step.Names(text) {
				if _, there := values.Lookup(name); !there {
					add(field, i, "{{%s}} names no input and no secret", name)
				}
			}
		}
	}
	for i, s := range t.Steps {
		known("steps", i, s)
	}
	for i, p := range t.DoneWhen {
		known("done_when", i, p.URL, p.Text, p.File)
		if p.Field != nil {
			known("done_when", i, p.Field.Name, p.Field.Value)
		}
	}
	for _, name := range step.Names(t.Goal) {
		if _, there := values.Lookup(name); !there {
			errs = append(errs, fmt.Errorf("goal: {{%s}} names no input and no secret", name))
		}
	}
	if _, err := mind.ParseSteps(t.Steps); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Errors are what the rooms behind the door refuse, as clients see it.
func Errors() []server.Mapping {
	return []server.Mapping{
		{Err: brains.ErrBusy, Status: http.StatusConflict, Title: "Already worked on"},
		{Err: wheel.ErrNotDriven, Status: http.StatusConflict, Title: "Mouse not held"},
		{Err: wheel.ErrNotAnAct, Status: http.StatusUnprocessableEntity, Title: "Not an act"},
		{Err: browser.ErrUngrounded, Status: http.StatusUnprocessableEntity, Title: "Target is not a point"},
	}
}
