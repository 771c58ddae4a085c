package guard

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	controlFD = 3  // the guard's end of the control socket
	firstFD   = 4  // the first of Spec.Files
	usageCode = 64 // exit status when not started by this package
)

// killPause is the time between two walks over the descendants while some of them are still going down.
const killPause = 5 * time.Millisecond

// acceptPause keeps a relay from spinning while the guard is out of descriptors.
const acceptPause = 10 * time.Millisecond

// Main is the guard's side: the body of the hidden command `chiron guard`. It returns the exit status.
func Main(args []string) int {
	if len(args) != 0 {
		fmt.Fprintln(os.Stderr, "chiron guard is started by chiron itself and takes no arguments")
		return usageCode
	}
	// Whatever else was inherited without close-on-exec must not reach the child.
	unix.CloseRange(controlFD, 1<<31-1, unix.CLOSE_RANGE_CLOEXEC)
	l, err := newLink(os.NewFile(controlFD, "guard-control"))
	if err != nil {
		fmt.Fprintln(os.Stderr, "chiron guard is started by chiron itself:", err)
		return usageCode
	}
	defer l.close()

	// The child's death signal and the guard's dropped capabilities belong to the thread that forks.
	runtime.LockOSThread()

	m, _, err := l.recv()
	if err != nil || m.Spec == nil {
		return usageCode
	}
	w := &warden{link: l, spec: *m.Spec, relays: map[int]net.Listener{}, exit: message{Kind: kindExited, Code: -1}}
	if failed := w.start(); failed != nil {
		l.send(*failed, -1)
		return 1
	}
	if w.spec.Probe {
		l.send(message{Kind: kindStarted}, -1)
		l.send(message{Kind: kindExited}, -1)
		return 0
	}
	w.watch()
	return 0
}

// warden is the guard's state after the start; its fields belong to the goroutine of Main.
type warden struct {
	link   *link
	spec   wireSpec
	pid    int
	pidfd  int
	relays map[int]net.Listener
	grace  <-chan time.Time // set once a stop has begun
	exit   message          // how the child ended, as far as it is known
}

// start makes this process a subreaper, prepares the namespace and forks the child. It returns nil, or the message that
// tells the client why nothing runs.
func (w *warden) start() *message {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return &message{Kind: kindFailed, Text: "become subreaper: " + err.Error()}
	}
	files := make([]uintptr, 0, 3+w.spec.Files)
	files = append(files, 0, 1, 2)
	for i := range w.spec.Files {
		files = append(files, uintptr(firstFD+i))
	}
	if w.spec.Isolate {
		if err := raiseLoopback(); err != nil {
			return &message{Kind: kindFailed, NoNamespace: true, Text: "bring lo up inside: " + err.Error()}
		}
		if err := bind(w.spec.Binds); err != nil {
			return &message{Kind: kindFailed, Text: err.Error()}
		}
	}
	if err := renounce(); err != nil {
		return &message{Kind: kindFailed, Text: "give up privileges: " + err.Error()}
	}
	if w.spec.Probe {
		return nil
	}
	attr := &syscall.ProcAttr{Dir: w.spec.Dir, Env: w.spec.Env, Files: files, Sys: w.childAttr()}
	pid, err := syscall.ForkExec(w.spec.Path, append([]string{w.spec.Path}, w.spec.Args...), attr)
	if err != nil {
		failed := &message{Kind: kindFailed, Text: err.Error()}
		if errno, ok := err.(syscall.Errno); ok {
			failed.Errno = int(errno)
		}
		return failed
	}
	w.pid = pid
	for i := range w.spec.Files {
		unix.Close(firstFD + i)
	}
	return nil
}

func (w *warden) childAttr() *syscall.SysProcAttr {
	w.pidfd = -1
	attr := &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL, PidFD: &w.pidfd}
	if w.spec.UID != 0 || w.spec.GID != 0 {
		attr.Credential = &syscall.Credential{Uid: uint32(w.spec.UID), Gid: uint32(w.spec.GID)}
	}
	return attr
}

// watch lives until nothing is left below the guard: it serves the control socket, and kills everything when the socket
// ends, the child ends, or a stop's grace is over.
func (w *warden) watch() {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, unix.SIGTERM, unix.SIGINT, unix.SIGHUP)
	orders := make(chan message)
	go w.listen(orders)
	ended, gone := make(chan unix.WaitStatus, 1), make(chan struct{})
	go reap(w.pid, ended, gone)
	w.link.send(message{Kind: kindStarted, PID: w.pid}, -1)

	var again <-chan time.Time // set once killing has begun
	for {
		select {
		case m, open := <-orders:
			switch {
			case !open:
				orders = nil
				again = killBelow()
			case m.Kind == kindStop:
				w.stop()
			default:
				w.obey(m)
			}
		case <-signals:
			w.stop()
		case status := <-ended:
			w.exit = ending(status)
			again = killBelow()
		case <-w.grace:
			again = killBelow()
		case <-again:
			again = killBelow()
		case <-gone:
			select {
			case status := <-ended:
				w.exit = ending(status)
			default:
			}
			w.link.send(w.exit, -1)
			return
		}
	}
}

// stop asks the child to end and lets the grace begin.
func (w *warden) stop() {
	unix.PidfdSendSignal(w.pidfd, unix.SIGTERM, nil, 0)
	if w.grace == nil {
		w.grace = time.After(w.spec.Grace)
	}
}

// killBelow kills every process below the guard that there is now, and tells when to look again for those that were
// just being born.
func killBelow() <-chan time.Time {
	for _, p := range descendants(os.Getpid()) {
		p.kill()
	}
	return time.After(killPause)
}

// listen turns the control socket into a channel that is closed when the client is gone.
func (w *warden) listen(orders chan<- message) {
	defer close(orders)
	for {
		m, _, err := w.link.recv()
		if err != nil {
			return
		}
		orders <- m
	}
}

// reap waits for every process that is or becomes a child of the guard. As the subreaper it inherits all orphans below,
// so having no child left means that nothing is left.
func reap(child int, ended chan<- unix.WaitStatus, gone chan<- struct{}) {
	for {
		var status unix.WaitStatus
		pid, err := unix.Wait4(-1, &status, 0, nil)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			close(gone)
			return
		case pid == child:
			ended <- status
		}
	}
}

func ending(status unix.WaitStatus) message {
	if status.Signaled() {
		return message{Kind: kindExited, Code: -1, Signal: int(status.Signal())}
	}
	return message{Kind: kindExited, Code: status.ExitStatus()}
}

func (w *warden) obey(m message) {
	switch m.Kind {
	case kindListen:
		ln, err := net.Listen("tcp4", fmt.Sprintf("127.0.0.1:%d", m.Port))
		if err != nil {
			w.link.send(message{Kind: kindRefused, ID: m.ID, Text: err.Error()}, -1)
			return
		}
		w.relays[m.ID] = ln
		w.link.send(message{Kind: kindListening, ID: m.ID, Port: ln.Addr().(*net.TCPAddr).Port}, -1)
		go w.pass(m.ID, ln)
	case kindClose:
		if ln := w.relays[m.ID]; ln != nil {
			ln.Close()
			delete(w.relays, m.ID)
		}
	}
}

// pass hands every connection that ln accepts to the client, until ln is closed.
func (w *warden) pass(id int, ln net.Listener) {
	for {
		conn, err := ln.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(acceptPause)
			continue
		}
		if raw, err := conn.(*net.TCPConn).SyscallConn(); err == nil {
			raw.Control(func(fd uintptr) { w.link.send(message{Kind: kindConn, ID: id}, int(fd)) })
		}
		conn.Close()
	}
}
