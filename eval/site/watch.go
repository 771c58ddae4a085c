package site

import (
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"slices"
	"strconv"
	"sync"

	"chiron/step"
)

//go:embed watch.js
var watchScript []byte

// View is what the newest page of a watched site shows, as the page itself says. Boxes are pixels of the viewport.
type View struct {
	Ready bool   `json:"ready"` // false while the page that was served last has not spoken yet
	Doc   int    `json:"doc"`   // number of the document, counted by the server
	Posts int    `json:"posts"` // how often it spoke
	Path  string `json:"path"`  // with query and fragment
	Title string `json:"title"`
	Above int    `json:"above"` // pixels of the page above the viewport
	Below int    `json:"below"`
	Items []Item `json:"items"`
}

// Item is one control or text of a page, frames and open shadow trees included, whether or not it is inside the viewport.
type Item struct {
	Key      string    `json:"key,omitempty"` // id, ticket or lane, where the page has one
	Role     string    `json:"role"`          // link, button, input, checkbox, radio, select, file, canvas, card, lane or text
	Name     string    `json:"name"`
	Value    string    `json:"value,omitempty"`
	Checked  bool      `json:"checked,omitempty"`
	Disabled bool      `json:"disabled,omitempty"`
	Hit      bool      `json:"hit,omitempty"` // its middle is inside the viewport and nothing covers it
	Box      step.Rect `json:"box"`
}

// document is one page load that was served with the script.
type document struct {
	id, touch int // touch orders the documents by when they came to the front
	top       bool
	origin    string
	View
	Frames []struct {
		Origin string `json:"origin"`
		X      int    `json:"x"`
		Y      int    `json:"y"`
	} `json:"frames"`
	N      int  `json:"n"` // counts what the page sent; beacons may overtake each other
	Shown  bool `json:"shown"`
	Hidden bool `json:"hidden"`
	Gone   bool `json:"gone"`
}

// watcher keeps what watched pages say of themselves. Pages speak to their own origin under a path that nobody can guess,
// so that no further host is involved.
type watcher struct {
	path string // of the script, "/w-…/"

	mu    sync.Mutex
	docs  map[int]*document
	count int
	touch int
	next  chan struct{} // closed when something changes
}

func newWatcher() *watcher {
	return &watcher{path: "/w-" + rand.Text() + "/", docs: map[int]*document{}, next: make(chan struct{})}
}

// wake tells who waits in View; the lock is held.
func (w *watcher) wake() {
	close(w.next)
	w.next = make(chan struct{})
}

func (w *watcher) reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.docs = map[int]*document{}
	w.wake()
}

// tag registers a page that is about to be served and returns the script element for it.
func (w *watcher) tag(r *http.Request) template.HTML {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.count++
	w.touch++
	w.docs[w.count] = &document{id: w.count, touch: w.touch, top: r.Header.Get("Sec-Fetch-Dest") != "iframe", origin: "http://" + r.Host}
	w.wake()
	return template.HTML(fmt.Sprintf(`<script type="module" src="%swatch.js?doc=%d"></script>`, w.path, w.count))
}

// serve answers the script and takes what pages say. It reports whether the request was for it.
func (w *watcher) serve(rw http.ResponseWriter, r *http.Request) bool {
	switch r.URL.Path {
	case w.path + "watch.js":
		rw.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		rw.Header().Set("Cache-Control", "no-store")
		_, _ = rw.Write(watchScript) // the reader may have left
	case w.path + "state":
		id, err := strconv.Atoi(r.URL.Query().Get("doc"))
		body, rerr := io.ReadAll(http.MaxBytesReader(rw, r.Body, 1<<20))
		if err != nil || rerr != nil || w.hear(id, body) != nil {
			http.Error(rw, "not understood", http.StatusBadRequest)
			return true
		}
		rw.WriteHeader(http.StatusNoContent)
	default:
		return false
	}
	return true
}

func (w *watcher) hear(id int, body []byte) error {
	var said document
	if err := json.Unmarshal(body, &said); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	d := w.docs[id]
	if d == nil {
		return nil // from before a reset
	}
	if said.Gone {
		delete(w.docs, id)
		w.wake()
		return nil
	}
	if said.N < d.N {
		return nil
	}
	if said.Shown {
		w.touch++
		d.touch = w.touch
	} else if said.Hidden && d.Posts == 0 {
		d.touch = 0 // opened in the background
	}
	posts := d.Posts + 1
	d.View, d.Frames, d.N = said.View, said.Frames, said.N
	d.Ready, d.Doc, d.Posts = true, id, posts
	w.wake()
	return nil
}

// views are the open pages, the newest first, each with its frames put in place, and a channel that is closed at the next
// change.
func (w *watcher) views() ([]View, <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var tops []*document
	for _, d := range w.docs {
		if d.top {
			tops = append(tops, d)
		}
	}
	slices.SortFunc(tops, func(a, b *document) int { return b.touch - a.touch })
	var out []View
	for _, top := range tops {
		out = append(out, w.whole(top))
	}
	return out, w.next
}

// whole is a page with its frames; the lock is held.
func (w *watcher) whole(top *document) View {
	v := top.View
	v.Items = append([]Item(nil), v.Items...)
	for _, f := range top.Frames {
		inner := w.frame(f.Origin, top.id)
		if inner == nil {
			continue // not loaded yet, or refused by the task's hosts
		}
		for _, i := range inner.Items {
			i.Box.X, i.Box.Y = i.Box.X+f.X, i.Box.Y+f.Y
			v.Items = append(v.Items, i)
		}
	}
	return v
}

// frame is the newest document of a frame; the pages have at most one frame of each origin.
func (w *watcher) frame(origin string, after int) *document {
	var found *document
	for _, d := range w.docs {
		if !d.top && d.id > after && d.origin == origin && d.Ready && (found == nil || d.id > found.id) {
			found = d
		}
	}
	return found
}

// View returns what an open page shows, once there is one that fits want; of several the newest. Nil wants the newest page
// that was served, once it has spoken. It waits until ctx ends and then returns the newest view with ctx's error. Only a site
// with Options.Watch has views.
func (s *Site) View(ctx context.Context, want func(View) bool) (View, error) {
	return s.watch.view(ctx, want)
}

func (w *watcher) view(ctx context.Context, want func(View) bool) (View, error) {
	for {
		all, next := w.views()
		for i, v := range all {
			if v.Ready && (want == nil && i == 0 || want != nil && want(v)) {
				return v, nil
			}
		}
		select {
		case <-next:
		case <-ctx.Done():
			if len(all) == 0 {
				return View{}, context.Cause(ctx)
			}
			return all[0], context.Cause(ctx)
		}
	}
}
