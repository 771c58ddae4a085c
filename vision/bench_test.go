package vision_test

import (
	"fmt"
	"image/color"
	"testing"

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
	for b.Loop() {
		if _, err := eyes.Read(b.Context(), o, step.SourceLayout); err != nil {
			b.Fatal(err)
		}
	}
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
	for b.Loop() {
		if _, err := vision.Marks(o.Frame, s); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkChange(b *testing.B) {
	o := observe(b, "table")
	img := unpack(b, o.Frame.Data)
	for i := range 300 {
		img.SetRGBA(100+i, 200, color.RGBA{1, 2, 3, 255})
	}
	var d vision.Differ
	frames := [2]step.Frame{o.Frame, pack(b, img)}
	for i := 0; b.Loop(); i++ {
		if _, err := d.Next(frames[i%2]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkGrid(b *testing.B) {
	o := observe(b, "table")
	for b.Loop() {
		if _, _, err := vision.Grid(o.Frame, vision.Whole(o.Frame.Size)); err != nil {
			b.Fatal(err)
		}
	}
}
