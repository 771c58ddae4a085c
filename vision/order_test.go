package vision_test

import (
	"slices"
	"strings"
	"testing"

	"chiron/step"
	"chiron/vision"
)

// names reads nodes as a layout and returns their names in reading order.
func names(t *testing.T, nodes ...step.Node) string {
	t.Helper()
	s, err := open(t, vision.Options{}).Read(t.Context(), step.Observation{Layout: nodes}, step.SourceLayout)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, c := range s.Items {
		out = append(out, c.Name)
	}
	return strings.Join(out, " ")
}

// TestOrderBesideACrowdedPage: a side bar is read before the page beside it, even where the page has something on almost every line.
func TestOrderBesideACrowdedPage(t *testing.T) {
	var nodes []step.Node
	want := []string{"a", "b", "c", "d", "e"}
	for i, name := range want {
		nodes = append(nodes, node(step.RoleLink, name, 20, 100+i*37, 80, 20))
	}
	for i := range 20 {
		name := string(rune('A' + i))
		nodes = append(nodes, node(step.RoleText, name, 200+(i%2)*9, 60+i*23, 300, 16))
		want = append(want, name)
	}
	if got := names(t, nodes...); got != strings.Join(want, " ") {
		t.Error(got)
	}
}

// TestOrderOfLabels: a label above its value is read with it, and the rows of a table of bare words one after the other.
func TestOrderOfLabels(t *testing.T) {
	grid := func(pitches ...int) []step.Node {
		var nodes []step.Node
		y := 100
		for r, pitch := range pitches {
			for c := range 3 {
				nodes = append(nodes, node(step.RoleText, string(rune('a'+c))+string(rune('1'+r)), 100+c*150, y, 80, 18))
			}
			y += pitch
		}
		return nodes
	}
	for _, c := range []struct {
		name, want string
		pitches    []int
	}{
		{"two facts above each other", "a1 a2 b1 b2 c1 c2 a3 a4 b3 b4 c3 c4", []int{22, 44, 22, 44}},
		{"a table", "a1 b1 c1 a2 b2 c2 a3 b3 c3 a4 b4 c4", []int{22, 22, 22, 22}},
		{"a table whose rows touch", "a1 b1 c1 a2 b2 c2 a3 b3 c3 a4 b4 c4", []int{18, 18, 19, 18}},
		{"a wide table of two rows", "a1 b1 c1 a2 b2 c2", []int{70, 70}},
	} {
		if got := names(t, grid(c.pitches...)...); got != c.want {
			t.Errorf("%s: %s", c.name, got)
		}
	}
}

// TestOrderOfWhatHangsOver: an open menu is read behind its button, whatever stands on its lines, and what opens in it behind that;
// without one that is open, what hangs over the page is read behind all that ends above it, and never torn apart.
func TestOrderOfWhatHangsOver(t *testing.T) {
	over := func(layer int, n step.Node) step.Node {
		n.Layer = layer
		return n
	}
	open := func(n step.Node) step.Node {
		n.States.Expanded = true
		return n
	}
	menu := []step.Node{over(4, node(step.RoleLink, "one", 110, 92, 200, 20)), over(4, open(node(step.RoleLink, "two", 110, 122, 200, 20))),
		over(4, node(step.RoleLink, "three", 110, 152, 200, 20))}
	sub := []step.Node{over(6, node(step.RoleLink, "x", 320, 122, 90, 20)), over(6, node(step.RoleLink, "y", 320, 152, 90, 20))}
	ad := []step.Node{over(9, node(step.RoleText, "ad1", 110, 190, 90, 20)), over(9, node(step.RoleText, "ad2", 110, 220, 90, 20))}
	toast := []step.Node{over(2, node(step.RoleText, "saved", 600, 300, 90, 20)), over(2, node(step.RoleButton, "close", 700, 300, 20, 20))}
	for _, c := range []struct {
		name, want string
		expanded   bool
		over       []step.Node
	}{
		{"a menu", "head nav menu one two three last A B C D E", true, menu},
		{"a menu in a menu", "head nav menu one two x y three last A B C D E", true, slices.Concat(sub, menu)},
		{"what hangs below a menu", "head nav menu one two three last A B C D ad1 ad2 E", true, slices.Concat(ad, menu)},
		{"a note", "head nav menu last A B C D E saved close", false, toast},
		{"a menu without an opener", "head nav menu last A one two three B C D E", false, menu},
	} {
		nodes := []step.Node{
			node(step.RoleHeading, "head", 20, 10, 400, 24),
			node(step.RoleLink, "nav", 20, 60, 80, 20),
			node(step.RoleButton, "menu", 20, 90, 80, 20),
			node(step.RoleLink, "last", 20, 120, 80, 20),
		}
		nodes[2].States.Expanded = c.expanded
		for i := range 5 {
			nodes = append(nodes, node(step.RoleText, string(rune('A'+i)), 320, 70+i*30, 300, 16))
		}
		if got := names(t, append(nodes, c.over...)...); got != c.want {
			t.Errorf("%s: %s", c.name, got)
		}
	}
}

// TestOrderOfCards: cards in a row are read one after the other; what else stands in columns row by row.
func TestOrderOfCards(t *testing.T) {
	for _, c := range []struct {
		name, want string
		rows       [][2]string // what stands in both columns: a name, with its role before it
	}{
		{"cards", "A a Add B b Add", [][2]string{{"text A", "text B"}, {"text a", "text b"}, {"button Add", "button Add"}}},
		{"two rows of cards", "A a Add B b Add C c Add D d Add", [][2]string{{"text A", "text B"}, {"text a", "text b"}, {"button Add", "button Add"},
			{"text C", "text D"}, {"text c", "text d"}, {"button Add", "button Add"}}},
		{"a table under links", "A B a b c d e f", [][2]string{{"link A", "link B"}, {"text a", "text b"}, {"text c", "text d"}, {"text e", "text f"}}},
		{"a table of cells", "a b c d Add Add", [][2]string{{"cell a", "cell b"}, {"cell c", "cell d"}, {"button Add", "button Add"}}},
		{"links beside texts", "A a B b C c", [][2]string{{"link A", "text a"}, {"link B", "text b"}, {"link C", "text c"}}},
		{"texts over buttons", "A B Add Add", [][2]string{{"text A", "text B"}, {"button Add", "button Add"}}},
		{"a question", "From Giro To Ann Cancel Confirm", [][2]string{{"text From", "text Giro"}, {"text To", "text Ann"}, {"button Cancel", "button Confirm"}}},
		{"links under texts", "Name Owner a b c d", [][2]string{{"text Name", "text Owner"}, {"link a", "link b"}, {"link c", "link d"}}},
		{"a long list over buttons alike", "A a B b C c D d E e F f G g H h I i J j K k L l M m Add Add", [][2]string{{"text A", "text a"}, {"text B", "text b"},
			{"text C", "text c"}, {"text D", "text d"}, {"text E", "text e"}, {"text F", "text f"}, {"text G", "text g"}, {"text H", "text h"}, {"text I", "text i"},
			{"text J", "text j"}, {"text K", "text k"}, {"text L", "text l"}, {"text M", "text m"}, {"button Add", "button Add"}}},
	} {
		var nodes []step.Node
		for r, row := range c.rows {
			for i, what := range row {
				role, name, _ := strings.Cut(what, " ")
				n := node(step.Role(role), name, 100+i*200, 100+r*40, 120, 20)
				if role == "cell" {
					n.Value = name
				}
				nodes = append(nodes, n)
			}
		}
		if got := names(t, nodes...); got != c.want {
			t.Errorf("%s: %s", c.name, got)
		}
	}
}
