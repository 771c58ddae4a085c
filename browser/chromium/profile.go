package chromium

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"chiron/step"

	"golang.org/x/sys/unix"

	"github.com/go-rod/rod/lib/proto"
)

// Profile is one named profile: a directory that outlives the Chromium that uses it. It is held by one at a time, across
// processes and a SIGKILL of its holder.
type Profile struct {
	dir  string
	lock *os.File
}

// ErrHeld says that somebody else uses a profile.
var ErrHeld = errors.New("the profile is in use")

// ErrNoProfile says that there is no profile of that name.
var ErrNoProfile = errors.New("no such profile")

// What a profile's directory holds: Chromium's own part, and the cookies that Chromium would forget.
const (
	userDataName = "p"
	cookiesName  = "cookies.json"
)

// OpenProfile makes or opens the profile of that name below base, for a Chromium that runs as uid and gid. It fails with
// ErrHeld while another holds it. Close must be called.
func OpenProfile(base, name string, uid, gid int) (*Profile, error) {
	if !step.ValidProfile(name) {
		return nil, fmt.Errorf("%q is no name of a profile; use lower-case letters, digits, - and _, at most 64", name)
	}
	dir := filepath.Join(base, name)
	if err := os.MkdirAll(dir, 0o711); err != nil {
		return nil, fmt.Errorf("profile %s: %w", name, err)
	}
	p, err := holdProfile(dir)
	if err != nil {
		return nil, fmt.Errorf("profile %s: %w", name, err)
	}
	if err := p.prepare(base, uid, gid); err != nil {
		return nil, errors.Join(fmt.Errorf("profile %s: %w", name, err), p.Close())
	}
	return p, nil
}

func holdProfile(dir string) (*Profile, error) {
	lock, err := lockDir(dir)
	switch {
	case errors.Is(err, unix.EWOULDBLOCK):
		return nil, ErrHeld
	case errors.Is(err, os.ErrNotExist):
		return nil, ErrNoProfile
	case err != nil:
		return nil, err
	}
	return &Profile{dir: dir, lock: lock}, nil
}

// prepare makes Chromium's part. The lock that an earlier Chromium left there would keep the next one out; nobody lives
// behind it, since the profile is held.
func (p *Profile) prepare(base string, uid, gid int) error {
	if err := makeOwned(p.userData(), uid, gid); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	for _, name := range []string{"SingletonLock", "SingletonCookie", "SingletonSocket"} {
		if err := os.Remove(filepath.Join(p.userData(), name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	if os.Geteuid() == uid {
		return nil
	}
	if err := admit(filepath.Dir(base), gid); err != nil {
		return err
	}
	return enterable(p.dir, uid, gid)
}

// admit lets a group pass through a directory of this process's user, and no more: what stands in it keeps its own rights.
func admit(dir string, gid int) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || int(st.Uid) != os.Geteuid() || info.Mode()&0o001 != 0 {
		return nil
	}
	return errors.Join(os.Chown(dir, -1, gid), os.Chmod(dir, info.Mode().Perm()|0o010))
}

func (p *Profile) userData() string { return filepath.Join(p.dir, userDataName) }

// Cookies are those of the last session that Chromium does not keep by itself; nil where there are none.
func (p *Profile) Cookies() ([]*proto.NetworkCookieParam, error) {
	data, err := os.ReadFile(filepath.Join(p.dir, cookiesName))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	var kept []*proto.NetworkCookieParam
	if err == nil {
		err = json.Unmarshal(data, &kept)
	}
	if err != nil {
		return nil, fmt.Errorf("cookies of the profile: %w", err)
	}
	return kept, nil
}

// Keep replaces what Cookies returns.
func (p *Profile) Keep(cookies []*proto.NetworkCookieParam) error {
	data, err := json.Marshal(cookies)
	if err != nil {
		return fmt.Errorf("cookies of the profile: %w", err)
	}
	tmp := filepath.Join(p.dir, cookiesName+".new")
	if err := os.WriteFile(tmp, data, 0o600); err != nil {
		return fmt.Errorf("cookies of the profile: %w", err)
	}
	if err := os.Rename(tmp, filepath.Join(p.dir, cookiesName)); err != nil {
		return fmt.Errorf("cookies of the profile: %w", err)
	}
	return nil
}

// Close gives the profile up.
func (p *Profile) Close() error { return p.lock.Close() }

// Profiles lists the names of the profiles below base, in order. There are none below "".
func Profiles(base string) ([]string, error) {
	if base == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(base)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("profiles: %w", err)
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() && step.ValidProfile(e.Name()) {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names, nil
}

// RemoveProfile deletes a profile and everything in it, unless somebody uses it (ErrHeld).
func RemoveProfile(base, name string) error {
	if base == "" || !step.ValidProfile(name) {
		return fmt.Errorf("profile %q: %w", name, ErrNoProfile)
	}
	p, err := holdProfile(filepath.Join(base, name))
	if err != nil {
		return fmt.Errorf("profile %s: %w", name, err)
	}
	return errors.Join(os.RemoveAll(p.dir), p.Close())
}

// insideDoor is the port of the one proxy in a namespace that has no other.
const insideDoor = 3128

// door is the way out of a Chromium that serves one session: its proxy has to be named when it starts.
type door struct {
	address  string
	listener net.Listener // nil until the namespace is there
}

func newDoor(isolate bool) (*door, error) {
	if isolate {
		return &door{address: net.JoinHostPort("127.0.0.1", strconv.Itoa(insideDoor))}, nil
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("the session's proxy: %w", err)
	}
	return &door{address: ln.Addr().String(), listener: ln}, nil
}

func (d *door) close() error {
	if d == nil || d.listener == nil {
		return nil
	}
	if err := d.listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// DefaultContext is the browser context of everything that a named profile keeps.
func (p *Process) DefaultContext(ctx context.Context) (proto.BrowserBrowserContextID, error) {
	var all struct {
		Default proto.BrowserBrowserContextID `json:"defaultBrowserContextId"`
	}
	if err := p.Conn.Do(ctx, proto.TargetGetBrowserContexts{}, &all); err != nil {
		return "", fmt.Errorf("profile: %w", err)
	}
	if all.Default == "" {
		return "", errors.New("profile: this Chromium names no default context; it is too old")
	}
	return all.Default, nil
}

const (
	cookieTime = 5 * time.Second  // bounds what is asked about cookies
	quitTime   = 10 * time.Second // how long Chromium may take to write a profile down
)

// Recall gives back what the profile's last session had and Chromium forgets: the cookies that end with a browser.
func (p *Process) Recall(ctx context.Context, id proto.BrowserBrowserContextID, from *Profile) error {
	kept, err := from.Cookies()
	if err != nil || len(kept) == 0 {
		return err
	}
	if err := p.Conn.Do(ctx, proto.StorageSetCookies{Cookies: kept, BrowserContextID: id}, nil); err != nil {
		return fmt.Errorf("cookies of the profile: %w", err)
	}
	return nil
}

// Leave keeps the cookies that Recall gives back, ends Chromium in peace, so that it writes its profile down, and gives the
// profile up. A Chromium that crashed leaves what was there.
func (p *Process) Leave(id proto.BrowserBrowserContextID, to *Profile) error {
	var errs []error
	if !p.Dead() {
		errs = append(errs, p.keepCookies(id, to))
		p.quit()
	}
	return errors.Join(append(errs, p.Stop(), to.Close())...)
}

func (p *Process) keepCookies(id proto.BrowserBrowserContextID, to *Profile) error {
	ctx, cancel := context.WithTimeout(context.Background(), cookieTime)
	defer cancel()
	var all proto.StorageGetCookiesResult
	if err := p.Conn.Do(ctx, proto.StorageGetCookies{BrowserContextID: id}, &all); err != nil {
		return nil // it crashed
	}
	kept := []*proto.NetworkCookieParam{}
	for _, c := range all.Cookies {
		if c.Session {
			kept = append(kept, &proto.NetworkCookieParam{
				Name: c.Name, Value: c.Value, Domain: c.Domain, Path: c.Path, Secure: c.Secure, HTTPOnly: c.HTTPOnly,
				SameSite: c.SameSite, SourceScheme: c.SourceScheme, SourcePort: &c.SourcePort,
			})
		}
	}
	return to.Keep(kept)
}

func (p *Process) quit() {
	ctx, cancel := context.WithTimeout(context.Background(), quitTime)
	defer cancel()
	if err := p.Conn.Do(ctx, proto.BrowserClose{}, nil); err != nil {
		return // it is gone
	}
	select {
	case <-p.gone:
	case <-ctx.Done():
	}
}
