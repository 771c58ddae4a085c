package vision_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"image"
	"image/draw"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"chiron/step"
	"chiron/vision"

	"go.uber.org/goleak"
)

var update = flag.Bool("update", false, "make the golden screens and lists again, with Chromium")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// truth is what Chromium says about a golden screen.
type truth struct {
	Size   step.Size   `json:"size"`
	Title  string      `json:"title"`
	Layout []step.Node `json:"layout"`
}

func screens() []string {
	return []string{"login", "table", "formular", "dark", "calendar", "shop", "japanese"}
}

// observe returns a golden screen as an observation.
func observe(t testing.TB, name string) step.Observation {
	t.Helper()
	base := filepath.Join("testdata", "screens", name)
	if *update {
		shoot(t, name, base)
	}
	data, err := os.ReadFile(base + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var tr truth
	if err := json.Unmarshal(data, &tr); err != nil {
		t.Fatal(err)
	}
	picture, err := os.ReadFile(base + ".png")
	if err != nil {
		t.Fatal(err)
	}
	return step.Observation{ID: name, Title: tr.Title, URL: "http://127.0.0.1/" + name, Layout: tr.Layout,
		Frame: step.Frame{Data: picture, MIME: "image/png", Size: tr.Size, Hash: step.PictureHash(picture)}}
}

// shoot takes a golden screen of a page in testdata/pages with Chromium.
func shoot(t testing.TB, name, base string) {
	t.Helper()
	page, err := filepath.Abs(filepath.Join("testdata", "pages", name+".html"))
	if err != nil {
		t.Fatal(err)
	}
	shot := filepath.Join(t.TempDir(), "shot.png")
	chromium := func(what string) []byte {
		out, err := exec.Command("/usr/lib/chromium/chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
			"--window-size=1344,896", "--user-data-dir="+t.TempDir(), what, "file://"+page).Output()
		if err != nil {
			t.Fatalf("chromium (Debian: chromium) is needed to make golden screens: %v", err)
		}
		return out
	}
	chromium("--screenshot=" + shot)
	found := regexp.MustCompile(`(?s)id="truth">(.*?)</script>`).FindSubmatch(chromium("--dump-dom"))
	if found == nil {
		t.Fatalf("%s: the page did not say what it shows", name)
	}
	var tr truth
	if err := json.Unmarshal(found[1], &tr); err != nil {
		t.Fatal(err)
	}
	tr.Size = step.Viewport()
	list, err := json.Marshal(tr)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(base+".json", append(list, '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(shot)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	plain := image.NewRGBA(image.Rect(0, 0, 1344, 896))
	draw.Draw(plain, plain.Rect, img, img.Bounds().Min, draw.Src)
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, plain); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(base+".png", b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// open returns eyes whose worker runs until the test ends.
func open(t testing.TB, o vision.Options) *vision.Eyes {
	t.Helper()
	eyes, err := vision.New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- eyes.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return eyes
}

func acts(r step.Role) bool {
	switch r {
	case step.RoleLink, step.RoleButton, step.RoleInput, step.RoleCheckbox, step.RoleRadio, step.RoleSelect:
		return true
	}
	return false
}

// score says how well seen candidates fit the truth.
type score struct {
	wanted, found, roles int // things to act on; shown with the right label; with the right role too
	claimed, true_       int // candidates that claim to be such; that are
	missed, wrong        []string
}

func (s *score) add(o score) {
	s.wanted, s.found, s.roles = s.wanted+o.wanted, s.found+o.found, s.roles+o.roles
	s.claimed, s.true_ = s.claimed+o.claimed, s.true_+o.true_
}

func (s score) recall() float64    { return float64(s.found) / float64(s.wanted) }
func (s score) precision() float64 { return float64(s.true_) / float64(max(1, s.claimed)) }

// grade counts a thing as found when some candidate has its centre in the thing's box and its label in its words.
func grade(layout []step.Node, items []step.Candidate, roles func(step.Role) bool) score {
	var s score
	for _, n := range layout {
		if !roles(n.Role) {
			continue
		}
		s.wanted++
		hit, same := false, false
		for _, c := range items {
			if c.Box.Center().In(n.Box) && sameLabel(n.Name, c.Name) {
				hit, same = true, same || c.Role == n.Role
			}
		}
		if hit {
			s.found++
		} else {
			s.missed = append(s.missed, string(n.Role)+" "+n.Name)
		}
		if same {
			s.roles++
		}
	}
	for _, c := range items {
		if !roles(c.Role) {
			continue
		}
		s.claimed++
		ok := false
		for _, n := range layout {
			ok = ok || roles(n.Role) && c.Box.Center().In(n.Box)
		}
		if ok {
			s.true_++
		} else {
			s.wrong = append(s.wrong, string(c.Role)+" "+c.Name)
		}
	}
	return s
}

// sameLabel compares labels as a person would: letters and digits, without marks on letters that English print lacks.
func sameLabel(want, got string) bool {
	fold := func(s string) string {
		s = strings.NewReplacer("ä", "a", "ö", "o", "ü", "u", "ß", "b", "é", "e").Replace(strings.ToLower(s))
		return regexp.MustCompile(`[^\p{L}\p{N}<>]+`).ReplaceAllString(s, "")
	}
	return fold(want) == fold(got)
}

func TestPixels(t *testing.T) {
	eyes := open(t, vision.Options{})
	floors := map[string]struct{ recall, precision float64 }{
		"login": {1, 1}, "table": {0.85, 0.7}, "formular": {0.85, 0.7}, "dark": {0.85, 0.7}, "calendar": {0.85, 0.7}, "shop": {0.85, 0.7},
	}
	var all score
	for _, name := range screens() {
		floor, ok := floors[name]
		if !ok {
			continue
		}
		t.Run(name, func(t *testing.T) {
			o := observe(t, name)
			s, err := eyes.Read(t.Context(), o, step.SourcePixels)
			if err != nil {
				t.Fatal(err)
			}
			got := grade(o.Layout, s.Items, acts)
			t.Logf("recall %.3f (role too %d of %d), precision %.3f; missed %q; wrong %q", got.recall(), got.roles, got.wanted,
				got.precision(), got.missed, got.wrong)
			if testing.Verbose() {
				t.Log(s.Text(nil))
			}
			if got.recall() < floor.recall || got.precision() < floor.precision {
				t.Errorf("recall %.3f and precision %.3f are below %.2f and %.2f:\n%s", got.recall(), got.precision(), floor.recall,
					floor.precision, s.Text(nil))
			}
			all.add(got)
		})
	}
	t.Logf("all: recall %.3f, role too %.3f, precision %.3f", all.recall(), float64(all.roles)/float64(all.wanted), all.precision())
}
