package chromium

import (
	"fmt"
	"net"
	"slices"
	"strings"
)

// Arguments is the command line of a Chromium whose profile is in dir.
func Arguments(dir string) []string {
	return arguments(flags(layout{root: dir, profile: dir + "/p"}, deadProxy))
}

// strayPort is where the Chromium of Heard sends what belongs to no session; a child may not listen where deadProxy is.
const strayPort = 3999

// Stray opens the place that everything is sent to that belongs to no session.
func (p *Process) Stray() (net.Listener, error) { return p.child.Relay(strayPort) }

// Heard leads what belongs to no session to where Stray listens.
func (o *Options) Heard() {
	o.edit = func(args []string) []string {
		for i, a := range args {
			args[i] = strings.Replace(a, deadProxy, fmt.Sprintf("http://127.0.0.1:%d", strayPort), 1)
		}
		return args
	}
}

// Loud takes the flags out that keep Chromium from talking by itself.
func (o *Options) Loud(without ...string) {
	quiet := o.edit
	o.edit = func(args []string) []string {
		return append(slices.DeleteFunc(quiet(args), func(a string) bool {
			name, _, _ := strings.Cut(a, "=")
			return slices.Contains(without, name)
		}), "--component-updater=fast-update")
	}
}

// Names are the names of all flags, and of the features that are switched off.
func Names() (flagNames, features []string) {
	for _, f := range flags(layout{cache: "/x"}, deadProxy) {
		flagNames = append(flagNames, f.name)
	}
	return flagNames, offFeatures()
}
