package act

import (
	"context"

	"chiron/browser/look"
)

// Shielded presses as a click at the element does, with a press of the test's own.
func (h *Hands) Shielded(ctx context.Context, at *look.Handle, press func() error) error {
	r := &run{Hands: h, page: h.eyes.Page()}
	return r.shielded(ctx, at, press)
}
