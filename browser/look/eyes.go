// Package look reads a page: when it has settled, what it looks like, what stands on it and what an act at one place
// would meet. It only reads. Its scripts run in isolated worlds, which the page can neither see nor change, and what they
// return is decoded as foreign bytes.
package look

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/go-rod/rod"
	"github.com/go-rod/rod/lib/proto"

	"chiron/browser/look/traffic"
	"chiron/step"
)

// Why a page could not be read.
var (
	ErrDialog  = errors.New("a dialog blocks the page")
	ErrCrashed = errors.New("the page has crashed")
	ErrSlow    = errors.New("the page did not answer in time")
)

// Options configure Eyes. The zero value of all but Page works.
type Options struct {
	Page   *rod.Page     // attached to one tab
	Bound  time.Duration // longest settle; 0 is 5 s
	Call   time.Duration // deadline of every DevTools call; 0 is 5 s
	Nodes  int           // most nodes in a Layout; 0 is 400
	Masked []string      // names or ids of fields to treat as secret beside password and card fields
	Logger *slog.Logger  // nil discards
}

// Eyes look at one tab. All methods may be called from several goroutines; they need Run.
type Eyes struct {
	opt   Options
	log   *slog.Logger
	top   *session
	ready chan struct{}

	traffic *traffic.Counter

	mu       sync.Mutex
	worlds   map[proto.PageFrameID]*world
	sessions map[proto.TargetSessionID]*session
	made     int
	open     *step.Dialog
	login    *step.Dialog    // waits behind a dialog of the page, or is the one that is open
	opened   chan struct{}   // closed while a dialog is open
	closed   chan struct{}   // closed when the next dialog of the page has ended
	free     context.Context // ends, with its cause, while the page cannot answer
	block    context.CancelCauseFunc
	crashed  bool
	loader   proto.NetworkLoaderID // of the top document
	statuses map[proto.NetworkLoaderID]int
	commits  chan struct{} // closed at the next commit of the top frame
}

// New checks the options. It starts nothing.
func New(opt Options) (*Eyes, error) {
	if opt.Page == nil {
		return nil, errors.New("look: a page is needed")
	}
	if opt.Bound <= 0 {
		opt.Bound = 5 * time.Second
	}
	if opt.Call <= 0 {
		opt.Call = 5 * time.Second
	}
	if opt.Nodes <= 0 {
		opt.Nodes = 400
	}
	log := opt.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	top := &session{browser: opt.Page.Browser(), id: opt.Page.SessionID}
	e := &Eyes{
		opt: opt, log: log.With("room", "browser"), top: top, ready: make(chan struct{}),
		worlds: map[proto.PageFrameID]*world{}, statuses: map[proto.NetworkLoaderID]int{},
		sessions: map[proto.TargetSessionID]*session{top.id: top},
		opened:   make(chan struct{}), closed: make(chan struct{}), commits: make(chan struct{}), traffic: traffic.New(),
	}
	e.free, e.block = context.WithCancelCause(context.Background())
	return e, nil
}

// Run follows what happens on the page until ctx ends or the browser goes away. Start it before the first navigation.
func (e *Eyes) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	events := e.top.browser.Context(ctx).Event()
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		for m := range events {
			e.handle(m)
		}
	}()
	err := e.enable(ctx)
	if err == nil {
		close(e.ready)
		<-drained
	}
	cancel()
	<-drained
	e.mu.Lock()
	e.block(errors.New("the page is no longer watched"))
	e.mu.Unlock()
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("look: follow the page: %w", err)
	}
	return nil
}

// Ready is closed when the page is followed and its viewport has the size of step.Viewport.
func (e *Eyes) Ready() <-chan struct{} { return e.ready }

func (e *Eyes) enable(ctx context.Context) error {
	size := step.Viewport()
	return e.with(ctx, e.top, func(c proto.Client) error {
		return errors.Join(
			proto.PageEnable{}.Call(c),
			proto.NetworkEnable{}.Call(c),
			proto.InspectorEnable{}.Call(c),
			proto.EmulationSetDeviceMetricsOverride{Width: size.W, Height: size.H, DeviceScaleFactor: 1}.Call(c),
		)
	})
}

// Mask names fields to treat as secret, as Options.Masked does. It is for eyes that have not looked yet.
func (e *Eyes) Mask(names []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.opt.Masked = names
}

// Dialog returns the dialog that blocks the page, or nil.
func (e *Eyes) Dialog() *step.Dialog {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.open == nil {
		return nil
	}
	d := *e.open
	return &d
}

// DialogOpened returns a channel that is closed while a dialog is open, or once the next one opens.
func (e *Eyes) DialogOpened() <-chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.opened
}

// DialogClosed returns a channel that is closed when a dialog of the page has ended next.
func (e *Eyes) DialogClosed() <-chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.closed
}

// Committed returns a channel that is closed when the top frame next shows another document or history entry.
func (e *Eyes) Committed() <-chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.commits
}

// Status returns the HTTP status of the top document, 0 when it is unknown.
func (e *Eyes) Status() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.statuses[e.loader]
}

// Page returns the page that is looked at.
func (e *Eyes) Page() *rod.Page { return e.opt.Page }
