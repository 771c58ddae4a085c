package look

import (
	"strings"
	"testing"
	"unicode/utf8"

	"chiron/step"
)

func FuzzDecodePage(f *testing.F) {
	f.Add([]byte(`{"url":"http://a/","nodes":[{"r":"button","n":"x","b":[1,2,3,4],"s":127,"o":["a"],"p":1}],"frames":[{"i":0,"x":1,"y":1,"sx":0,"sy":1}],"secrets":[[1,2,3,4]],"cut":-4}`))
	f.Add([]byte(`{"nodes":[{"r":"nonsense","n":"\u202e\u0000","b":[1e300,-1e300,1e300,-5]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := decodePage(data)
		if err != nil {
			return
		}
		if p.Cut < 0 || len(p.Frames) > maxFrames || len(p.Secrets) > maxSecrets {
			t.Fatalf("%+v", p)
		}
		for _, raw := range p.Nodes {
			n := raw.node()
			if !n.Role.Known() || !utf8.ValidString(n.Name) || len(n.Name) > maxName || n.Box.W < 0 || n.Box.X > maxPixel || n.Secret && n.Value != "" {
				t.Fatalf("%+v", n)
			}
			for _, frame := range p.Frames {
				frame.out(n.Box)
				frame.in(1, 1)
			}
		}
	})
}

func FuzzDecodePlace(f *testing.F) {
	f.Add([]byte(`{"doc":"a","frame":-1,"el":{"tag":"a","role":"link","b":[1,2,3,4]},"form":{"action":"http://x/","fields":["a"]}}`))
	f.Add([]byte(`{"doc":"a","frame":9,"sx":0}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := decodePlace(data)
		if err != nil {
			return
		}
		if p.Element != nil {
			e := p.Element.element()
			if !e.Role.Known() || len(e.Text) > 200 || !utf8.ValidString(e.Name) {
				t.Fatalf("%+v", e)
			}
		}
		if p.Form != nil {
			if form := p.Form.form(); len(form.Fields) > 100 || len(form.Action) > maxURL {
				t.Fatalf("%+v", form)
			}
		}
	})
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"a\x00b\u202ec\n": "abc\n", "\xff": "�", strings.Repeat("é", 10): "éé",
	} {
		if got := clean(in, 5); got != want {
			t.Errorf("clean(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestOrder(t *testing.T) {
	box := func(name string, x, y, w, h int) step.Node {
		return step.Node{Name: name, Box: step.Rect{X: x, Y: y, W: w, H: h}}
	}
	nodes := []step.Node{box("right", 200, 12, 50, 20), box("tall", 300, 0, 50, 400), box("left", 10, 15, 50, 20), box("second", 10, 60, 50, 20)}
	order(nodes)
	var got []string
	for _, n := range nodes {
		got = append(got, n.Name)
	}
	if strings.Join(got, " ") != "tall left right second" {
		t.Error(got)
	}
}
