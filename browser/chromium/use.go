package chromium

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
)

// Hold enters one session. It is false for a process that takes none any more; else Release must follow.
func (p *Process) Hold() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.retired {
		return false
	}
	p.holders++
	p.sessions++
	select {
	case p.used <- struct{}{}:
	default: // the keeper has yet to look
	}
	return true
}

// Release ends what Hold began.
func (p *Process) Release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.holders--; p.holders == 0 && p.retired {
		close(p.idle)
	}
}

// Sessions is how many were entered so far.
func (p *Process) Sessions() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sessions
}

// Idle is closed when the process is retired and its last session was released.
func (p *Process) Idle() <-chan struct{} { return p.idle }

func (p *Process) retire() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.retired = true; p.holders == 0 {
		close(p.idle)
	}
}

// Memory is what Chromium's processes use in bytes: their share of memory where the system tells, else what they alone hold.
func (p *Process) Memory() int64 { return memory(p.PID()) }

func memory(pid int) int64 {
	sum := share(pid)
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		return sum // it ended just now
	}
	for _, t := range tasks {
		children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/children", pid, t.Name()))
		if err != nil {
			continue
		}
		for _, c := range bytes.Fields(children) {
			if n, err := strconv.Atoi(string(c)); err == nil {
				sum += memory(n)
			}
		}
	}
	return sum
}

// share reads one process's proportional set size.
func share(pid int) int64 {
	if data, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid)); err == nil {
		if _, rest, ok := bytes.Cut(data, []byte("\nPss:")); ok {
			if f := bytes.Fields(rest); len(f) > 0 {
				n, _ := strconv.ParseInt(string(f[0]), 10, 64)
				return n << 10
			}
		}
	}
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if f := bytes.Fields(data); err == nil && len(f) > 2 {
		all, _ := strconv.ParseInt(string(f[1]), 10, 64)
		shared, _ := strconv.ParseInt(string(f[2]), 10, 64)
		return (all - shared) * int64(os.Getpagesize())
	}
	return 0
}
