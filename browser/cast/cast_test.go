package cast_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"log/slog"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"chiron/browser/cast"
	"chiron/browser/paint"
	"chiron/step"

	"github.com/go-rod/rod/lib/proto"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// tab is a tab at the wire: what is asked of it, and where its secret field stands.
type tab struct {
	mu      sync.Mutex
	acks    map[int]bool
	started chan struct{}
	acked   chan int
	secrets []step.Rect
}

func newTab() *tab {
	return &tab{acks: map[int]bool{}, started: make(chan struct{}), acked: make(chan int, 100)}
}

func (t *tab) source() cast.Source {
	return cast.Source{
		Call: func(_ context.Context, cmd proto.Request) error {
			switch c := cmd.(type) {
			case proto.PageStartScreencast:
				close(t.started)
			case proto.PageScreencastFrameAck:
				t.acked <- c.SessionID
			}
			return nil
		},
		Secrets: func(context.Context) ([]step.Rect, error) {
			t.mu.Lock()
			defer t.mu.Unlock()
			return t.secrets, nil
		},
		Draw:   func(context.Context) {},
		Active: func() (<-chan struct{}, bool) { return nil, true },
		Calm:   func() {},
		Logger: slog.New(slog.DiscardHandler),
	}
}

func frame(t *testing.T, id int, shade uint8) *proto.PageScreencastFrame {
	img := image.NewRGBA(image.Rect(0, 0, 64, 64))
	draw.Draw(img, img.Rect, image.NewUniform(color.Gray{Y: shade}), image.Point{}, draw.Src)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return &proto.PageScreencastFrame{Data: b.Bytes(), SessionID: id}
}

func shade(t *testing.T, f step.Frame, x, y int) int {
	img, err := jpeg.Decode(bytes.NewReader(f.Data))
	if err != nil {
		t.Fatal(err)
	}
	r, _, _, _ := img.At(x, y).RGBA()
	return int(r >> 8)
}

// TestOnlyFramesOfThisWatchAreShown holds that what was left over from another time is never shown, and that frames that gave way are
// acknowledged with the one that was shown, no earlier.
func TestOnlyFramesOfThisWatchAreShown(t *testing.T) {
	tube, page := cast.New(), newTab()
	tube.Push(frame(t, 1, 250)) // of a watch that has ended
	ctx, stop := context.WithCancelCause(t.Context())
	enough := errors.New("enough")
	shown, free, ended := make(chan step.Frame), make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- tube.Watch(ctx, page.source(), func(f step.Frame) { shown <- f; <-free })
	}()
	<-page.started
	tube.Push(frame(t, 2, 10))
	if f := <-shown; shade(t, f, 30, 30) > 30 || f.At.IsZero() || time.Since(f.At) > time.Minute {
		t.Fatalf("the first frame is of shade %d, taken %v", shade(t, f, 30, 30), f.At)
	}
	tube.Push(frame(t, 3, 100))
	tube.Push(frame(t, 4, 130))
	tube.Push(frame(t, 5, 160))
	if len(page.acked) > 0 {
		t.Error("a frame was acknowledged while another is shown")
	}
	free <- struct{}{}
	got := map[int]bool{<-page.acked: true, <-page.acked: true, <-page.acked: true}
	if !got[2] || !got[3] || !got[4] {
		t.Errorf("acknowledged were %v", got)
	}
	if f := <-shown; shade(t, f, 30, 30) < 140 {
		t.Errorf("not the newest frame but one of shade %d", shade(t, f, 30, 30))
	}
	free <- struct{}{}
	stop(enough)
	if err := <-ended; !errors.Is(err, enough) {
		t.Error(err)
	}
}

// TestMasksOfEveryLookCount holds that a frame is masked where the field stood at any look since the frame before, and where it stands now.
func TestMasksOfEveryLookCount(t *testing.T) {
	tube, page := cast.New(), newTab()
	ctx, stop := context.WithCancel(t.Context())
	shown, ended := make(chan step.Frame), make(chan error, 1)
	go func() { ended <- tube.Watch(ctx, page.source(), func(f step.Frame) { shown <- f }) }()
	<-page.started
	tube.Seen([]step.Rect{{X: 4, Y: 4, W: 8, H: 8}})
	tube.Seen([]step.Rect{{X: 40, Y: 4, W: 8, H: 8}})
	page.mu.Lock()
	page.secrets = []step.Rect{{X: 40, Y: 40, W: 8, H: 8}}
	page.mu.Unlock()
	tube.Push(frame(t, 1, 250))
	f := <-shown
	ink := int(paint.Ink().R)
	for _, at := range [][2]int{{8, 8}, {44, 8}, {44, 44}} {
		if got := shade(t, f, at[0], at[1]); got < ink-30 || got > ink+30 {
			t.Errorf("at %v the frame has shade %d, not that of a mask", at, got)
		}
	}
	if got := shade(t, f, 8, 60); got < 220 {
		t.Errorf("where nothing secret stood the frame has shade %d", got)
	}
	stop()
	<-ended
}
