package look_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"chiron/browser/look"
	"chiron/browser/look/looktest"
	"chiron/step"
)

func lines(l look.Layout) string {
	var b strings.Builder
	for _, n := range l.Nodes {
		fmt.Fprintf(&b, "%s %q", n.Role, n.Name)
		if n.Value != "" {
			fmt.Fprintf(&b, " = %q", n.Value)
		}
		if n.Secret {
			b.WriteString(" secret")
		}
		if len(n.Options) > 0 {
			fmt.Fprintf(&b, " %q", n.Options)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func layout(t *testing.T, eyes *look.Eyes) look.Layout {
	t.Helper()
	l, err := eyes.Layout(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestLayout(t *testing.T) {
	b := looktest.Start(t)
	site := looktest.Serve(t, "testdata", nil)
	for _, c := range []struct{ page, want string }{
		{"login.html", `heading "Welcome back"
input "Username" = "alice"
input "Password" = "***" secret
checkbox "Remember me"
select "Language" = "Deutsch" ["English" "Deutsch"]
input "Your note" = "hello"
button "Sign in"
button "Other way"
text "Trouble?"
link "Forgot password?"
text "or call us."
text "Overlay text"
button "Click me"
`},
		{"shadow.html", `heading "Slotted title"
input "Mail"
button "Send"
`},
	} {
		t.Run(c.page, func(t *testing.T) {
			eyes := looktest.Open(t, b, site.URL+"/"+c.page, look.Options{})
			l := layout(t, eyes)
			if got := lines(l); got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
			for _, n := range l.Nodes {
				if n.Role == "button" {
					h, err := eyes.At(t.Context(), n.Box.Center())
					if err != nil || h.Element.Name != n.Name {
						t.Errorf("%v: a click meets %+v, %v", n, h.Element, err)
					}
					h.Release()
				}
			}
		})
	}
	t.Run("what escapes its box", func(t *testing.T) {
		eyes := looktest.Open(t, b, site.URL+"/escape.html", look.Options{})
		looktest.Eval(t, eyes, "void scrollTo(0, 3400)")
		eyes.Settle(t.Context())
		want := `link "Home"
text "Seen low"
checkbox "Styled box"
button "Card with"
button "Inner"
alert "Something failed"
tab "First tab"
image "Logo"
canvas "Chart"
button "More"
text "Details text"
`
		if got := lines(layout(t, eyes)); got != want {
			t.Errorf("got\n%swant\n%s", got, want)
		}
	})
	t.Run("table", func(t *testing.T) {
		eyes := looktest.Open(t, b, site.URL+"/table.html", look.Options{Nodes: 50})
		l := layout(t, eyes)
		got := lines(l)
		for _, want := range []string{"heading \"Orders\"\n", "text \"All orders\"\n", "text \"Id\"\ntext \"Customer\"\ntext \"Total\"\n",
			"cell \"Id\" = \"3\"\ncell \"Customer\" = \"Customer 3\"\ncell \"Total\" = \"9.00 EUR\"\nlink \"Open\"\n"} {
			if !strings.Contains(got, want) {
				t.Errorf("no %q in\n%s", want, got)
			}
		}
		if len(l.Nodes) != 50 || l.Cut < 50 || l.Below < 5000 {
			t.Errorf("%d nodes, %d cut, %d px below", len(l.Nodes), l.Cut, l.Below)
		}
	})
}

// TestLayers: what hangs over the page is told from it, and from what hangs over that; a badge, freely placed rows and the tools of a
// card are no layers.
func TestLayers(t *testing.T) {
	b := looktest.Start(t)
	site := looktest.Serve(t, "testdata", nil)
	eyes := looktest.Open(t, b, site.URL+"/layers.html", look.Options{})
	layers := map[int][]string{}
	for _, n := range layout(t, eyes).Nodes {
		layers[n.Layer] = append(layers[n.Layer], n.Name)
	}
	var got []string
	for _, n := range slices.Sorted(maps.Keys(layers)) {
		got = append(got, strings.Join(layers[n], ","))
	}
	if want := "7,Page,Row,first,Archive,Delete,Card,Open,Row,second|Five,Six|One,Two|Three,Four|Leave the page?,Stay,Leave|Saved,Close|In a frame|Yes,No"; strings.Join(got, "|") != want {
		t.Errorf("layers are\n%s, want\n%s", strings.Join(got, "|"), want)
	}
}

func TestPageCannotBendTheReader(t *testing.T) {
	b := looktest.Start(t)
	site := looktest.Serve(t, "testdata", nil)
	eyes := looktest.Open(t, b, site.URL+"/clobber.html", look.Options{})
	l := layout(t, eyes)
	if l.Origin != site.URL || l.Title != "Clobber" {
		t.Errorf("origin %q title %q", l.Origin, l.Title)
	}
	for _, n := range l.Nodes {
		if n.Role != step.RoleButton {
			continue
		}
		p := n.Box.Center()
		f, err := eyes.Facts(t.Context(), step.Click{Target: step.Target{Point: &p}})
		if err != nil {
			t.Fatal(err)
		}
		if f.Element.ID != "go" || !f.Submits || f.Form.Action != site.URL+"/real" || f.Form.Method != "POST" || f.Origin != site.URL {
			t.Errorf("facts %+v element %+v form %+v", f, f.Element, f.Form)
		}
		return
	}
	t.Errorf("no button in\n%s", lines(l))
}
