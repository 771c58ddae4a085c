package look

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-rod/rod/lib/proto"
	"github.com/ysmood/gson"

	"chiron/browser/look/reader"
)

// world is an isolated script world in one document, with the reader in it.
type world struct {
	session  *session
	frame    proto.PageFrameID
	reader   proto.RuntimeRemoteObjectID
	number   int // tells worlds of one Eyes apart
	children map[int]proto.PageFrameID
}

// worldName keeps the readers' worlds apart from those of others that use the same session.
const worldName = "chiron"

// world returns the world of a frame, making it where there is none. near is the session of the frame around it.
func (e *Eyes) world(ctx context.Context, frame proto.PageFrameID, near *session) (*world, error) {
	e.mu.Lock()
	w := e.worlds[frame]
	e.mu.Unlock()
	if w != nil {
		return w, nil
	}
	w, err := e.enter(ctx, near, frame)
	if frame != e.opt.Page.FrameID && replaced(err) {
		var s *session
		if s, err = e.attach(ctx, frame); err == nil {
			w, err = e.enter(ctx, s, frame)
		}
	}
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.made++
	w.number = e.made
	e.worlds[frame] = w
	return w, nil
}

func (e *Eyes) enter(ctx context.Context, s *session, frame proto.PageFrameID) (*world, error) {
	e.mu.Lock()
	masked := e.opt.Masked
	e.mu.Unlock()
	program, err := reader.Program(masked)
	if err != nil {
		return nil, err
	}
	w := &world{session: s, frame: frame, children: map[int]proto.PageFrameID{}}
	err = e.with(ctx, s, func(c proto.Client) error {
		made, err := proto.PageCreateIsolatedWorld{FrameID: frame, WorldName: worldName}.Call(c)
		if err != nil {
			return err
		}
		res, err := proto.RuntimeEvaluate{Expression: program, ContextID: made.ExecutionContextID, Silent: true}.Call(c)
		switch {
		case err != nil:
			return err
		case res.ExceptionDetails != nil:
			return fmt.Errorf("reader does not start: %s", exception(res.ExceptionDetails))
		}
		w.reader = res.Result.ObjectID
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("enter frame: %w", err)
	}
	return w, nil
}

func exception(d *proto.RuntimeExceptionDetails) string {
	if d.Exception != nil && d.Exception.Description != "" {
		return d.Exception.Description[:min(len(d.Exception.Description), 300)]
	}
	return d.Text
}

// leave forgets a world whose document is gone.
func (e *Eyes) leave(w *world) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.worlds[w.frame] == w {
		delete(e.worlds, w.frame)
	}
}

// inTop calls f with the world of the top frame, once more with a new world when the document was replaced meanwhile.
// f only reads, so that it may run twice.
func (e *Eyes) inTop(ctx context.Context, f func(*world) error) error {
	var err error
	for range 3 {
		var w *world
		if w, err = e.world(ctx, e.opt.Page.FrameID, e.top); err == nil {
			if err = f(w); err == nil {
				return nil
			}
		}
		if !replaced(err) || ctx.Err() != nil {
			return err
		}
		if w != nil {
			e.leave(w)
		}
	}
	return err
}

// inChild is inTop for the i-th frame element that a world has numbered.
func (e *Eyes) inChild(ctx context.Context, w *world, i int, f func(*world) error) error {
	frame, err := e.child(ctx, w, i)
	if err != nil {
		return err
	}
	for range 3 {
		var inner *world
		if inner, err = e.world(ctx, frame, w.session); err == nil {
			if err = f(inner); err == nil {
				return nil
			}
		}
		if !replaced(err) || ctx.Err() != nil {
			return err
		}
		if inner != nil {
			e.leave(inner)
		}
	}
	return err
}

// child returns the frame id of the i-th frame element that a world has numbered.
func (e *Eyes) child(ctx context.Context, w *world, i int) (proto.PageFrameID, error) {
	e.mu.Lock()
	frame := w.children[i]
	e.mu.Unlock()
	if frame != "" {
		return frame, nil
	}
	object, err := e.object(ctx, w, "frame", i)
	if err != nil {
		return "", err
	}
	err = e.with(ctx, w.session, func(c proto.Client) error {
		res, err := proto.DOMDescribeNode{ObjectID: object}.Call(c)
		if err == nil {
			frame = res.Node.FrameID
		}
		return err
	})
	if err != nil {
		return "", fmt.Errorf("name frame: %w", err)
	}
	if frame == "" {
		return "", errors.New("name frame: it has no document")
	}
	e.mu.Lock()
	w.children[i] = frame
	e.mu.Unlock()
	return frame, nil
}

// pick calls one of the reader's functions.
const pick = "function(name, ...args) { return this[name](...args) }"

func (e *Eyes) call(ctx context.Context, w *world, value bool, name string, args ...any) (*proto.RuntimeRemoteObject, error) {
	var out *proto.RuntimeRemoteObject
	err := e.with(ctx, w.session, func(c proto.Client) error {
		res, err := function(w.reader, pick, value, append([]any{name}, args...)).Call(c)
		switch {
		case err != nil:
			return err
		case res.ExceptionDetails != nil:
			return errors.New(exception(res.ExceptionDetails))
		}
		out = res.Result
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return out, nil
}

// read calls a function of the reader that answers in JSON.
func (e *Eyes) read(ctx context.Context, w *world, name string, args ...any) ([]byte, error) {
	out, err := e.call(ctx, w, true, name, args...)
	if err != nil {
		return nil, err
	}
	return []byte(out.Value.Str()), nil
}

// object calls a function of the reader that answers with an element.
func (e *Eyes) object(ctx context.Context, w *world, name string, args ...any) (proto.RuntimeRemoteObjectID, error) {
	out, err := e.call(ctx, w, false, name, args...)
	if err != nil {
		return "", err
	}
	if out.ObjectID == "" {
		return "", fmt.Errorf("%s: there is no such element", name)
	}
	return out.ObjectID, nil
}

// function makes a call of a function declaration on a remote object with plain arguments.
func function(on proto.RuntimeRemoteObjectID, declaration string, value bool, args []any) proto.RuntimeCallFunctionOn {
	call := proto.RuntimeCallFunctionOn{
		FunctionDeclaration: declaration, ObjectID: on, ReturnByValue: value, AwaitPromise: true, Silent: true,
	}
	for _, a := range args {
		call.Arguments = append(call.Arguments, &proto.RuntimeCallArgument{Value: gson.New(a)})
	}
	return call
}
