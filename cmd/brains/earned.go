package brains

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"chiron/inference"
	"chiron/journal"
	"chiron/mind"
	"chiron/mind/admission"
	"chiron/step"
)

// earned reports whether a model may drive: actor, expert and locator choose what is pressed. The bundled models were measured at the
// build with the very runtime that comes with it.
func (b *Brains) earned(ctx context.Context, role mind.Role, model string) error {
	if b.free(role, model) {
		return nil
	}
	c, err := b.Certificate(ctx, model)
	if err != nil {
		return err
	}
	return passed(c, model)
}

// free reports whether a model needs no certificate for a role.
func (b *Brains) free(role mind.Role, model string) bool {
	own := b.own(role)
	return b.Config.Uncertified || role != mind.RoleActor && role != mind.RoleExpert && role != mind.RoleLocator || own != nil && own.Name == model
}

// admits says what speaks against an endpoint.
type admits = func(context.Context, *inference.Client) error

// admit holds the law at every single call: what answers is the very model that was examined, with the same Ollama, also where a call
// is made again at an endpoint that was not there when the model's standing was looked up. nil admits all.
func (b *Brains) admit(role mind.Role, model string) admits {
	if b.free(role, model) {
		return nil
	}
	return func(ctx context.Context, at *inference.Client) error {
		c, err := b.lookedUp(ctx, at.Name()+" "+model, func(ctx context.Context) (string, string, error) { return identityAt(ctx, at, model) })
		if err == nil {
			err = passed(c, model)
		}
		if err != nil {
			return fmt.Errorf("at %s: %w", at.Name(), err)
		}
		return nil
	}
}

// only admits endpoints with one model and one version of Ollama.
func only(model, digest, version string) admits {
	return func(ctx context.Context, at *inference.Client) error {
		d, v, err := identityAt(ctx, at, model)
		if err == nil && (d != digest || v != version) {
			err = fmt.Errorf("%w: at %s is another %s, or another version of Ollama", ErrUncertified, at.Name(), model)
		}
		return err
	}
}

func passed(c *admission.Certificate, model string) error {
	switch {
	case c == nil:
		return fmt.Errorf("%w: %s has not been examined with this Ollama; run `chiron models certify %s`, or set inference.uncertified", ErrUncertified, model, model)
	case !c.OK:
		return fmt.Errorf("%w: %s; choose another model, or set inference.uncertified", ErrUncertified, c)
	}
	return nil
}

// Certificate is the newest certificate of a model as it is installed now; nil without one. Errors are those of Ollama and the table.
func (b *Brains) Certificate(ctx context.Context, model string) (*admission.Certificate, error) {
	return b.lookedUp(ctx, model, func(ctx context.Context) (string, string, error) { return b.identity(ctx, model) })
}

// lookedUp is the certificate of what identity finds under a name, looked up again after a while and whenever an endpoint came or went.
func (b *Brains) lookedUp(ctx context.Context, name string, identity func(context.Context) (digest, version string, err error)) (*admission.Certificate, error) {
	b.mu.Lock()
	s, ok := b.known[name]
	b.mu.Unlock()
	if ok && time.Since(s.at) < fresh && s.at.After(b.Models.Changed()) {
		return s.cert, nil
	}
	begun := time.Now()
	digest, version, err := identity(ctx)
	if err != nil {
		return nil, err
	}
	c, err := b.kept(ctx, admission.Key(digest, version, step.Viewport()))
	if err != nil {
		return nil, err
	}
	b.note(name, begun, c)
	return c, nil
}

func (b *Brains) note(name string, at time.Time, c *admission.Certificate) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.known[name] = standing{at, c}
}

func (b *Brains) kept(ctx context.Context, key string) (*admission.Certificate, error) {
	data, err := b.Certificates.Get(ctx, key)
	if errors.Is(err, journal.ErrNotFound) {
		return nil, nil
	}
	var c admission.Certificate
	if err == nil {
		err = json.Unmarshal(data, &c)
	}
	if err != nil {
		return nil, fmt.Errorf("read a certificate: %w", err)
	}
	return &c, nil
}

// identity is what a certificate holds for: the digest of the model and the version of Ollama. Endpoints that differ in it are
// refused together: nobody knows which of them answers next.
func (b *Brains) identity(ctx context.Context, model string) (digest, version string, err error) {
	err = fmt.Errorf("%w (%s)", inference.ErrNoModel, model)
	for _, c := range b.Models.Well() {
		d, v, failed := identityAt(ctx, c, model)
		switch {
		case failed != nil && digest == "":
			err = failed
		case failed != nil: // its calls go elsewhere, too
		case digest != "" && (d != digest || v != version):
			return "", "", fmt.Errorf("%w: the endpoints have different models named %s, or different versions of Ollama; make them equal", ErrUncertified, model)
		default:
			digest, version, err = d, v, nil
		}
	}
	return digest, version, err
}

func identityAt(ctx context.Context, c *inference.Client, model string) (digest, version string, err error) {
	if version, err = c.Version(ctx); err != nil {
		return "", "", err
	}
	all, err := c.List(ctx)
	if err != nil {
		return "", "", err
	}
	for _, m := range all {
		if m.Name == model || m.Name == model+":latest" {
			return m.Digest, version, nil
		}
	}
	return "", "", fmt.Errorf("%w (%s)", inference.ErrNoModel, model)
}
