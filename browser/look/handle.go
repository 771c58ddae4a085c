package look

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/go-rod/rod/lib/proto"

	"chiron/browser/look/reader"
	"chiron/step"
)

// Handle is one element of a page, held until Release. The document it belongs to may be replaced at any time; calls fail
// then. It is for one goroutine.
type Handle struct {
	URL     string // of the top document
	Title   string
	Origin  string
	Element *step.Element // nil where nothing stands
	Form    *step.Form    // as a click on the element, or Enter in it, would submit it
	Secret  bool          // password, card or named field

	// Frames hold the frame elements around its document, from the outermost in. They are let go of with it.
	Frames []*Handle

	submits bool
	depth   int // of frames around its document
	eyes    *Eyes
	world   *world
	token   int                         // by which the reader holds it, until object does
	object  proto.RuntimeRemoteObjectID // "" until it is needed: most handles are asked for facts alone
}

// At returns what a click at the point acts on: through frames and open shadow roots, the nearest control around what is
// hit, or the control of a label.
func (e *Eyes) At(ctx context.Context, p step.Point) (*Handle, error) {
	size := step.Viewport()
	if !p.In(step.Rect{W: size.W, H: size.H}) {
		return nil, fmt.Errorf("%v: %w", p, errNoPoint)
	}
	return e.find(ctx, func(ctx context.Context, w *world, f reader.Frame, token int) ([]byte, error) {
		x, y := f.In(float64(p.X), float64(p.Y))
		return e.read(ctx, w, "hit", x, y, token)
	})
}

// Focused returns the element that keys go to.
func (e *Eyes) Focused(ctx context.Context) (*Handle, error) {
	return e.find(ctx, func(ctx context.Context, w *world, _ reader.Frame, token int) ([]byte, error) {
		return e.read(ctx, w, "focused", token)
	})
}

// Nowhere returns a handle without an element, for what is known of the page alone.
func (e *Eyes) Nowhere(ctx context.Context) (*Handle, error) {
	h, err := e.Focused(ctx)
	if err != nil {
		return nil, err
	}
	h.Release()
	return &Handle{URL: h.URL, Title: h.Title, Origin: h.Origin}, nil
}

type asker func(ctx context.Context, w *world, f reader.Frame, token int) ([]byte, error)

func (e *Eyes) find(ctx context.Context, ask asker) (*Handle, error) {
	var h *Handle
	err := e.inTop(ctx, func(w *world) (err error) {
		h, err = e.findIn(ctx, w, reader.Frame{SX: 1, SY: 1}, 0, ask)
		return err
	})
	if err != nil {
		return nil, err
	}
	if h.Element != nil {
		h.Element.CrossOrigin = h.Element.FrameOrigin != h.Origin || h.Origin == "null" && h.depth > 0
	}
	return h, nil
}

func (e *Eyes) findIn(ctx context.Context, w *world, f reader.Frame, depth int, ask asker) (*Handle, error) {
	e.mu.Lock()
	e.made++
	token := e.made
	e.mu.Unlock()
	data, err := ask(ctx, w, f, token)
	if err != nil {
		return nil, err
	}
	p, err := reader.DecodePlace(data)
	if err != nil {
		return nil, err
	}
	if p.Frame >= 0 {
		return e.descend(ctx, w, p, f, depth, ask, token)
	}
	h := &Handle{URL: p.URL, Title: p.Title, Origin: p.Origin, depth: depth, eyes: e, world: w}
	if p.Element == nil {
		return h, nil
	}
	h.token = token
	h.Element = p.Element.Step()
	h.Element.Node = p.Doc + "." + strconv.Itoa(p.Element.Number)
	h.Element.FrameOrigin = p.Origin
	h.Element.Box = f.Out(h.Element.Box)
	h.Secret, h.submits = p.Element.Secret, p.Submits
	if p.Form != nil {
		h.Form = p.Form.Step()
	}
	return h, nil
}

var errNoElement = errors.New("there is no element")

// take makes sure that the element is held by an object of its own.
func (h *Handle) take(ctx context.Context) error {
	switch {
	case h.object != "":
		return nil
	case h.token == 0:
		return errNoElement
	}
	var err error
	h.object, err = h.eyes.object(ctx, h.world, "take", h.token)
	return err
}

// descend asks the frame that stands in the way.
func (e *Eyes) descend(ctx context.Context, w *world, p reader.Place, f reader.Frame, depth int, ask asker, token int) (*Handle, error) {
	if depth >= reader.MaxDepth {
		return nil, errors.New("frames are nested too deeply")
	}
	next := reader.Frame{X: f.X + p.X*f.SX, Y: f.Y + p.Y*f.SY, SX: f.SX * p.SX, SY: f.SY * p.SY}
	var h *Handle
	err := e.inChild(ctx, w, p.Frame, func(c *world) (err error) {
		h, err = e.findIn(ctx, c, next, depth+1, ask)
		return err
	})
	if err != nil {
		return nil, err
	}
	h.URL, h.Title, h.Origin = p.URL, p.Title, p.Origin
	h.Frames = append([]*Handle{{eyes: e, world: w, token: token}}, h.Frames...)
	return h, nil
}

// Call calls a function declaration with the element as this, in the isolated world, and returns what it answers as text.
func (h *Handle) Call(ctx context.Context, declaration string, args ...any) (string, error) {
	on := h.object
	switch {
	case on == "" && h.token == 0:
		return "", errNoElement
	case on == "": // spares a call that names the element
		on, args = h.world.reader, append([]any{h.token}, args...)
		declaration = "function(token, ...args) { return (" + declaration + ").apply(this.borrow(token), args) }"
	}
	return h.call(ctx, function(on, declaration, true, args))
}

func (h *Handle) call(ctx context.Context, f proto.RuntimeCallFunctionOn) (string, error) {
	var out string
	err := h.eyes.with(ctx, h.world.session, func(c proto.Client) error {
		res, err := f.Call(c)
		if err == nil && res.ExceptionDetails != nil {
			err = errors.New(exception(res.ExceptionDetails))
		}
		if err == nil {
			out = res.Result.Value.Str()
		}
		return err
	})
	return out, err
}

// Post has a function called in the element's isolated world, with nothing as this, and does not wait: a page that a dialog blocks calls it once the
// dialog has been answered, after the input that it had already and before anything that is asked of it later.
func (h *Handle) Post(declaration string) {
	_, _ = function(h.world.reader, declaration, true, nil).Call(h.unattended())
}

// unattended is a client that sends, and waits for no answer.
func (h *Handle) unattended() client {
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	return client{gone, h.world.session}
}

// Conceal makes the element a secret field from now on: its value is told to nobody, and pictures are painted over there.
func (h *Handle) Conceal(ctx context.Context) error {
	if err := h.take(ctx); err != nil {
		return err
	}
	f := function(h.world.reader, "function(e) { return this.conceal(e) }", true, nil)
	f.Arguments = []*proto.RuntimeCallArgument{{ObjectID: h.object}}
	_, err := h.call(ctx, f)
	return err
}

// Do runs DevTools commands about the element: in its session, under the deadline.
func (h *Handle) Do(ctx context.Context, do func(c proto.Client, object proto.RuntimeRemoteObjectID) error) error {
	if err := h.take(ctx); err != nil {
		return err
	}
	return h.eyes.with(ctx, h.world.session, func(c proto.Client) error { return do(c, h.object) })
}

// Release lets go of the element. It does not wait.
func (h *Handle) Release() {
	if h == nil {
		return
	}
	for _, f := range h.Frames {
		f.Release()
	}
	h.token = 0 // what the reader holds it lets go of by itself
	if h.object == "" {
		return
	}
	_ = proto.RuntimeReleaseObject{ObjectID: h.object}.Call(h.unattended())
	h.object = ""
}

// Draggable reports whether a press at the point would begin a drag and drop of HTML.
func (e *Eyes) Draggable(ctx context.Context, p step.Point) (bool, error) {
	yes := false
	_, err := e.find(ctx, func(ctx context.Context, w *world, f reader.Frame, token int) ([]byte, error) {
		x, y := f.In(float64(p.X), float64(p.Y))
		data, err := e.read(ctx, w, "draggable", x, y)
		if err == nil {
			yes = string(data) == dragYes
		}
		return data, err
	})
	return yes, err
}

const dragYes = `{"frame":-1,"yes":true,"doc":"-"}`
