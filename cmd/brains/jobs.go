package brains

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"chiron/inference"
	"chiron/mind"
	"chiron/mind/admission"
	"chiron/step"
	"chiron/vision/resize"
)

// Job is work on a model that takes a while. Total and Completed are bytes of what is pulled now, 0 when none is meant.
type Job struct {
	Kind      string `json:"kind"` // pull or certify
	Status    string `json:"status"`
	Total     int64  `json:"total,omitempty"`
	Completed int64  `json:"completed,omitempty"`
	Done      bool   `json:"done,omitempty"`
	Error     string `json:"error,omitempty"`
}

// Entry is one model of the list.
type Entry struct {
	Name         string                 `json:"name"`
	Digest       string                 `json:"digest,omitempty"`
	Size         int64                  `json:"size,omitempty"` // bytes on disk
	Parameters   string                 `json:"parameters,omitempty"`
	Quantization string                 `json:"quantization,omitempty"`
	Roles        []string               `json:"roles,omitempty"`
	Certificate  *admission.Certificate `json:"certificate,omitempty"`
	Job          *Job                   `json:"job,omitempty"`
}

// The kinds of jobs.
const (
	JobPull    = "pull"
	JobCertify = "certify"
)

// ErrBusy says that a model is worked on already; ErrJob that there is no such kind of job.
var (
	ErrBusy = errors.New("the model is worked on already")
	ErrJob  = errors.New("there is no such job")
)

// List returns the installed models with their certificates, and those that are being pulled.
func (b *Brains) List(ctx context.Context) ([]Entry, error) {
	all, err := b.Models.One().List(ctx)
	if err != nil {
		return nil, err
	}
	version, err := b.Models.One().Version(ctx)
	if err != nil {
		return nil, err
	}
	var out []Entry
	here := map[string]bool{}
	for _, m := range all {
		e := Entry{Name: m.Name, Digest: m.Digest, Size: m.Size, Parameters: m.Parameters, Quantization: m.Quantization, Roles: b.roles(m.Name), Job: b.job(m.Name)}
		if e.Certificate, err = b.kept(ctx, admission.Key(m.Digest, version, step.Viewport())); err != nil {
			return nil, err
		}
		here[m.Name] = true
		out = append(out, e)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for name, j := range b.jobs {
		if !here[name] && !here[name+":latest"] {
			out = append(out, Entry{Name: name, Job: &j})
		}
	}
	return out, nil
}

func (b *Brains) job(name string) *Job {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, n := range []string{name, trimLatest(name)} {
		if j, ok := b.jobs[n]; ok {
			return &j
		}
	}
	return nil
}

func trimLatest(name string) string {
	const latest = ":latest"
	if n := len(name) - len(latest); n > 0 && name[n:] == latest {
		return name[:n]
	}
	return name
}

func (b *Brains) roles(name string) []string {
	var out []string
	for _, r := range []mind.Role{mind.RoleActor, mind.RoleExpert, mind.RolePlanner, mind.RoleLocator, mind.RoleVerifier} {
		if m := b.Model(r, ""); m == name || m+":latest" == name {
			out = append(out, string(r))
		}
	}
	if e := b.Config.Embedder; e != "" && (e == name || e+":latest" == name) {
		out = append(out, "embedder")
	}
	return out
}

// Begin starts a job on a model and returns at once; List tells how it goes. It ends with ctx, which outlives the caller's
// request; Wait waits for all. Errors: ErrBusy, ErrJob.
func (b *Brains) Begin(ctx context.Context, kind, model string) error {
	do := map[string]func(context.Context, string) error{JobPull: b.pull, JobCertify: b.certify}[kind]
	if do == nil {
		return fmt.Errorf("%w: %q; there are %s and %s", ErrJob, kind, JobPull, JobCertify)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if j, ok := b.jobs[model]; ok && !j.Done {
		return fmt.Errorf("%w (%s)", ErrBusy, j.Kind)
	}
	b.jobs[model] = Job{Kind: kind, Status: "begins"}
	b.work.Go(func() {
		err := do(ctx, model)
		b.update(model, func(j *Job) {
			if j.Done = true; err != nil {
				j.Error, j.Status = err.Error(), "failed"
			}
		})
	})
	return nil
}

// Wait returns when no job is left.
func (b *Brains) Wait() { b.work.Wait() }

func (b *Brains) update(model string, change func(*Job)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	j := b.jobs[model]
	change(&j)
	b.jobs[model] = j
}

// pull gets a model at every endpoint.
func (b *Brains) pull(ctx context.Context, model string) error {
	for _, c := range b.Models.Each() {
		err := c.Pull(ctx, model, func(p inference.Progress) {
			b.update(model, func(j *Job) { j.Status, j.Total, j.Completed = p.Status, p.Total, p.Completed })
		})
		if err != nil {
			return fmt.Errorf("at %s: %w", c.Base(), err)
		}
	}
	return nil
}

// certify examines a model and keeps its certificate, also one that says no.
func (b *Brains) certify(ctx context.Context, model string) error {
	digest, version, err := b.identity(ctx, model)
	if err != nil {
		return b.explain(model, "", err)
	}
	details, err := b.Models.One().Show(ctx, model)
	if err != nil {
		return err
	}
	profile := b.Profile(mind.RoleActor, model)
	if seen, known := resize.Of(details.Architecture, step.Viewport()); known && seen != step.Viewport() {
		profile.Seen = seen
	}
	c, err := admission.Examine(ctx, admission.Options{Model: model, Each: b.Questions, Digest: digest, Ollama: version, Vision: details.Vision() && !b.bundled().Has(model),
		Profile: profile,
		Chat: func(ctx context.Context, p mind.Prompt) (mind.Answer, error) { // a person asked for it
			return b.chat(ctx, p, model, inference.Call{Task: p.Task, Urgent: true}, only(model, digest, version))
		},
		Tell: func(what string) { b.update(model, func(j *Job) { j.Status = what }) }})
	if err != nil {
		return err
	}
	data, err := json.Marshal(c)
	if err == nil {
		err = b.Certificates.Put(ctx, c.Key(), data)
	}
	if err != nil {
		return fmt.Errorf("keep the certificate: %w", err)
	}
	b.mu.Lock()
	maps.DeleteFunc(b.known, func(name string, _ standing) bool { return strings.HasSuffix(name, " "+model) }) // at the endpoints
	b.known[model] = standing{time.Now(), &c}
	b.mu.Unlock()
	b.update(model, func(j *Job) { j.Status = c.String() })
	return nil
}
