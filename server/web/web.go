// Package web holds the pages for people: templates, one style sheet and small ES modules, embedded, without a build
// step and without anything from elsewhere. Pages carry no data: their modules ask the API, and put every text that
// came from a task, a page or a model into the document as text, never as markup.
package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

//go:embed templates/*.html assets/*
var files embed.FS

// Options are what Pages need.
type Options struct {
	Base    string // path prefix behind a reverse proxy, or ""
	Version string
}

// View is one page to render.
type View struct {
	Page  string // file in templates, without .html
	Title string
	User  string // id of the key that is signed in, or ""
	Task  string // id, on the page of a task
	Next  string // where sign-in leads
	Fault string // what was wrong with a sign-in
}

// Pages renders pages and serves their assets. It is safe for concurrent use.
type Pages struct {
	Options
	pages map[string]*template.Template
	hash  string
}

// New parses the templates.
func New(o Options) (*Pages, error) {
	p := &Pages{Options: o, pages: map[string]*template.Template{}}
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	for _, name := range names {
		page := strings.TrimSuffix(path.Base(name), ".html")
		if page == "layout" {
			continue
		}
		t, err := template.ParseFS(files, "templates/layout.html", name)
		if err != nil {
			return nil, fmt.Errorf("web: %w", err)
		}
		p.pages[page] = t
	}
	p.hash, err = hashAssets()
	return p, err
}

// hashAssets names the set of assets by content, so that browsers may keep them for ever.
func hashAssets() (string, error) {
	sum := sha256.New()
	err := fs.WalkDir(files, "assets", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := files.ReadFile(name)
		fmt.Fprintf(sum, "%s %d\n", name, len(data))
		sum.Write(data)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("web: %w", err)
	}
	return hex.EncodeToString(sum.Sum(nil))[:16], nil
}

// Render writes a page. It writes nothing when it returns an error.
func (p *Pages) Render(w http.ResponseWriter, status int, v View) error {
	t, ok := p.pages[v.Page]
	if !ok {
		return fmt.Errorf("render: there is no page %q", v.Page)
	}
	var out bytes.Buffer
	err := t.ExecuteTemplate(&out, "layout.html", struct {
		View
		Base, Assets, Version string
	}{v, p.Base, p.Base + "/assets/" + p.hash, p.Version})
	if err != nil {
		return fmt.Errorf("render %s: %w", v.Page, err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, err = w.Write(out.Bytes())
	if err != nil {
		return nil // the reader is gone; nothing is left to tell
	}
	return nil
}

// Asset writes an asset of this version and reports whether there is one.
func (p *Pages) Asset(w http.ResponseWriter, r *http.Request, hash, file string) bool {
	if hash != p.hash {
		return false
	}
	data, err := files.ReadFile("assets/" + file)
	if err != nil {
		return false
	}
	types := map[string]string{".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
	w.Header().Set("Content-Type", types[path.Ext(file)])
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(data) // a reader that is gone needs nothing
	}
	return true
}
