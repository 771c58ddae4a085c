package site

import (
	"context"
	"html/template"
	"net/http"
)

// Watched lets the pages of another server say of themselves what they show, as those of a Site with Options.Watch do. The
// zero value is none; NewWatched makes one.
type Watched struct{ w *watcher }

// NewWatched makes a Watched that has heard of no page yet.
func NewWatched() Watched { return Watched{newWatcher()} }

// Reset forgets all pages.
func (w Watched) Reset() { w.w.reset() }

// Tag registers a page that is about to be served and returns the script element that belongs into it.
func (w Watched) Tag(r *http.Request) template.HTML { return w.w.tag(r) }

// Serve answers a request that belongs to the script; false means that it does not.
func (w Watched) Serve(rw http.ResponseWriter, r *http.Request) bool { return w.w.serve(rw, r) }

// View is Site.View of these pages.
func (w Watched) View(ctx context.Context, want func(View) bool) (View, error) {
	return w.w.view(ctx, want)
}
