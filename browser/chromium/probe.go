package chromium

import (
	"context"
	"errors"

	"chiron/guard"
)

// The choices of whether Chromium gets its own user and network namespace: where the system can, always, never.
const (
	NamespaceAuto    = "auto"
	NamespaceRequire = "require"
	NamespaceOff     = "off"
)

// Isolation says how well Chromium is walled in.
type Isolation struct {
	Namespace bool   `json:"namespace"`        // own user and network namespace; false = proxy flags and held requests only
	Reason    string `json:"reason,omitempty"` // why there is no namespace
}

// Probe finds out what the choice comes to on this machine. It fails when namespaces are required and cannot be had.
func Probe(ctx context.Context, self []string, choice string) (Isolation, error) {
	if choice == NamespaceOff {
		return Isolation{Reason: "switched off"}, nil
	}
	err := guard.Probe(ctx, self)
	switch {
	case err == nil:
		return Isolation{Namespace: true}, nil
	case choice == NamespaceRequire || !errors.Is(err, guard.ErrNoNamespaces):
		return Isolation{}, err
	}
	return Isolation{Reason: err.Error()}, nil
}
