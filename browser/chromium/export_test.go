package chromium

// Arguments is the command line of a Chromium whose profile is in dir.
func Arguments(dir string) []string {
	return arguments(flags(layout{root: dir, profile: dir + "/p"}, deadProxy))
}
