package look

import (
	"context"
	"errors"
	"sync"
	"time"

	"chiron/browser/paint"
	"chiron/step"
)

// Take is a picture of the settled page. Its layout was read just before, and what changed since is known when it is there.
type Take struct {
	PNG []byte // without masks

	before  []step.Rect
	reading sync.WaitGroup
	layout  Layout
	after   []step.Rect
	stirred stir
	err     error
}

// Beside waits for what belongs to the picture: the layout, which is the caller's, where secret fields may be in it, and where
// they stood last.
func (t *Take) Beside() (l *Layout, masks, last []step.Rect, err error) {
	t.reading.Wait()
	return &t.layout, paint.Union(t.before, t.layout.Secrets, t.after), paint.Union(t.layout.Secrets, t.after), t.err
}

// See waits until the page has settled and takes its picture. It does both again when the page stirred before the picture
// was there, so that what is slow to show needs no waiting for where nothing is. unpack is called with every picture; the
// last one counts. Secret fields are asked for before and after, since a page may move. taking is held while the page is
// looked at, not while it settles. A page that changes without loading or moving, as a clock does, is looked at twice.
func (e *Eyes) See(ctx context.Context, taking sync.Locker, unpack func(*Take) error) (step.Settle, error) {
	begun, first, again := time.Now(), time.Time{}, false
	for n := 0; ; n++ {
		settle := e.Settle(ctx)
		if settle.Took = time.Since(begun); n == 0 {
			first = time.Now()
		}
		if e.Dialog() != nil {
			return settle, ErrDialog
		}
		_, loads, _, _ := e.traffic.State()
		taking.Lock()
		s, err := e.look(ctx, unpack)
		taking.Unlock()
		if err != nil {
			return settle, err
		}
		pending, now, _, _ := e.traffic.State()
		switch {
		case settle.Reason != "quiet" || n > 0 && time.Since(first) > patience:
			return settle, nil
		case pending > 0 || now != loads || s.moving:
		case !s.changed || again:
			return settle, nil
		default:
			again = true
		}
	}
}

// look takes one picture, has it unpacked, and says whether the page stirred meanwhile.
func (e *Eyes) look(ctx context.Context, unpack func(*Take) error) (stir, error) {
	t, err := e.take(ctx)
	if err != nil {
		return stir{}, err
	}
	err = unpack(t)
	t.reading.Wait()
	return t.stirred, errors.Join(err, t.err)
}

// take reads the layout, takes the picture, and begins to ask what became of the page meanwhile. The layout costs nothing: the
// picture waits for Chromium's next frame anyway.
func (e *Eyes) take(ctx context.Context) (*Take, error) {
	t := &Take{}
	var err error
	if t.before, _, err = e.secrets(ctx, "watch"); err != nil {
		return nil, err
	}
	if t.layout, err = e.Layout(ctx); err != nil {
		return nil, err
	}
	pic, cancel := context.WithCancel(ctx)
	stop := WhenClosed(e.DialogOpened(), cancel)
	t.PNG, err = e.Screenshot(pic)
	stop()
	cancel()
	if err != nil {
		return nil, err
	}
	t.reading.Go(func() { t.after, t.stirred, t.err = e.secrets(ctx, "end", e.opt.Bound.Milliseconds()) })
	return t, nil
}
