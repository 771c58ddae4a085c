package site

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"chiron/eval/site/books"
)

//go:embed pages/*.html strings/*.json
var pageFiles embed.FS

// pages are the parsed templates and sentences of every language. Read-only after loadPages.
type pages struct {
	sets  map[string]*template.Template // by language and page: "de/login"
	words map[string]map[string]string  // by language and key
}

// frame is what every page gets beside its own data.
type frame struct {
	Lang, Theme string
	Path        string
	Links       map[string]string // this page in the other languages
	User        books.User
	SignedIn    bool
	Today       string
	Partner     string
	Waiting     int // reports that nobody decided on
	Pending     int // the same for an approver, 0 for everybody else
	Toast       toast
	Watch       template.HTML // script element of a watched site
	Data        any
}

func languages() []string { return []string{"en", "de", "ja"} }

func loadPages() (*pages, error) {
	p := &pages{sets: map[string]*template.Template{}, words: map[string]map[string]string{}}
	names, err := pageFiles.ReadDir("pages")
	if err != nil {
		return nil, fmt.Errorf("list pages: %w", err)
	}
	for _, lang := range languages() {
		raw, err := pageFiles.ReadFile("strings/" + lang + ".json")
		if err != nil {
			return nil, fmt.Errorf("read the words of %s: %w", lang, err)
		}
		words := map[string]string{}
		if err := json.Unmarshal(raw, &words); err != nil {
			return nil, fmt.Errorf("decode the words of %s: %w", lang, err)
		}
		p.words[lang] = words
		base, err := template.New("").Funcs(functions(lang, words)).ParseFS(pageFiles, "pages/_*.html")
		if err != nil {
			return nil, fmt.Errorf("parse the frame: %w", err)
		}
		for _, n := range names {
			if strings.HasPrefix(n.Name(), "_") {
				continue
			}
			set, err := base.Clone()
			if err == nil {
				set, err = set.ParseFS(pageFiles, "pages/"+n.Name())
			}
			if err != nil {
				return nil, fmt.Errorf("parse %s: %w", n.Name(), err)
			}
			p.sets[lang+"/"+strings.TrimSuffix(n.Name(), ".html")] = set
		}
	}
	return p, nil
}

func functions(lang string, words map[string]string) template.FuncMap {
	translate := func(key string, args ...any) (string, error) {
		w, ok := words[key]
		if !ok {
			return "", fmt.Errorf("no %s words for %q", lang, key)
		}
		if len(args) > 0 {
			w = fmt.Sprintf(w, args...)
		}
		return w, nil
	}
	return template.FuncMap{
		"t":       translate,
		"say":     func(t toast) (string, error) { return translate(t.Key, t.Args...) },
		"money":   func(cents int64) string { return money(cents, lang) },
		"day":     func(iso string) string { return day(iso, lang) },
		"moment":  func(at time.Time) string { return day(at.Format(time.DateOnly), lang) + " " + at.Format("15:04") },
		"list":    func(items ...string) []string { return items },
		"dict":    dict,
		"prefix":  strings.HasPrefix,
		"kib":     func(n int) string { return fmt.Sprintf("%.1f KiB", float64(n)/1024) },
		"problem": func(err error) (string, error) { return translate(err.Error()) },
	}
}

// dict makes a map from keys and values, for templates with several arguments.
func dict(pairs ...any) (map[string]any, error) {
	m := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		key, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: key %v is not a string", pairs[i])
		}
		m[key] = pairs[i+1]
	}
	return m, nil
}

// money writes cents as the language does: €1,234.50 or 1.234,50 €.
func money(cents int64, lang string) string {
	whole, group, mark := fmt.Sprint(cents/100), ",", "."
	if lang == "de" {
		group, mark = ".", ","
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + group + whole[i:]
	}
	figure := fmt.Sprintf("%s%s%02d", whole, mark, cents%100)
	if lang == "de" {
		return figure + "\u00a0€"
	}
	return "€" + figure
}

// day writes 2026-11-03 as the language does.
func day(iso, lang string) string {
	d, err := time.Parse(time.DateOnly, iso)
	if err != nil {
		return iso
	}
	switch lang {
	case "de":
		return d.Format("02.01.2006")
	case "ja":
		return d.Format("2006年1月2日")
	}
	return d.Format("Jan 2, 2006")
}

func (s *Site) frame(v *visit) frame {
	f := frame{Lang: v.lang, Theme: v.theme, Path: v.r.URL.Path, Today: s.st.Today(), Partner: s.opts.PartnerURL,
		Links: map[string]string{}}
	for _, l := range languages() {
		q := v.r.URL.Query()
		q.Set("lang", l)
		path := v.r.URL.Path
		if v.r.Method != http.MethodGet {
			path, q = "/", url.Values{"lang": {l}}
		}
		f.Links[l] = path + "?" + q.Encode()
	}
	if v.user != nil {
		f.User, f.SignedIn = *v.user, true
	}
	f.Waiting = s.st.Waiting()
	if f.User.Role == "approver" {
		f.Pending = f.Waiting
	}
	return f
}

func (s *Site) render(w http.ResponseWriter, f frame, a answer) {
	f.Data = a.data
	name := a.part
	if name == "" {
		name = "page"
	}
	var b bytes.Buffer
	if err := s.pages.sets[f.Lang+"/"+a.page].ExecuteTemplate(&b, name, f); err != nil {
		s.opts.Logger.Error("render", "room", "eval", "page", a.page, "error", err)
		http.Error(w, "This page could not be drawn.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(a.status)
	_, _ = b.WriteTo(w) // the reader may have left
}
