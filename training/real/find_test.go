package real

import (
	"slices"
	"testing"

	"chiron/step"
	"chiron/training/world"
)

func TestFind(t *testing.T) {
	things := []*world.Thing{world.Text("Open"), world.Link("Open", nil), world.Cell("State", "Open"), world.Button("Open", nil), world.Link("Away", nil), world.Button("Open", nil)}
	items := []step.Candidate{
		{Mark: 1, Role: step.RoleCell, Name: "Name", Value: "Open"}, {Mark: 2, Role: step.RoleButton, Name: "Open"}, {Mark: 3, Role: step.RoleLink, Name: "Open "},
		{Mark: 4, Role: step.RoleText, Name: "Open"}, {Mark: 5, Role: step.RoleButton, Name: "Open"},
	}
	if got, want := find(things, items), []int{1, 3, 4, 2, 0, 5}; !slices.Equal(got, want) {
		t.Errorf("found at %v, want %v", got, want)
	}
}

func TestBelow(t *testing.T) {
	from := []step.Candidate{{Mark: 1, Role: step.RoleLink, Box: step.Rect{X: 10, Y: 10, W: 80, H: 20}}, {Mark: 2, Role: step.RoleInput, Box: step.Rect{X: 10, Y: 40, W: 200, H: 30}}, {Mark: 3, Box: step.Rect{X: 500, Y: 500, W: 20, H: 20}}}
	to := []step.Candidate{
		{Mark: 1, Role: step.RoleText, Box: step.Rect{X: 0, Y: 0, W: 900, H: 600}}, // all of the page
		{Mark: 2, Role: step.RoleText, Box: step.Rect{X: 12, Y: 12, W: 70, H: 14}},
		{Mark: 3, Role: step.RoleText, Box: step.Rect{X: 14, Y: 44, W: 190, H: 24}}, {Mark: 4, Role: step.RoleInput, Box: step.Rect{X: 9, Y: 39, W: 203, H: 32}},
	}
	if got, want := below([]int{2, 1, 0, 3}, from, to), []int{4, 2, 0, 0}; !slices.Equal(got, want) {
		t.Errorf("moved to %v, want %v", got, want)
	}
}
