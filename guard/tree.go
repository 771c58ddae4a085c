package guard

import (
	"bytes"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// process is one line of /proc: enough to find a tree in and to tell a process from a later one with its number.
type process struct {
	pid, parent, session int
	zombie               bool   // ended, but not yet reaped by its parent
	born                 string // start time in ticks since boot
}

// processes reads every visible process. One that ends meanwhile is left out.
func processes() []process {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var all []process
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if p, ok := readProcess(pid); ok {
			all = append(all, p)
		}
	}
	return all
}

func readProcess(pid int) (process, bool) {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return process{}, false
	}
	// The name in parentheses may hold anything, so the fields are counted from its end: state, ppid, pgrp, session, …
	fields := bytes.Fields(b[bytes.LastIndexByte(b, ')')+1:])
	if len(fields) < 20 {
		return process{}, false
	}
	parent, err1 := strconv.Atoi(string(fields[1]))
	session, err2 := strconv.Atoi(string(fields[3]))
	return process{
		pid: pid, parent: parent, session: session, zombie: fields[0][0] == 'Z', born: string(fields[19]),
	}, err1 == nil && err2 == nil
}

// descendants are all processes below root, parents before their children.
func descendants(root int) []process {
	children := map[int][]process{}
	for _, p := range processes() {
		children[p.parent] = append(children[p.parent], p)
	}
	found := append([]process(nil), children[root]...)
	for i := 0; i < len(found); i++ {
		found = append(found, children[found[i].pid]...)
	}
	return found
}

// kill sends SIGKILL to p, and to nothing else should its number have gone to another process.
func (p process) kill() {
	fd, err := unix.PidfdOpen(p.pid, 0)
	if err != nil {
		return
	}
	defer unix.Close(fd)
	if now, ok := readProcess(p.pid); ok && now.born == p.born {
		unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0)
	}
}

// sweepPasses bounds sweepSession where processes may not be killed or fork without end.
const sweepPasses = 100

// sweepSession kills what is left in a session whose leader, a guard, was killed itself. It cannot find processes that
// changed their session, which only the guard can.
func sweepSession(session int) {
	for range sweepPasses {
		left := 0
		for _, p := range processes() {
			if p.session == session && p.pid != session && !p.zombie {
				p.kill()
				left++
			}
		}
		if left == 0 {
			return
		}
	}
}
