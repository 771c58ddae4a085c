package pixels

import (
	"cmp"
	"image"
	"slices"
	"strings"
	"unicode"

	"chiron/step"
)

// phrase is a piece of a line: words that stand together.
type phrase struct {
	words []word
	box   step.Rect
	in    int  // innermost part that holds it, -1 for none
	link  bool // it looks like a link
	used  bool // it is the name or the content of something
}

func (p *phrase) text() string {
	parts := make([]string, len(p.words))
	for i, w := range p.words {
		parts[i] = w.text
	}
	return strings.Join(parts, " ")
}

// lineHeight is the median height of the words.
func (p *phrase) lineHeight() int {
	heights := make([]int, len(p.words))
	for i, w := range p.words {
		heights[i] = w.box.H
	}
	slices.Sort(heights)
	return heights[len(heights)/2]
}

func (p *phrase) score() float64 {
	low := 1.0
	for _, w := range p.words {
		low = min(low, w.score)
	}
	return low
}

// readable reports whether s holds a letter or a digit.
func readable(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

// group joins words into phrases: on one line, close together, within the same shape.
func (p *page) group() {
	slices.SortStableFunc(p.words, func(a, b word) int { return cmp.Compare(a.box.X, b.box.X) })
	for _, w := range p.words {
		in := p.innermost(w.box)
		var best *phrase
		for _, ph := range p.phrases {
			if ph.in == in && continues(ph, w) && (best == nil || ph.box.X+ph.box.W > best.box.X+best.box.W) {
				best = ph
			}
		}
		if best == nil {
			p.phrases = append(p.phrases, &phrase{words: []word{w}, box: w.box, in: in})
			continue
		}
		best.words, best.box = append(best.words, w), best.box.Union(w.box)
	}
	p.phrases = p.apartByLook(p.phrases)
	slices.SortStableFunc(p.phrases, func(a, b *phrase) int {
		return cmp.Or(cmp.Compare(a.box.Y, b.box.Y), cmp.Compare(a.box.X, b.box.X))
	})
	for _, ph := range p.phrases {
		if ph.in >= 0 {
			p.parts[ph.in].phrases = append(p.parts[ph.in].phrases, ph)
		}
	}
}

// apartByLook splits phrases where text that looks like a link begins or ends.
func (p *page) apartByLook(phrases []*phrase) []*phrase {
	var out []*phrase
	for _, ph := range phrases {
		var last *phrase
		looks := p.looks(ph)
		for i, w := range ph.words {
			link := looks[i]
			if last != nil && last.link == link {
				last.words, last.box = append(last.words, w), last.box.Union(w.box)
				continue
			}
			last = &phrase{words: []word{w}, box: w.box, in: ph.in, link: link}
			out = append(out, last)
		}
	}
	return out
}

// looks says of each word whether it looks like a link. Where that is doubtful, for short words and half underlined
// ones, it goes with the word before, or else with the one after.
func (p *page) looks(ph *phrase) []bool {
	links, sure := make([]bool, len(ph.words)), make([]bool, len(ph.words))
	for i, w := range ph.words {
		under := p.scene.Underlined(toImage(w.box), toImage(ph.box))
		links[i] = p.linkColoured(toImage(w.box)) || under >= 0.6
		sure[i] = w.box.W >= 14 && (links[i] || under < 0.2)
	}
	for i := range links {
		switch {
		case sure[i]:
		case i > 0:
			links[i] = links[i-1]
		case len(links) > 1:
			links[i] = links[1] && sure[1]
		default:
			links[i] = p.linkColoured(toImage(ph.box))
		}
	}
	return links
}

func (p *page) innermost(r step.Rect) int {
	mid := r.Center()
	return slices.IndexFunc(p.parts, func(s part) bool { return mid.In(s.box) })
}

// continues reports whether a word goes on where a phrase ends: beside its last word, on the same line, no further off
// than three quarters of the line's height.
func continues(p *phrase, w word) bool {
	last := p.words[len(p.words)-1].box
	height := max(p.box.H, w.box.H, 10)
	gap := w.box.X - (last.X + last.W)
	shared := min(last.Y+last.H, w.box.Y+w.box.H) - max(last.Y, w.box.Y)
	return gap >= -3 && gap*4 <= height*3 && shared*2 >= min(last.H, w.box.H) &&
		max(last.H, w.box.H) <= 3*max(min(last.H, w.box.H), 5)
}

// reading is a phrase that is no part of a field: text, heading or link.
func (p *page) reading(ph *phrase) step.Candidate {
	c := step.Candidate{Role: step.RoleText, Name: ph.text(), Box: ph.box, Source: step.SourcePixels, Score: ph.score()}
	switch {
	case ph.link:
		c.Role = step.RoleLink
	case ph.lineHeight() >= 19 && len(ph.words) <= 12:
		c.Role = step.RoleHeading
	}
	return c
}

// linkColoured reports whether text has the blue that links have, on light or dark ground.
func (p *page) linkColoured(r image.Rectangle) bool {
	c, distance := p.scene.Strongest(r)
	return distance > 40 && c.Chroma() >= 60 && c.B >= c.G && int(c.B) >= int(c.R)+50
}
