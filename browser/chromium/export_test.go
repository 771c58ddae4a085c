package chromium

import (
	"net"
	"slices"
	"strings"
)

// Arguments is the command line of a Chromium whose profile is in dir.
func Arguments(dir string) []string {
	return arguments(flags(layout{root: dir, profile: dir + "/p"}, deadProxy))
}

// Stray opens the place that everything is sent to that belongs to no session.
func (p *Process) Stray() (net.Listener, error) { return p.child.Relay(9) }

// Loud takes the flags out that keep Chromium from talking by itself.
func (o *Options) Loud(without ...string) {
	o.edit = func(args []string) []string {
		return append(slices.DeleteFunc(args, func(a string) bool {
			name, _, _ := strings.Cut(a, "=")
			return slices.Contains(without, name)
		}), "--component-updater=fast-update")
	}
}
