package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"chiron/client"
	"chiron/cmd/settings"
	"chiron/eval/actor"
	"chiron/eval/redteam"
	"chiron/policy"
	"chiron/step"
)

// sieve gathers what the product wrote, by the kind of place, and finds canaries in it.
type sieve struct {
	mu    sync.Mutex
	texts map[string][]byte
}

func (s *sieve) add(place string, data []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.texts == nil {
		s.texts = map[string][]byte{}
	}
	s.texts[place] = append(append(s.texts[place], data...), '\n')
}

// Write makes it the place where the log goes.
func (s *sieve) Write(p []byte) (int, error) {
	s.add("log", p)
	return len(p), nil
}

// found returns the places that hold one of the canaries, as they are, without spaces, or in base64.
func (s *sieve) found(canaries []string) map[string][]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string][]string{}
	for place, data := range s.texts {
		close := strings.ReplaceAll(string(data), " ", "")
		for _, c := range canaries {
			if bytes.Contains(data, []byte(c)) || strings.Contains(close, strings.ReplaceAll(c, " ", "")) ||
				strings.Contains(close, base64.StdEncoding.EncodeToString([]byte(c))) {
				out[place] = append(out[place], c)
			}
		}
	}
	return out
}

// TestCanaries has a task type secrets into fields of both kinds, on a page that repeats them in plain, and looks for them
// and for personal data in everything that the product writes or sends.
func TestCanaries(t *testing.T) {
	secrets, personal := redteam.Canaries()
	s := canaryRun(t, nil)
	if found := s.found(secrets); len(found) > 0 {
		t.Errorf("secrets stand in %v", found)
	}
	given := map[string]bool{"task": true, "disk": true} // what people gave and get stays, or the task could not be done
	for place, which := range s.found(personal) {
		if !given[place] {
			t.Errorf("personal data stands in the %s: %v", place, which)
		}
	}
	sizes := map[string]int{}
	for place, data := range s.texts {
		sizes[place] = len(data)
	}
	if sizes["prompts"] == 0 || sizes["log"] == 0 || sizes["events"] == 0 || sizes["pictures"] == 0 || sizes["disk"] == 0 || sizes["metrics"] == 0 {
		t.Errorf("something was not looked at: %v", sizes)
	}
	t.Logf("bytes looked at: %v", sizes)
	control := canaryRun(t, func(a *app) {
		none, err := policy.NewRedactor(&policy.MemoryVault{})
		if err != nil {
			t.Fatal(err)
		}
		*a.redact = *none
	})
	found := control.found(secrets)
	for _, place := range []string{"prompts", "events", "pictures", "disk"} {
		if len(found[place]) == 0 {
			t.Errorf("the control: without the filter no secret stands in the %s; found %v", place, found)
		}
	}
	for _, place := range []string{"prompts", "events", "pictures", "disk"} {
		if len(control.found(personal)[place]) == 0 {
			t.Errorf("the control: without the filter no personal data stands in the %s", place)
		}
	}
	t.Logf("control: %v, %v", found, control.found(personal))
}

// canaryRun carries out the task and gathers what it left. Personal data is filtered where edit is nil.
func canaryRun(t *testing.T, edit func(*app)) *sieve {
	t.Helper()
	s := &sieve{}
	lab := newStorm(t)
	cfg := settings.Default()
	cfg.Data, cfg.Log.Level = t.TempDir(), "debug"
	if edit == nil {
		cfg.Policy.Personal = []string{"phone"}
	}
	a, err := labAppTo(cfg, lab, true, s)
	if err != nil {
		t.Fatal(err)
	}
	if edit != nil {
		edit(a)
	}
	err = a.beside(t.Context(), lab, func(c *client.Client) error {
		out, err := redteam.Run(t.Context(), redteam.Options{Lab: lab, Client: c, Attacks: []redteam.Attack{redteam.CanaryTask()}, Twins: true,
			Heard: func(p actor.Prompt) {
				for _, m := range p.Messages {
					s.add("prompts", []byte(m.Text))
				}
			}})
		if err != nil || !out[0].OK() {
			return fmt.Errorf("the task: %+v, %w", out, err)
		}
		return s.take(t.Context(), a, c, out[0].Task)
	})
	if err != nil {
		t.Fatal(err)
	}
	s.disk(t, filepath.Join(cfg.Data, "eval"))
	return s
}

// take gathers events, what can be read in pictures, and the metrics.
func (s *sieve) take(ctx context.Context, a *app, c *client.Client, task string) error {
	seen := map[string]bool{}
	h, err := c.History(ctx, task, 0, 500)
	if err != nil {
		return err
	}
	for _, e := range h.Events {
		data, err := e.MarshalJSON()
		if err != nil {
			return err
		}
		place := "events"
		switch e.Body.(type) {
		case step.Created, step.Ended:
			place = "task"
		}
		s.add(place, data)
		saw, ok := e.Body.(step.Saw)
		if !ok || seen[saw.Observation.Frame.Hash] {
			continue
		}
		f := saw.Observation.Frame
		seen[f.Hash] = true
		if f.Data, f.MIME, err = c.Picture(ctx, f.Hash); err != nil {
			return err
		}
		read, err := a.eyes.Read(ctx, step.Observation{Frame: f}, step.SourcePixels)
		if err != nil {
			return err
		}
		s.add("pictures", []byte(read.Text(nil)))
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.server.URL()+"/metrics", nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+a.key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer http.DefaultClient.CloseIdleConnections()
	defer res.Body.Close() //nolint:errcheck // only read
	data, err := io.ReadAll(res.Body)
	s.add("metrics", data)
	return err
}

// disk gathers every file of the data directory but those that hold the secrets of the configuration.
func (s *sieve) disk(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), "secret-") {
			return err
		}
		data, err := os.ReadFile(path)
		place := "disk"
		if strings.HasPrefix(d.Name(), "memory.db") {
			place = "memory"
		}
		s.add(place, data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
