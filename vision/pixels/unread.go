package pixels

import (
	"cmp"
	"context"
	"image"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"chiron/vision/ocr"
)

const (
	cell      = 4   // pixels of the coarse grid in which leftover marks are gathered
	maxUnread = 80  // leftover marks that get a second reading
	copies    = 3   // of a short mark in its line: OCR drops single characters
	sureAgain = 50  // confidence that a second reading needs
	faint     = 190 // value from which a pixel of Text is too pale to count as a mark
)

// readAgain looks a second time at marks that OCR passed over: single digits, lone short words. Each is written on a
// line of its own, short ones several times, and counts only if every copy was read alike.
func (p *page) readAgain(ctx context.Context, worker *ocr.Worker) error {
	marks := p.unread()
	if len(marks) == 0 {
		return nil
	}
	sheet, rows := p.sheet(marks)
	read, err := worker.Read(ctx, enlarge(sheet))
	if err != nil {
		return err
	}
	slices.SortFunc(read, func(a, b ocr.Word) int { return cmp.Compare(a.Box.Min.X, b.Box.Min.X) })
	for i, mark := range marks {
		var parts []string
		low := 100.0
		for _, w := range read {
			if mid := (w.Box.Min.Y + w.Box.Max.Y) / 2 / zoom; mid >= rows[i] && mid < rows[i+1] {
				parts, low = append(parts, w.Text), min(low, w.Confidence)
			}
		}
		text := strings.Join(parts, " ")
		if short(mark) {
			text = unanimous(parts)
		}
		if low >= sureAgain && trusted(text) {
			p.addWord(text, low, fromImage(mark, 1))
		} else if icon(mark) {
			p.icons = append(p.icons, fromImage(mark, 1))
		}
	}
	return nil
}

// icon reports whether a mark that is no text is as large as a sign on a button.
func icon(r image.Rectangle) bool {
	w, h := r.Dx(), r.Dy()
	return w >= 3 && h >= 8 && w <= 40 && h <= 40 && w <= 3*h && h <= 5*w
}

func short(r image.Rectangle) bool { return r.Dx()*10 < r.Dy()*22 }

// unanimous returns what all copies of a mark were read as, or "".
func unanimous(parts []string) string {
	all := []rune(strings.Join(parts, ""))
	n := len(all) / copies
	if n == 0 || len(all)%copies != 0 {
		return ""
	}
	for i, r := range all {
		if r != all[i%n] {
			return ""
		}
	}
	return string(all[:n])
}

// trusted reports whether a second reading is more than an icon taken for a letter.
func trusted(s string) bool {
	r, n := utf8.DecodeRuneInString(s)
	if n == len(s) {
		return unicode.IsDigit(r) || strings.ContainsRune("<>+×", r)
	}
	return readable(s)
}

// unread finds clusters of marks, as high as text, that no word covers.
func (p *page) unread() []image.Rectangle {
	size := p.scene.Size
	w, h := (size.X+cell-1)/cell, (size.Y+cell-1)/cell
	grid := make([]bool, w*h)
	text := p.scene.Text
	for y := range size.Y {
		row := text.Pix[y*text.Stride : y*text.Stride+size.X]
		for x, v := range row {
			if v < faint {
				grid[y/cell*w+x/cell] = true
			}
		}
	}
	for _, word := range p.words {
		for y := max(0, word.box.Y-2) / cell; y <= min(size.Y-1, word.box.Y+word.box.H+2)/cell; y++ {
			for x := max(0, word.box.X-3) / cell; x <= min(size.X-1, word.box.X+word.box.W+3)/cell; x++ {
				grid[y*w+x] = false
			}
		}
	}
	var marks []image.Rectangle
	for i := range grid {
		if !grid[i] {
			continue
		}
		if box := flood(grid, w, h, i); box.Dx() <= 400 && box.Dy() <= 56 && len(marks) < maxUnread {
			if n, tight := p.scene.InkIn(box); n >= 6 && tight.Dy() >= 7 && tight.Dy() <= 44 && tight.Dx() >= 2 {
				marks = append(marks, tight)
			}
		}
	}
	return marks
}

// flood clears the cluster of cells around i, gaps of one cell to the side included, and returns its pixels' box.
func flood(grid []bool, w, h, i int) image.Rectangle {
	var box image.Rectangle
	stack := []int{i}
	grid[i] = false
	for len(stack) > 0 {
		x, y := stack[len(stack)-1]%w, stack[len(stack)-1]/w
		stack = stack[:len(stack)-1]
		box = box.Union(image.Rect(x*cell, y*cell, (x+1)*cell, (y+1)*cell))
		for dy := -1; dy <= 1; dy++ {
			for dx := -2; dx <= 2; dx++ {
				nx, ny := x+dx, y+dy
				if nx < 0 || ny < 0 || nx >= w || ny >= h || !grid[ny*w+nx] {
					continue
				}
				grid[ny*w+nx] = false
				stack = append(stack, ny*w+nx)
			}
		}
	}
	return box
}

// sheet writes every mark on a line of its own; rows are the lines' upper ends and the lower end of the last.
func (p *page) sheet(marks []image.Rectangle) (sheet *image.Gray, rows []int) {
	const margin = 16
	width, height := 480, 0
	for _, m := range marks {
		rows = append(rows, height)
		height += m.Dy() + 2*margin
	}
	rows = append(rows, height)
	sheet = image.NewGray(image.Rect(0, 0, width, height))
	for i := range sheet.Pix {
		sheet.Pix[i] = 255
	}
	for i, m := range marks {
		n, step := 1, 0
		if short(m) {
			n, step = copies, m.Dx()+max(6, m.Dy()*2/3)
		}
		for c := range n {
			for y := range m.Dy() {
				from := p.scene.Text.Pix[(m.Min.Y+y)*p.scene.Text.Stride+m.Min.X:]
				copy(sheet.Pix[(rows[i]+margin+y)*sheet.Stride+margin+c*step:], from[:min(m.Dx(), width-margin)])
			}
		}
	}
	return sheet, rows
}
