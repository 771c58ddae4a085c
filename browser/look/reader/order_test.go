package reader

import (
	"strings"
	"testing"

	"chiron/step"
)

func TestOrder(t *testing.T) {
	box := func(name string, x, y, w, h int) step.Node {
		return step.Node{Name: name, Box: step.Rect{X: x, Y: y, W: w, H: h}}
	}
	nodes := []step.Node{box("right", 200, 12, 50, 20), box("tall", 300, 0, 50, 400), box("left", 10, 15, 50, 20), box("second", 10, 60, 50, 20)}
	Order(nodes)
	var got []string
	for _, n := range nodes {
		got = append(got, n.Name)
	}
	if strings.Join(got, " ") != "tall left right second" {
		t.Error(got)
	}
}
