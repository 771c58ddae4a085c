package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"chiron/eval"
	"chiron/eval/actor"
	"chiron/inference"
	"chiron/memory"
	"chiron/step"
)

// Scale is a real Ollama with a tiny model whose vocabulary is as large as that of real ones. Close ends it.
type Scale interface {
	// Read has the runner read a prompt and returns the runner's own counts: its tokens, and how many of them it still had.
	Read(ctx context.Context, prompt []inference.Message) (tokens, kept int, err error)
	// Count is how many tokens a text has.
	Count(text string) (int, error)
	Close() error
}

// weighed are the prompts and answers of one run.
type weighed struct {
	scale Scale

	mu                     sync.Mutex
	seen                   map[string]bool   // tasks whose prompts held an example
	last                   map[string]string // prompt by model, that is by task
	fresh, whole, answers  []int             // tokens that each prompt made the runner read, of each prompt, of each answer
	kept, unchanged, again int               // tokens over all but the first prompts of tasks: found again, unchanged, and all
}

// weigh is called with every prompt before it is answered.
func (w *weighed) weigh(ctx context.Context, p actor.Prompt, answer string) error {
	var messages []inference.Message
	var text strings.Builder
	for _, m := range p.Messages {
		messages = append(messages, inference.Message{Role: m.Role, Text: m.Text})
		text.WriteString(m.Role + "\n" + m.Text + "\n")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if strings.Contains(text.String(), "\nExample from a past task: on ") {
		w.seen[p.Model] = true
	}
	tokens, kept, err := w.scale.Read(ctx, messages)
	if err != nil {
		return fmt.Errorf("read the prompt: %w", err)
	}
	said, err := w.scale.Count(answer)
	if err != nil {
		return err
	}
	w.fresh, w.whole, w.answers = append(w.fresh, tokens-kept), append(w.whole, tokens), append(w.answers, said)
	if before, ok := w.last[p.Model]; ok {
		n, err := w.same(before, text.String())
		if err != nil {
			return err
		}
		w.kept, w.unchanged, w.again = w.kept+min(kept, n), w.unchanged+n, w.again+tokens
	}
	w.last[p.Model] = text.String()
	return nil
}

// same is how many tokens two prompts have in common at their beginning, the marks of the template not counted.
func (w *weighed) same(a, b string) (int, error) {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return w.scale.Count(b[:n])
}

// beside is how many tasks go on at the same time while prompts are weighed: as many as the product has workers by default.
const beside = 2

// tokens runs the suite with an oracle that talks as much as it may, and has every prompt read by a real runner, whose counts they
// are. Memory knows something of every task, so that prompts carry advice and examples as after weeks of work.
func (o Options) tokens(ctx context.Context, s *Sheet) (err error) {
	if o.Scale == nil {
		return errors.New("no Ollama was given to read the prompts")
	}
	scale, err := o.Scale(ctx, filepath.Join(o.Dir, "scale"), cmp.Or(o.Slots, beside))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, scale.Close()) }()
	lab, err := eval.NewLab(beside)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- lab.Run(ctx) }()
	defer func() { stop(); err = errors.Join(err, <-ended) }()
	p, err := Serve(ctx, o.Binary, filepath.Join(o.Dir, "tokens"), beside, lab, func(data string) error { return o.teach(ctx, filepath.Join(data, "memory.db"), lab) })
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Stop()) }()
	w := &weighed{scale: scale, seen: map[string]bool{}, last: map[string]string{}}
	r, err := eval.Run(ctx, eval.Options{Lab: lab, Client: p.Client, Suite: o.Suite, Actor: "oracle", Source: step.SourceLayout, Out: o.Out,
		Wrap: func(b actor.Brain) actor.Brain { return actor.Reading(actor.Talking(b), w.weigh) }})
	if err != nil {
		return err
	}
	return w.tell(s, r.Success)
}

func (w *weighed) tell(s *Sheet, success float64) error {
	if len(w.fresh) == 0 || w.unchanged == 0 {
		return errors.New("no task took two steps")
	}
	if len(w.seen) == 0 {
		return errors.New("no prompt held an example, though memory has some")
	}
	at := func(all []int, q float64) int {
		slices.Sort(all)
		return all[min(int(q*float64(len(all))), len(all)-1)]
	}
	s.Set("step.text_tokens.p50", float64(at(w.fresh, 0.5)))
	s.Set("prompt.reuse.share", float64(w.kept)/float64(w.unchanged))
	s.Set("answer.tokens.p95", float64(at(w.answers, 0.95)))
	s.Notes = append(s.Notes, fmt.Sprintf("tokens: %d prompts of %d tasks, %d of them with examples, of which %.0f %% ended well; newly read p50 %d, p95 %d, most %d; whole prompts p50 %d, most %d; of all later prompts %.0f %% were kept; answers p50 %d, p95 %d, most %d",
		len(w.fresh), len(w.last), len(w.seen), 100*success, at(w.fresh, 0.5), at(w.fresh, 0.95), at(w.fresh, 1), at(w.whole, 0.5), at(w.whole, 1), 100*float64(w.kept)/float64(w.again),
		at(w.answers, 0.5), at(w.answers, 0.95), at(w.answers, 1)))
	return nil
}

// teach puts a workflow for every task into the memory of every site: how to sign in, and what else the task is known by.
func (o Options) teach(ctx context.Context, path string, lab *eval.Lab) (err error) {
	m, err := memory.New(memory.Options{Path: path})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.Close()) }()
	form := []memory.Thing{{Role: step.RoleHeading, Name: "Sign in"}, {Role: step.RoleInput, Name: "Username"}, {Role: step.RoleInput, Name: "Password"}, {Role: step.RoleButton, Name: "Sign in"}}
	for _, origin := range lab.Secrets()[0].Origins {
		u, err := url.Parse(origin)
		if err != nil {
			return err
		}
		for _, t := range o.Suite.Tasks {
			_, err := m.Remember(ctx, memory.Item{Tenant: "default", Kind: memory.Workflow, Site: u.Host, Goal: t.Goal[0], Status: memory.Active, Lines: []memory.Line{
				{Act: step.KindType, Value: "user", Role: step.RoleInput, Name: "Username", Then: memory.Worked, Near: form},
				{Act: step.KindClick, Role: step.RoleButton, Name: "Sign in", Then: memory.Worked, Near: form},
				{Act: step.KindClick, Role: step.RoleLink, Name: t.ID, Then: memory.Worked}}})
			if err != nil {
				return err
			}
		}
	}
	return nil
}
