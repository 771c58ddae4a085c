package act_test

import (
	"testing"

	"github.com/go-rod/rod/lib/proto"

	"chiron/browser/act"
	"chiron/browser/look/looktest"
	"chiron/step"
)

// benchmarkAct measures an act without its facts.
func benchmarkAct(b *testing.B, field string, make func(step.Target) step.Action) {
	p := open(b, looktest.Start(b), serve(b)+"/form.html")
	a := make(p.on(field))
	f, err := p.eyes.Facts(b.Context(), a)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if out := p.hands.Do(b.Context(), act.Order{Action: a, Facts: f}); out.Status != step.Executed {
			b.Fatal(out)
		}
	}
}

func BenchmarkClick(b *testing.B) {
	benchmarkAct(b, "b", func(at step.Target) step.Action { return step.Click{Target: at} })
}

func BenchmarkType(b *testing.B) {
	benchmarkAct(b, "line", func(at step.Target) step.Action { return step.Type{Target: at, Value: "twelve chars"} })
}

func BenchmarkPress(b *testing.B) {
	benchmarkAct(b, "line", func(step.Target) step.Action { return step.Press{Key: "ArrowLeft"} })
}

func BenchmarkSelect(b *testing.B) {
	benchmarkAct(b, "sel", func(at step.Target) step.Action { return step.Select{Target: at, Option: "Three"} })
}

// BenchmarkRawClick is the floor under BenchmarkClick: press and release, each acknowledged, without a move.
func BenchmarkRawClick(b *testing.B) {
	p := open(b, looktest.Start(b), serve(b)+"/form.html")
	at := p.on("b").Point
	for b.Loop() {
		for _, kind := range []proto.InputDispatchMouseEventType{proto.InputDispatchMouseEventTypeMousePressed, proto.InputDispatchMouseEventTypeMouseReleased} {
			if err := (proto.InputDispatchMouseEvent{Type: kind, X: float64(at.X), Y: float64(at.Y), Button: proto.InputMouseButtonLeft, ClickCount: 1}).Call(p.eyes.Page()); err != nil {
				b.Fatal(err)
			}
		}
	}
}
