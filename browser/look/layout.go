package look

import (
	"context"
	"encoding/json"
	"fmt"

	"chiron/browser/look/reader"
	"chiron/step"
)

// Layout is what a page shows in the viewport, by its own account.
type Layout struct {
	URL     string
	Title   string
	Origin  string      // of the top document
	Nodes   []step.Node // by rows from the top, whatever layer they stand in
	Cut     int         // nodes left out because of the limit
	Secrets []step.Rect // fields whose picture must be masked
	Above   int         // page pixels above the viewport
	Below   int         // page pixels below it
}

// Layout reads what a person could see or act on in the viewport, through frames and open shadow roots. Frames that
// cannot be reached are left out and counted as cut.
func (e *Eyes) Layout(ctx context.Context) (Layout, error) {
	var out Layout
	err := e.inTop(ctx, func(w *world) error {
		p, nodes, secrets, err := e.collect(ctx, w, 0)
		if err != nil {
			return err
		}
		size := step.Viewport()
		view := step.Rect{W: size.W, H: size.H}
		out = Layout{URL: p.URL, Title: p.Title, Origin: p.Origin, Cut: p.Cut, Above: p.Above, Below: p.Below, Secrets: within(secrets, view)}
		for _, n := range nodes {
			if n.Box = n.Box.Intersect(view); !n.Box.Empty() {
				if n.Origin == p.Origin {
					n.Origin = ""
				}
				out.Nodes = append(out.Nodes, n)
			}
		}
		return nil
	})
	if err != nil {
		return Layout{}, fmt.Errorf("layout: %w", err)
	}
	reader.Order(out.Nodes)
	if more := len(out.Nodes) - e.opt.Nodes; more > 0 {
		out.Nodes, out.Cut = out.Nodes[:e.opt.Nodes], out.Cut+more
	}
	return out, nil
}

// collect reads one document and the frames in it. Boxes are in the pixels of that document's viewport.
func (e *Eyes) collect(ctx context.Context, w *world, depth int) (reader.Page, []step.Node, []step.Rect, error) {
	data, err := e.read(ctx, w, "layout", 2*e.opt.Nodes)
	if err != nil {
		return reader.Page{}, nil, nil, err
	}
	p, err := reader.DecodePage(data)
	if err != nil {
		return reader.Page{}, nil, nil, err
	}
	var nodes []step.Node
	for _, raw := range p.Nodes[:min(len(p.Nodes), 2*e.opt.Nodes)] {
		n := raw.Step()
		n.Origin = p.Origin
		nodes = append(nodes, n)
	}
	top := p.Top()
	var secrets []step.Rect
	for _, s := range p.Secrets {
		secrets = append(secrets, reader.Rect(s))
	}
	for _, f := range p.Frames {
		if depth >= reader.MaxDepth {
			p.Cut++
			continue
		}
		var in reader.Page
		var innerNodes []step.Node
		var innerSecrets []step.Rect
		err := e.inChild(ctx, w, f.I, func(c *world) (err error) {
			in, innerNodes, innerSecrets, err = e.collect(ctx, c, depth+1)
			return err
		})
		if err == nil {
			innerNodes, err = e.uncovered(ctx, w, f, innerNodes)
		}
		if err != nil {
			if err := blocked(ctx); err != nil {
				return reader.Page{}, nil, nil, err
			}
			e.log.Debug("layout: frame is out of reach", "error", err)
			p.Cut++
			continue
		}
		p.Cut += in.Cut
		top = f.Stack(innerNodes, top)
		nodes = append(nodes, innerNodes...)
		for _, s := range innerSecrets {
			secrets = append(secrets, f.Out(s))
		}
	}
	return p, nodes, secrets, nil
}

// uncovered brings nodes of a frame to the document around it and keeps those over which nothing of that one lies.
func (e *Eyes) uncovered(ctx context.Context, w *world, f reader.Frame, nodes []step.Node) ([]step.Node, error) {
	if len(nodes) == 0 {
		return nil, nil
	}
	frame := reader.Rect(f.Box)
	points := make([][2]int, len(nodes))
	for i := range nodes {
		nodes[i].Box = f.Out(nodes[i].Box).Intersect(frame)
		c := nodes[i].Box.Center()
		points[i] = [2]int{c.X, c.Y}
	}
	data, err := e.read(ctx, w, "shows", f.I, points)
	if err != nil {
		return nil, err
	}
	var shown []bool
	if err := json.Unmarshal(data, &shown); err != nil || len(shown) != len(nodes) {
		return nil, fmt.Errorf("frame: answer does not fit the question: %w", err)
	}
	kept := nodes[:0]
	for i, n := range nodes {
		if shown[i] && !n.Box.Empty() {
			kept = append(kept, n)
		}
	}
	return kept, nil
}

// Secrets returns the boxes of the fields whose picture must be masked. It is quick, so that it can be asked before and
// after a picture is taken.
func (e *Eyes) Secrets(ctx context.Context) ([]step.Rect, error) {
	out, _, err := e.secrets(ctx)
	return out, err
}

// stir is what happened to a page that was watched.
type stir struct{ changed, moving bool }

// secrets is Secrets. ask, if any, goes to the reader of every document.
func (e *Eyes) secrets(ctx context.Context, ask ...any) ([]step.Rect, stir, error) {
	var out []step.Rect
	var s stir
	err := e.inTop(ctx, func(w *world) (err error) {
		s = stir{}
		out, err = e.secretsIn(ctx, w, 0, &s, ask)
		return err
	})
	if err != nil {
		return nil, stir{}, fmt.Errorf("secrets: %w", err)
	}
	size := step.Viewport()
	return within(out, step.Rect{W: size.W, H: size.H}), s, nil
}

func (e *Eyes) secretsIn(ctx context.Context, w *world, depth int, s *stir, ask []any) ([]step.Rect, error) {
	data, err := e.read(ctx, w, "secretBoxes", ask...)
	if err != nil {
		return nil, err
	}
	p, err := reader.DecodePage(data)
	if err != nil {
		return nil, err
	}
	s.changed, s.moving = s.changed || p.Changed, s.moving || p.Moving
	var out []step.Rect
	for _, s := range p.Secrets {
		out = append(out, reader.Rect(s))
	}
	for _, f := range p.Frames {
		if depth >= reader.MaxDepth {
			out = append(out, reader.Rect(f.Box)) // what was not looked into may hold anything
			continue
		}
		var in []step.Rect
		err := e.inChild(ctx, w, f.I, func(c *world) (err error) {
			in, err = e.secretsIn(ctx, c, depth+1, s, ask)
			return err
		})
		if err != nil {
			if err := blocked(ctx); err != nil {
				return nil, err
			}
			out = append(out, reader.Rect(f.Box))
			continue
		}
		for _, s := range in {
			out = append(out, f.Out(s))
		}
	}
	return out, nil
}

func within(boxes []step.Rect, view step.Rect) []step.Rect {
	var out []step.Rect
	for _, b := range boxes {
		if b = b.Intersect(view); !b.Empty() {
			out = append(out, b)
		}
	}
	return out
}

// Echoes finds where a page shows a secret outside its field, and takes it out of the nodes there: filter takes secrets out of a text.
// Where hide changes what is left, the box is among those found, and the node stays as it is.
func (l Layout) Echoes(filter, hide func([]byte) []byte) []step.Rect {
	var out []step.Rect
	for i := range l.Nodes {
		n := &l.Nodes[i]
		name, value := string(filter([]byte(n.Name))), string(filter([]byte(n.Value)))
		if name != n.Name || value != n.Value {
			n.Name, n.Value = name, value
			out = append(out, n.Box)
		} else if string(hide([]byte(name))) != name || string(hide([]byte(value))) != value {
			out = append(out, n.Box)
		}
	}
	return out
}
