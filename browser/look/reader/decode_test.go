package reader

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func FuzzDecodePage(f *testing.F) {
	f.Add([]byte(`{"url":"http://a/","nodes":[{"r":"button","n":"x","b":[1,2,3,4],"s":127,"o":["a"],"p":1}],"frames":[{"i":0,"x":1,"y":1,"sx":0,"sy":1}],"secrets":[[1,2,3,4]],"cut":-4}`))
	f.Add([]byte(`{"nodes":[{"r":"nonsense","n":"\u202e\u0000","b":[1e300,-1e300,1e300,-5]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := DecodePage(data)
		if err != nil {
			return
		}
		if p.Cut < 0 || len(p.Frames) > MaxFrames || len(p.Secrets) > maxSecrets {
			t.Fatalf("%+v", p)
		}
		for _, raw := range p.Nodes {
			n := raw.Step()
			if !n.Role.Known() || !utf8.ValidString(n.Name) || len(n.Name) > MaxName || n.Box.W < 0 || n.Box.X > maxPixel || n.Secret && n.Value != "" && n.Value != "***" {
				t.Fatalf("%+v", n)
			}
			for _, frame := range p.Frames {
				frame.Out(n.Box)
				frame.In(1, 1)
			}
		}
	})
}

func FuzzDecodePlace(f *testing.F) {
	f.Add([]byte(`{"doc":"a","frame":-1,"el":{"tag":"a","role":"link","b":[1,2,3,4]},"form":{"action":"http://x/","fields":["a"]}}`))
	f.Add([]byte(`{"doc":"a","frame":9,"sx":0}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := DecodePlace(data)
		if err != nil {
			return
		}
		if p.Element != nil {
			e := p.Element.Step()
			if !e.Role.Known() || len(e.Text) > 200 || !utf8.ValidString(e.Name) {
				t.Fatalf("%+v", e)
			}
		}
		if p.Form != nil {
			if form := p.Form.Step(); len(form.Fields) > 100 || len(form.Action) > MaxURL {
				t.Fatalf("%+v", form)
			}
		}
	})
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"a\x00b\u202ec\n": "abc\n", "\xff": "�", strings.Repeat("é", 10): "éé",
	} {
		if got := Clean(in, 5); got != want {
			t.Errorf("Clean(%q) = %q, want %q", in, got, want)
		}
	}
}
