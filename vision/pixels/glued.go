package pixels

import (
	"unicode"

	"chiron/step"
)

// apart splits words that OCR ran together over a sign between spaces: "EUR=11.41" where the picture has "EUR = 11.41". A
// sign stands alone only if the ink shows a gap as wide as a space on both sides of it.
func (p *page) apart() {
	var out []word
	for _, w := range p.words {
		out = append(out, p.split(w)...)
	}
	p.words = out
}

func (p *page) split(w word) []word {
	text := []rune(w.text)
	var gaps []gap
	var out []word
	from, left := 0, w.box.X
	for i := 1; i < len(text)-1; i++ {
		if !unicode.IsSymbol(text[i]) && !unicode.IsPunct(text[i]) {
			continue
		}
		if gaps == nil {
			if gaps = p.gaps(w.box); len(gaps) < 2 {
				return []word{w}
			}
		}
		before, after, ok := around(gaps, w.box, i, len(text))
		if !ok || before.from < left {
			continue
		}
		if i > from {
			out = append(out, piece(w, text[from:i], left, before.from))
		}
		out = append(out, piece(w, text[i:i+1], before.to, after.from))
		from, left = i+1, after.to
	}
	return append(out, piece(w, text[from:], left, w.box.X+w.box.W))
}

func piece(w word, text []rune, left, right int) word {
	return word{string(text), w.score, step.Rect{X: left, Y: w.box.Y, W: max(1, right-left), H: w.box.H}}
}

// gap is a stretch of columns without ink, to excluded.
type gap struct{ from, to int }

// gaps are the stretches inside a word's box that are as wide as a space: a quarter of its height.
func (p *page) gaps(box step.Rect) []gap {
	var out []gap
	empty := box.X
	for x := box.X; x < box.X+box.W; x++ {
		marked := false
		for y := box.Y; y < box.Y+box.H && !marked; y++ {
			marked = x < p.scene.Size.X && y < p.scene.Size.Y && p.scene.Text.GrayAt(x, y).Y < 200
		}
		if !marked {
			continue
		}
		if empty > box.X && x-empty >= max(3, box.H/4) {
			out = append(out, gap{empty, x})
		}
		empty = x + 1
	}
	return out
}

// around returns the neighbouring gaps between which the i-th of n characters stands, give or take one and a half of them.
func around(gaps []gap, box step.Rect, i, n int) (before, after gap, ok bool) {
	width := box.W * 3 / (2 * n)
	at, least := box.X+box.W*(2*i+1)/(2*n), width+1
	for k := 1; k < len(gaps); k++ {
		a, b := gaps[k-1], gaps[k]
		mid := (a.to + b.from) / 2
		if d := max(mid-at, at-mid); d <= least && b.from-a.to <= width {
			before, after, ok, least = a, b, true, d
		}
	}
	return before, after, ok
}
