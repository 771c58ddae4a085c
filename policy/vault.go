package policy

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"chiron/policy/address"
	"chiron/policy/totp"
	"chiron/step"
)

// ErrNoSecret says that the vault holds nothing under a name.
var ErrNoSecret = errors.New("no such secret")

// Vault keeps secrets. Its values reach the gate and the redactor, nobody else.
type Vault interface {
	// Secret returns a secret, or an error that wraps ErrNoSecret.
	Secret(name string) (Secret, error)
	// Names returns the names of all secrets, sorted.
	Names() []string
}

// Secret is a value with the places that it may be typed at.
type Secret struct {
	Value   string
	Origins []string // exact origins such as "https://shop.example"; page, frame and form target must all be listed
	Field   string   // "" only fields of its kind, "text" any field
	Kind    string   // "" typed as it is, for password fields; TOTP typed as the one-time code of the moment
}

// TOTP is the kind of a secret whose value is a seed or otpauth URI after RFC 6238. Its value itself is never typed.
const TOTP = "totp"

// typed returns what is typed at a moment.
func (s Secret) typed(at time.Time) (string, error) {
	if s.Kind != TOTP {
		return s.Value, nil
	}
	k, err := totp.Parse(s.Value)
	if err != nil {
		return "", err
	}
	return k.Code(at), nil
}

// String hides the value.
func (Secret) String() string { return "***" }

// GoString hides the value.
func (Secret) GoString() string { return "***" }

// LogValue hides the value.
func (Secret) LogValue() slog.Value { return slog.StringValue("***") }

// MarshalText hides the value.
func (Secret) MarshalText() ([]byte, error) { return []byte("***"), nil }

// MinSecret is the length in bytes below which a value is not accepted as a secret: it could not be kept out of logs
// without tearing them to pieces.
const MinSecret = 4

// MemoryVault holds secrets in memory only. It is immutable.
type MemoryVault struct{ secrets map[string]Secret }

// NewMemoryVault makes a vault of named secrets. Each needs a name that a task can refer to, a value and at least one origin.
func NewMemoryVault(secrets map[string]Secret) (*MemoryVault, error) {
	v := &MemoryVault{secrets: map[string]Secret{}}
	for _, name := range slices.Sorted(maps.Keys(secrets)) {
		s := secrets[name]
		switch {
		case !step.ValidName(name):
			return nil, fmt.Errorf("secret %q: use lower-case letters, digits and _ in the name", name)
		case len(s.Value) < MinSecret:
			return nil, fmt.Errorf("secret %q: the value is shorter than %d bytes", name, MinSecret)
		case len(s.Origins) == 0:
			return nil, fmt.Errorf("secret %q: give the origins that it may be typed at", name)
		case s.Field != "" && s.Field != "text":
			return nil, fmt.Errorf(`secret %q: field is "" for password fields or "text" for any`, name)
		case s.Kind != "" && s.Kind != TOTP:
			return nil, fmt.Errorf(`secret %q: kind is "" or %q`, name, TOTP)
		}
		if s.Kind == TOTP {
			if _, err := totp.Parse(s.Value); err != nil {
				return nil, fmt.Errorf("secret %q: %w", name, err)
			}
		}
		for _, o := range s.Origins {
			if address.Origin(o) == "null" {
				return nil, fmt.Errorf("secret %q: %q is not an origin such as https://shop.example", name, o)
			}
		}
		s.Origins = slices.Clone(s.Origins)
		v.secrets[name] = s
	}
	return v, nil
}

// Secret implements Vault.
func (v *MemoryVault) Secret(name string) (Secret, error) {
	s, ok := v.secrets[name]
	if !ok {
		return Secret{}, fmt.Errorf("%w: %s", ErrNoSecret, name)
	}
	s.Origins = slices.Clone(s.Origins)
	return s, nil
}

// Names implements Vault.
func (v *MemoryVault) Names() []string { return slices.Sorted(maps.Keys(v.secrets)) }
