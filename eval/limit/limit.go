// Package limit is what the product's steps are held against: a bare loop over DevTools that does the same clicks, waits and
// screenshots on the same page, with no policy, no journal, no reading and no model. Outside of browser only it and
// eval/sight know rod.
package limit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-rod/rod"
	"github.com/go-rod/rod/lib/launcher"
	"github.com/go-rod/rod/lib/proto"
)

// Options of a loop.
type Options struct {
	Chromium string // path of the program
	URL      string
	Selector []string // what is clicked, in turn
	Width    int
	Height   int
	Steps    int
}

// settled resolves after two animation frames of a page that loads nothing: the least after which a picture shows what a
// click did.
const settled = `() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))`

// Loop clicks, waits for two frames and takes a PNG, Steps times, and returns how long each round took. Chromium runs
// without its sandbox, as bare loops do; the page must be trusted.
func Loop(ctx context.Context, o Options) (took []time.Duration, err error) {
	l := launcher.New().Context(ctx).Bin(o.Chromium).Headless(true).NoSandbox(true).Leakless(false)
	control, err := l.Launch()
	if err != nil {
		return nil, fmt.Errorf("limit: start Chromium: %w", err)
	}
	defer l.Cleanup()
	defer l.Kill()
	b := rod.New().Context(ctx).ControlURL(control)
	if err := b.Connect(); err != nil {
		return nil, fmt.Errorf("limit: connect: %w", err)
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	page, err := b.Page(proto.TargetCreateTarget{URL: o.URL})
	if err != nil {
		return nil, fmt.Errorf("limit: open the page: %w", err)
	}
	size := proto.EmulationSetDeviceMetricsOverride{Width: o.Width, Height: o.Height, DeviceScaleFactor: 1}
	if err := errors.Join(size.Call(page), page.WaitLoad()); err != nil {
		return nil, fmt.Errorf("limit: load the page: %w", err)
	}
	points, err := middles(page, o.Selector)
	if err != nil {
		return nil, err
	}
	for i := range o.Steps {
		begun := time.Now()
		if err := round(page, points[i%len(points)]); err != nil {
			return nil, fmt.Errorf("limit: round %d: %w", i+1, err)
		}
		took = append(took, time.Since(begun))
	}
	return took, nil
}

func middles(page *rod.Page, selectors []string) ([]proto.Point, error) {
	var out []proto.Point
	for _, s := range selectors {
		e, err := page.Element(s)
		if err != nil {
			return nil, fmt.Errorf("limit: find %s: %w", s, err)
		}
		shape, err := e.Shape()
		if err != nil {
			return nil, fmt.Errorf("limit: place of %s: %w", s, err)
		}
		box := shape.Box()
		out = append(out, proto.NewPoint(box.X+box.Width/2, box.Y+box.Height/2))
	}
	return out, nil
}

func round(page *rod.Page, at proto.Point) error {
	for _, kind := range []proto.InputDispatchMouseEventType{proto.InputDispatchMouseEventTypeMouseMoved,
		proto.InputDispatchMouseEventTypeMousePressed, proto.InputDispatchMouseEventTypeMouseReleased} {
		e := proto.InputDispatchMouseEvent{Type: kind, X: at.X, Y: at.Y, Button: proto.InputMouseButtonLeft, ClickCount: 1}
		if err := e.Call(page); err != nil {
			return err
		}
	}
	if _, err := page.Eval(settled); err != nil {
		return err
	}
	shot, err := proto.PageCaptureScreenshot{Format: proto.PageCaptureScreenshotFormatPng, OptimizeForSpeed: true}.Call(page)
	if err == nil && len(shot.Data) == 0 {
		err = errors.New("an empty picture")
	}
	return err
}
