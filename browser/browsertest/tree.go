package browsertest

import (
	"bytes"
	"fmt"
	"image"
	_ "image/jpeg" // live frames
	_ "image/png"  // observations
	"os"
	"strconv"
	"strings"
	"testing"

	"chiron/step"
)

// Process is one process with its command line.
type Process struct {
	PID    int
	Parent int
	Args   []string
}

// Tree returns a process and everything below it.
func Tree(t testing.TB, root int) []Process {
	t.Helper()
	var all, found []Process
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		args, err2 := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if err != nil || err2 != nil {
			continue // it ended meanwhile
		}
		fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
		parent, err := strconv.Atoi(string(fields[1]))
		if err != nil {
			t.Fatal(err)
		}
		// Chromium's children write their arguments with spaces.
		all = append(all, Process{pid, parent, strings.FieldsFunc(string(args), func(r rune) bool { return r == 0 || r == ' ' })})
	}
	known := map[int]bool{root: true}
	for more := true; more; {
		more = false
		for _, p := range all {
			if !known[p.PID] && known[p.Parent] {
				known[p.PID], more = true, true
			}
		}
	}
	for _, p := range all {
		if known[p.PID] {
			found = append(found, p)
		}
	}
	return found
}

// Colour returns the colour of one pixel as #rrggbb.
func Colour(t testing.TB, f step.Frame, x, y int) string {
	t.Helper()
	picture, _, err := image.Decode(bytes.NewReader(f.Data))
	if err != nil {
		t.Fatal(err)
	}
	r, g, b, _ := picture.At(x, y).RGBA()
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
}
