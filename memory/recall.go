package memory

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"chiron/step"
)

// Query asks for advice.
type Query struct {
	Tenant string
	Site   string // host, with its port if it has one
	Goal   string

	Examples int // most acts of the workflow that are wanted as examples; 0 is none
}

// Recall is advice from past tasks, best first within each kind: at most one lesson, one workflow and five notes.
type Recall struct {
	Items    []Item
	Examples []step.Example // of the workflow among the items
	Tokens   int            // estimated, of texts and examples; at most MaxTokens
	Cut      int            // items and examples left out because of MaxTokens
	Degraded string         // why less could be found than usual; empty: nothing is wrong
}

// Bounds of one recall. Advice competes with the screen for a small model's attention.
const (
	MaxTokens    = 600
	MaxLessons   = 1
	MaxWorkflows = 1
	MaxNotes     = 5
)

// candidates is how many items each way of finding may bring.
const candidates = 50

// Recall finds what was learned for this tenant on this site. Lessons and workflows must have to do with the goal; notes
// are about the site and fill up with the most trusted. Only admitted, not too old items are found.
func (m *Memory) Recall(ctx context.Context, q Query) (Recall, error) {
	if q.Site == "" {
		return Recall{}, fmt.Errorf("recall: %w: no site", ErrItem)
	}
	s, err := newScope(q.Tenant, limits{site: q.Site, status: Active, since: time.Now().Add(-m.o.MaxAge)})
	if err != nil {
		return Recall{}, fmt.Errorf("recall: %w", err)
	}
	back, err := m.open(ctx)
	if err != nil {
		return Recall{}, fmt.Errorf("recall: %w", err)
	}
	goal := clean(q.Goal, MaxGoal)
	vector, degraded := m.embed(ctx, goal)
	words, meaning, err := back.search(ctx, s, terms(goal), vector, candidates)
	if err != nil {
		return Recall{}, fmt.Errorf("recall: %w: %w", ErrUnavailable, err)
	}
	s.limits.kind = Note
	notes, err := back.list(ctx, s)
	if err != nil {
		return Recall{}, fmt.Errorf("recall: %w: %w", ErrUnavailable, err)
	}
	slices.SortFunc(notes, func(a, b Item) int {
		return cmp.Or(cmp.Compare(b.Trust, a.Trust), b.Created.Compare(a.Created), cmp.Compare(a.ID, b.ID))
	})
	r := choose(append(fuse(meaning, words), notes...))
	r.show(q.Examples)
	r.Degraded = degraded
	return r, nil
}

// choose takes the first of each kind until the places or the tokens are used up.
func choose(ranked []Item) Recall {
	var r Recall
	left := map[Kind]int{Lesson: MaxLessons, Workflow: MaxWorkflows, Note: MaxNotes}
	seen := map[string]bool{}
	for _, i := range ranked {
		if seen[i.ID] || left[i.Kind] == 0 {
			continue
		}
		seen[i.ID] = true
		left[i.Kind]--
		cost := tokens(i.Text)
		if r.Tokens+cost > MaxTokens {
			r.Cut++
			continue
		}
		r.Tokens += cost
		r.Items = append(r.Items, i)
	}
	order := []Kind{Lesson, Workflow, Note}
	slices.SortStableFunc(r.Items, func(a, b Item) int {
		return cmp.Compare(slices.Index(order, a.Kind), slices.Index(order, b.Kind))
	})
	return r
}

// show adds at most so many acts of the workflow as examples, the first ones, as far as the tokens reach.
func (r *Recall) show(most int) {
	for _, i := range r.Items {
		for _, l := range i.Lines {
			e, ok := l.example()
			if i.Kind != Workflow || !ok || len(r.Examples) >= most {
				continue
			}
			if cost := tokens(e.Text(nil)); r.Tokens+cost <= MaxTokens {
				r.Tokens += cost
				r.Examples = append(r.Examples, e)
			} else {
				r.Cut++
			}
		}
	}
}

// tokens estimates from above: three bytes a token, where tokenizers of the models in use need four for English.
func tokens(text string) int { return (len(text) + 2) / 3 }

// rrfK is the constant of reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009).
const rrfK = 60

// fuse joins rankings by reciprocal ranks; of equals the earlier ranking's comes first.
func fuse(rankings ...[]Item) []Item {
	score := map[string]float64{}
	var all []Item
	for _, ranking := range rankings {
		for rank, i := range ranking {
			if _, known := score[i.ID]; !known {
				all = append(all, i)
			}
			score[i.ID] += 1 / float64(rrfK+rank+1)
		}
	}
	slices.SortStableFunc(all, func(a, b Item) int {
		return cmp.Compare(score[b.ID], score[a.ID])
	})
	return all
}

// terms returns the words of a goal that may tell it from others, lower case, each once.
func terms(text string) []string {
	words := wordsOf(text)
	slices.Sort(words)
	return slices.DeleteFunc(slices.Compact(words), func(w string) bool { return len(w) < 3 || slices.Contains(empty(), w) })
}

// empty returns words that stand in goals of every kind; without meaning to go by, one of them must not recall a lesson.
func empty() []string {
	return []string{"and", "are", "for", "from", "into", "its", "please", "that", "the", "then", "this", "what", "with"}
}

// wordsOf splits a text into its words, lower case.
func wordsOf(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// Filter chooses items for List. Tenant is needed; zero fields do not narrow.
type Filter struct {
	Tenant string
	Site   string
	Kind   Kind
	Status Status
	Task   string
	Limit  int // 0 is 100
}

// List returns items, the newest first, and how many there are in all.
func (m *Memory) List(ctx context.Context, f Filter) (items []Item, total int, err error) {
	s, err := newScope(f.Tenant, limits{site: f.Site, kind: f.Kind, status: f.Status, task: f.Task})
	if err != nil {
		return nil, 0, fmt.Errorf("list: %w", err)
	}
	back, err := m.open(ctx)
	if err != nil {
		return nil, 0, fmt.Errorf("list: %w", err)
	}
	if items, err = back.list(ctx, s); err != nil {
		return nil, 0, fmt.Errorf("list: %w: %w", ErrUnavailable, err)
	}
	slices.SortFunc(items, func(a, b Item) int { return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(a.ID, b.ID)) })
	total = len(items)
	if f.Limit <= 0 {
		f.Limit = 100
	}
	return items[:min(f.Limit, total)], total, nil
}
