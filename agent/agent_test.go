package agent_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"chiron/agent"
	"chiron/browser"
	"chiron/browser/browsertest"
	"chiron/browser/egress"
	"chiron/journal"
	"chiron/mind"
	"chiron/policy"
	"chiron/step"
	"chiron/vision"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	browsertest.Main()
	goleak.VerifyTestMain(m)
}

// house is one agent among real neighbours: Chromium, the gate with the shipped rules, an embedded journal, the eyes. Only
// the model is a script, at its wire.
type house struct {
	t       *testing.T
	runner  *agent.Runner
	journal *journal.Journal
	dir     string // of the journal
	gate    *policy.Gate
	browser *browser.Browser
	opened  int
	mu      sync.Mutex // of what several tasks at once change: opened, prompts, answers
	prompts []mind.Prompt
	answers []string
	bigger  func(mind.Prompt) (string, error) // planner and expert; nil: there is none
}

func newHouse(t *testing.T, edit func(*agent.Options), answers ...string) *house {
	t.Helper()
	h := &house{t: t, answers: answers, dir: t.TempDir()}
	var err error
	if h.journal, err = journal.New(journal.Options{Dir: h.dir}); err != nil {
		t.Fatal(err)
	}
	run(t, h.journal.Run)
	<-h.journal.Ready()
	if h.gate, err = policy.NewGate(policy.Options{Ledger: h.journal}); err != nil {
		t.Fatal(err)
	}
	h.browser = browsertest.Start(t, func(o *browser.Options) {
		o.Rules = func(hosts step.Hosts) (egress.Rules, error) { return policy.NewEgress(hosts, nil) }
	})
	eyes, err := vision.New(vision.Options{})
	if err != nil {
		t.Fatal(err)
	}
	run(t, eyes.Run)
	brain, err := mind.New(mind.Options{Chat: h.chat, Profile: func(mind.Role, string) mind.Profile { return mind.Profile{Sight: step.SightText, Terse: true} }})
	if err != nil {
		t.Fatal(err)
	}
	o := agent.Options{Open: h.open, Eyes: eyes, Mind: brain, Gate: h.gate, Recorder: h.journal, Mailbox: box{h.journal}}
	if edit != nil {
		edit(&o)
	}
	if h.runner, err = agent.New(o); err != nil {
		t.Fatal(err)
	}
	return h
}

// run keeps a part going for the test's length.
func run(t *testing.T, part func(context.Context) error) {
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- part(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil && ctx.Err() == nil {
			t.Error(err)
		}
	})
}

func (h *house) open(ctx context.Context, t step.Task) (agent.Screen, error) {
	h.mu.Lock()
	h.opened++
	h.mu.Unlock()
	return h.browser.Open(ctx, browser.SessionOptions{Task: t.ID, Hosts: t.Hosts})
}

// chat answers with the next line of the script; the last one repeats. "" is a model that nobody configured.
func (h *house) chat(_ context.Context, p mind.Prompt) (mind.Answer, error) {
	h.mu.Lock()
	h.prompts = append(h.prompts, p)
	h.mu.Unlock()
	if p.Role == mind.RolePlanner || p.Role == mind.RoleExpert {
		if h.bigger == nil {
			return mind.Answer{}, mind.ErrNoModel
		}
		text, err := h.bigger(p)
		return mind.Answer{Text: text, Model: "big", Usage: step.Usage{ModelCalls: 1}}, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.answers) == 0 || p.Role == mind.RoleVerifier {
		return mind.Answer{}, mind.ErrNoModel
	}
	text := h.answers[0]
	if len(h.answers) > 1 {
		h.answers = h.answers[1:]
	}
	last := p.Turns[len(p.Turns)-1].Text
	text = markOf.ReplaceAllStringFunc(text, func(ref string) string { return h.mark(last, strings.Trim(ref, "%")) })
	return mind.Answer{Text: text, Model: "script", Usage: step.Usage{ModelCalls: 1, PromptTokens: 10, AnswerTokens: 5}}, nil
}

var markOf = regexp.MustCompile(`%[^%]+%`)

// mark finds the mark of what shows a text in a rendered prompt.
func (h *house) mark(prompt, text string) string {
	for line := range strings.Lines(prompt) {
		if mark, rest, ok := strings.Cut(line, " "); ok && strings.Contains(rest, text) && mark[0] >= '0' && mark[0] <= '9' {
			return mark
		}
	}
	h.t.Errorf("%q is not in the prompt:\n%s", text, prompt)
	return "1"
}

type box struct{ j *journal.Journal }

func (b box) Orders(ctx context.Context, task string) (<-chan agent.Letter, error) {
	in, err := b.j.Commands(ctx, task)
	if err != nil {
		return nil, err
	}
	out := make(chan agent.Letter)
	go func() {
		defer close(out)
		for c := range in {
			select {
			case out <- agent.Letter{Order: c.Order, By: c.By, Ack: c.Ack}:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out, nil
}

// do creates, claims and runs a task to its end.
func (h *house) do(t step.Task) step.Result {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	state, _, err := h.journal.Create(ctx, t.Normalise(), "")
	if err != nil {
		h.t.Fatal(err)
	}
	lease, err := h.journal.Claim(ctx)
	if err != nil {
		h.t.Fatal(err)
	}
	if err := h.runner.Run(ctx, lease.State, "test", lease.Attempt); err != nil {
		h.t.Fatal(err)
	}
	if err := lease.Done(ctx); err != nil {
		h.t.Fatal(err)
	}
	if state, err = h.journal.State(ctx, state.Task.ID); err != nil {
		h.t.Fatal(err)
	}
	if state.Result == nil {
		h.t.Fatal("the history has no end")
	}
	return *state.Result
}

// page serves a small order form: saving answers with the name, sending counts.
func page(t *testing.T) (string, *int) {
	sent := new(int)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `<!doctype html><title>Orders</title><h1>Orders</h1><form method=post action=/save><label>Name <input name=n></label>
			<button>Save</button></form><form method=post action=/send><button>Send order</button></form><p>Total: <b id=t>12.50</b></p>`)
	})
	mux.HandleFunc("POST /save", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `<!doctype html><title>Saved</title><h1>Saved %s</h1>`, r.FormValue("n"))
	})
	mux.HandleFunc("POST /send", func(w http.ResponseWriter, _ *http.Request) {
		*sent++
		fmt.Fprint(w, `<!doctype html><title>Sent</title><h1>Order sent</h1>`)
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL + "/", sent
}

func TestStepsEndAsDoneWhenThePredicatesHold(t *testing.T) {
	h := newHouse(t, nil)
	url, _ := page(t)
	r := h.do(step.Task{Goal: "save", Start: url, Inputs: map[string]string{"name": "Ada"},
		Steps:    []string{`Read "Total" as total`, `Type {{name}} into "Name"`, `Click "Save"`},
		DoneWhen: []step.Predicate{{Text: "Saved {{name}}"}, {URL: "*/save"}, {Result: "total"}}})
	if r.Status != step.StatusDone || len(r.Checks) != 3 || r.Checks[0].Evidence == nil || r.Usage.ModelCalls != 0 {
		t.Errorf("%+v", r)
	}
	if len(h.prompts) != 0 {
		t.Errorf("a model was asked %d times", len(h.prompts))
	}
}

func TestStepsWithoutPredicatesNeedReview(t *testing.T) {
	h := newHouse(t, nil)
	url, _ := page(t)
	if r := h.do(step.Task{Goal: "save", Start: url, Steps: []string{`Click "Save"`}}); r.Status != step.NeedsReview {
		t.Errorf("%+v", r)
	}
}

func TestDoneIsShownNotSaid(t *testing.T) {
	h := newHouse(t, nil, `{"action":"done"}`)
	url, _ := page(t)
	r := h.do(step.Task{Goal: "save", Start: url, DoneWhen: []step.Predicate{{Text: "Saved"}}})
	if r.Status != step.NeedsReview || len(r.Checks) != 1 || r.Checks[0].OK {
		t.Errorf("%+v", r)
	}
	last := h.prompts[len(h.prompts)-1]
	if text := last.Turns[len(last.Turns)-1].Text; !strings.Contains(text, "not reached yet") {
		t.Errorf("the actor was not told what is missing:\n%s", text)
	}
}

func TestActorCitesAndTheProductReads(t *testing.T) {
	h := newHouse(t, nil, `{"action":"wait","seconds":1}`, `{"action":"done","result":{"total":{"mark":%12.50%}}}`)
	url, _ := page(t)
	schema := json.RawMessage(`{"type":"object","properties":{"total":{"type":"number"}},"required":["total"]}`)
	r := h.do(step.Task{Goal: "read", Start: url, Result: schema, DoneWhen: []step.Predicate{{Result: "total"}}})
	v := r.Values["total"]
	if r.Status != step.StatusDone || string(v.Value) != "12.5" || v.Evidence == nil || v.Evidence.Picture == "" {
		t.Errorf("%+v", r)
	}
}

func TestActsBeyondTheHostsAreDenied(t *testing.T) {
	h := newHouse(t, nil, `{"action":"navigate","url":"http://127.0.0.1:9/"}`)
	url, _ := page(t)
	r := h.do(step.Task{Goal: "leave", Start: url, DoneWhen: []step.Predicate{{Text: "x"}}})
	if r.Status != step.Denied || r.Usage.Acts != 1 {
		t.Errorf("%+v", r)
	}
}

func TestNothingMovesEndsAsStuck(t *testing.T) {
	h := newHouse(t, nil, `{"action":"press","key":"Escape"}`)
	url, _ := page(t)
	r := h.do(step.Task{Goal: "x", Start: url, Limits: step.Limits{NoWork: 3}, DoneWhen: []step.Predicate{{Text: "never"}}})
	if r.Status != step.Stuck {
		t.Errorf("%+v", r)
	}
}

func TestBudgets(t *testing.T) {
	for name, limits := range map[string]step.Limits{"steps": {Steps: 3}, "tokens": {Tokens: 20}, "wall": {Wall: time.Nanosecond}} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, nil, `{"action":"scroll","direction":"down"}`)
			url, _ := page(t)
			if r := h.do(step.Task{Goal: "x", Start: url, Limits: limits, DoneWhen: []step.Predicate{{Text: "never"}}}); r.Status != step.OutOfBudget {
				t.Errorf("%+v", r)
			}
		})
	}
}

func TestUselessAnswersEndHonestly(t *testing.T) {
	h := newHouse(t, nil, `I think I should click the button.`)
	url, _ := page(t)
	r := h.do(step.Task{Goal: "x", Start: url})
	if r.Status != step.Failed || !strings.Contains(r.Reason, "no usable answer") || r.Usage.Acts != 1 {
		t.Errorf("%+v", r)
	}
}

func TestWithoutAModelTheReasonSaysWhatToDo(t *testing.T) {
	h := newHouse(t, nil)
	url, _ := page(t)
	if r := h.do(step.Task{Goal: "x", Start: url}); r.Status != step.Failed || !strings.Contains(r.Reason, "no model is configured") {
		t.Errorf("%+v", r)
	}
}
