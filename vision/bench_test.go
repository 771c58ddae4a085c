package vision_test

import (
	"fmt"
	"image/color"
	"slices"
	"testing"
	"time"

	"chiron/step"
	"chiron/vision"
)

func BenchmarkReadLayout(b *testing.B) {
	eyes := open(b, vision.Options{})
	var o step.Observation
	for i := range 2000 {
		role := []step.Role{step.RoleText, step.RoleButton, step.RoleLink, step.RoleCell}[i%4]
		n := node(role, fmt.Sprint("thing ", i), 20+i%20*66, 5+i/20*9, 60, 8)
		n.Value = fmt.Sprint(i)
		o.Layout = append(o.Layout, n)
	}
	measure(b, func() error { _, err := eyes.Read(b.Context(), o, step.SourceLayout); return err })
}

// measure runs f again and again and reports the median beside the mean.
func measure(b *testing.B, f func() error) {
	b.Helper()
	var took []time.Duration
	for b.Loop() {
		begun := time.Now()
		if err := f(); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(begun))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
}

func BenchmarkReadPixels(b *testing.B) {
	for _, name := range []string{"login", "table"} {
		b.Run(name, func(b *testing.B) {
			eyes := open(b, vision.Options{})
			o := observe(b, name)
			for b.Loop() {
				if _, err := eyes.Read(b.Context(), o, step.SourcePixels); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkMarks(b *testing.B) {
	eyes := open(b, vision.Options{})
	o := observe(b, "table")
	s, err := eyes.Read(b.Context(), o, step.SourceLayout)
	if err != nil {
		b.Fatal(err)
	}
	o.Frame.Pixels = unpack(b, o.Frame.Data) // as the browser hands it over
	measure(b, func() error { _, err := vision.Marks(o.Frame, s); return err })
}

func BenchmarkChange(b *testing.B) {
	o := observe(b, "table")
	img := unpack(b, o.Frame.Data)
	for i := range 300 {
		img.SetRGBA(100+i, 200, color.RGBA{1, 2, 3, 255})
	}
	var d vision.Differ
	frames := [2]step.Frame{o.Frame, pack(b, img)}
	frames[0].Pixels, frames[1].Pixels = unpack(b, o.Frame.Data), img // as the browser hands them over
	i := 0
	measure(b, func() error { i++; _, err := d.Next(frames[i%2]); return err })
}

func BenchmarkGrid(b *testing.B) {
	o := observe(b, "table")
	for b.Loop() {
		if _, _, err := vision.Grid(o.Frame, vision.Whole(o.Frame.Size)); err != nil {
			b.Fatal(err)
		}
	}
}
