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
func grade(layout []step.Node, items []step.Candidate, roles func(step.Role) bool, same func(want, got string) bool) score {
	var s score
	for _, n := range layout {
		if !roles(n.Role) {
			continue
		}
		s.wanted++
		hit, role := false, false
		for _, c := range items {
			if c.Box.Center().In(n.Box) && same(n.Name, c.Name) {
				hit, role = true, role || c.Role == n.Role
			}
		}
		if hit {
			s.found++
		} else {
			s.missed = append(s.missed, string(n.Role)+" "+n.Name)
		}
		if role {
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

// sameLabel compares labels as a person would: by letters, digits and case-less.
func sameLabel(want, got string) bool { return plain(want) == plain(got) }

// almost allows one error in five letters: German read by Tesseract with English alone.
func almost(want, got string) bool {
	a, b := []rune(plain(want)), []rune(plain(got))
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j, y := range b {
			cost := diagonal
			if x != y {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]*5 <= len(a)
}

func plain(s string) string {
	return regexp.MustCompile(`[^\p{L}\p{N}<>]+`).ReplaceAllString(strings.ToLower(s), "")
}

func TestPixels(t *testing.T) {
	eyes := open(t, vision.Options{})
	floors := []struct {
		name              string
		recall, precision float64
		same              func(want, got string) bool
	}{
		{"login", 1, 1, sameLabel}, {"table", 0.95, 0.95, sameLabel}, {"formular", 0.9, 0.95, almost}, {"dark", 0.95, 0.95, sameLabel},
		{"calendar", 0.9, 0.95, sameLabel}, {"shop", 0.95, 0.95, sameLabel},
	}
	var all score
	for _, f := range floors {
		t.Run(f.name, func(t *testing.T) {
			o := observe(t, f.name)
			s, err := eyes.Read(t.Context(), o, step.SourcePixels)
			if err != nil {
				t.Fatal(err)
			}
			got := grade(o.Layout, s.Items, acts, f.same)
			t.Logf("recall %.3f (role too %d of %d), precision %.3f; missed %q; wrong %q", got.recall(), got.roles, got.wanted,
				got.precision(), got.missed, got.wrong)
			if got.recall() < f.recall || got.precision() < f.precision {
				t.Errorf("recall %.3f and precision %.3f are below %.2f and %.2f:\n%s", got.recall(), got.precision(), f.recall,
					f.precision, s.Text(nil))
			}
			all.add(got)
		})
	}
	t.Logf("all: recall %.3f, role too %.3f, precision %.3f", all.recall(), float64(all.roles)/float64(all.wanted), all.precision())
}

func TestPixelsFillIn(t *testing.T) {
	s, err := open(t, vision.Options{}).Read(t.Context(), observe(t, "login"), step.SourcePixels)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "login.pixels", s.Text(nil))
	for i, c := range s.Items {
		if c.Mark != i+1 || c.Source != step.SourcePixels || c.Box.Empty() {
			t.Errorf("item %d: %+v", i, c)
		}
	}
}
