package chromium

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

const (
	dirPrefix = "chiron-browser-"
	lockName  = "lock"
)

// layout is one Chromium's directory. Chromium may write below profile, home and tmp, and to those directories in downloads
// that are given to it; downloads itself and the quarantine belong to this process.
type layout struct {
	root       string
	profile    string
	home       string
	tmp        string
	downloads  string
	quarantine string
	etc        string // in the place of /etc/chromium, where something is trusted beside what Chromium has
	cache      string // "" = in the profile
	lock       *os.File
}

// newLayout makes the directory below base, for a Chromium that runs as uid and gid.
func newLayout(base string, uid, gid int) (l layout, err error) {
	root, err := os.MkdirTemp(base, dirPrefix)
	if err != nil {
		return layout{}, fmt.Errorf("profile directory: %w", err)
	}
	l = layout{
		root: root, profile: filepath.Join(root, "p"), home: filepath.Join(root, "h"), tmp: filepath.Join(root, "t"),
		downloads: filepath.Join(root, "d"), quarantine: filepath.Join(root, "q"), etc: filepath.Join(root, "e"),
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("profile directory: %w", err), l.remove())
		}
	}()
	if l.lock, err = lockDir(root); err != nil {
		return l, err
	}
	if err := os.Chmod(root, 0o711); err != nil {
		return l, err
	}
	for _, dir := range []string{l.profile, l.home, l.tmp} {
		if err := makeOwned(dir, uid, gid); err != nil {
			return l, err
		}
	}
	if err := os.Mkdir(l.downloads, 0o711); err != nil {
		return l, err
	}
	if err := os.Mkdir(l.quarantine, 0o700); err != nil {
		return l, err
	}
	if os.Geteuid() != uid {
		return l, enterable(base, uid, gid)
	}
	return l, nil
}

func makeOwned(dir string, uid, gid int) error {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	if os.Geteuid() == uid {
		return nil
	}
	return os.Chown(dir, uid, gid)
}

// enterable reports a directory on the way to base that the user may not pass.
func enterable(base string, uid, gid int) error {
	dir, err := filepath.Abs(base)
	if err != nil {
		return err
	}
	for {
		info, err := os.Stat(dir)
		if err != nil {
			return err
		}
		bit := os.FileMode(0o001)
		if st, ok := info.Sys().(*syscall.Stat_t); ok {
			switch {
			case int(st.Uid) == uid:
				bit = 0o100
			case int(st.Gid) == gid:
				bit = 0o010
			}
		}
		if info.Mode()&bit == 0 {
			return fmt.Errorf("the browser Chromium runs as user %d, who may not enter %s; choose a directory open to it (TMPDIR)", uid, dir)
		}
		if dir == filepath.Dir(dir) {
			return nil
		}
		dir = filepath.Dir(dir)
	}
}

// lockDir marks a directory as in use for as long as the file stays open, also across a SIGKILL of this process.
func lockDir(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// remove deletes the directory and gives up its lock.
func (l layout) remove() error {
	err := os.RemoveAll(l.root)
	if l.lock != nil {
		err = errors.Join(err, l.lock.Close())
	}
	return err
}

// Sweep removes the directories that earlier processes left below base. One whose owner lives keeps its own.
func Sweep(base string) (removed int, err error) {
	entries, err := os.ReadDir(base)
	if err != nil {
		return 0, fmt.Errorf("sweep profiles: %w", err)
	}
	var errs []error
	for _, e := range entries {
		if !e.IsDir() || !strings.HasPrefix(e.Name(), dirPrefix) {
			continue
		}
		dir := filepath.Join(base, e.Name())
		lock, err := lockDir(dir)
		if err != nil {
			continue // in use, or not ours
		}
		errs = append(errs, layout{root: dir, lock: lock}.remove())
		removed++
	}
	return removed, errors.Join(errs...)
}
