package resize

import (
	"math"

	"chiron/step"
)

// tiled is Of for the processors that cut a picture into tiles: all tiles together, without what they pad at the right and below.
// That such a model also looks at the whole picture made small does not change how it counts.
func tiled(architecture string, from step.Size) (step.Size, bool) {
	switch architecture {
	case "llama4":
		return llama4(from), true
	case "mllama":
		return mllama(from), true
	case "lfm2", "lfm2moe":
		return lfm2(from)
	case "deepseekocr":
		return nearest(from, 640, 2, 9, func(best, _ step.Size) step.Size { return best }), true
	}
	return step.Size{}, false
}

// grids are the ways of laying least to most tiles in columns and rows, few tiles before many, of equals few columns before many.
func grids(least, most int) (all []step.Size) {
	for n := least; n <= most; n++ {
		for w := 1; w <= n; w++ {
			if n%w == 0 {
				all = append(all, step.Size{W: w, H: n / w})
			}
		}
	}
	return all
}

// into is how much a picture can grow to fit into a canvas.
func into(from, canvas step.Size) float64 {
	return min(float64(canvas.W)/float64(from.W), float64(canvas.H)/float64(from.H))
}

// fitted is a picture scaled into a canvas, its proportions kept.
func fitted(from, canvas step.Size) step.Size {
	by := into(from, canvas)
	return step.Size{W: min(int(math.Floor(float64(from.W)*by)), canvas.W), H: min(int(math.Floor(float64(from.H)*by)), canvas.H)}
}

// llama4 chooses among 1 to 14 tiles of 336 pixels the canvas that enlarges least, or else shrinks least; what is smaller than 448 pixels
// grows to that at most.
func llama4(from step.Size) step.Size {
	const side, most, small = 336, 14, 448
	best, canvas, grows := 0.0, step.Size{}, false
	for _, g := range grids(1, most) {
		grows = grows || into(from, step.Size{W: g.W * side, H: g.H * side}) >= 1
	}
	for _, g := range grids(1, most) {
		c := step.Size{W: g.W * side, H: g.H * side}
		by := into(from, c)
		if grows && by < 1 {
			continue
		}
		better := by > best
		if grows {
			better = by < best
		}
		if canvas == (step.Size{}) || math.Abs(by-best) >= 1e-6 && better {
			best, canvas = by, c
		}
	}
	return llamaFit(from, step.Size{W: min(max(from.W, small), canvas.W), H: min(max(from.H, small), canvas.H)})
}

// llamaFit is fitted as llama4 computes it: the tighter side is the canvas's own.
func llamaFit(from, canvas step.Size) step.Size {
	to := fitted(from, canvas)
	if x, y := float64(canvas.W)/float64(from.W), float64(canvas.H)/float64(from.H); x < y {
		to.W = canvas.W
	} else {
		to.H = canvas.H
	}
	return to
}

// mllama chooses among 1 to 4 tiles of 560 pixels.
func mllama(from step.Size) step.Size {
	const side, most = 560, 4
	best, canvas := 0.0, step.Size{}
	for _, g := range grids(1, most) {
		c := step.Size{W: g.W * side, H: g.H * side}
		by := into(from, c)
		better := by > best
		if by > 1 {
			better = best <= 1 || by < best
		} else if best > 1 {
			better = false
		}
		if canvas == (step.Size{}) || better {
			best, canvas = by, c
		}
	}
	return fitted(from, step.Size{W: min(max(from.W, side), canvas.W), H: min(max(from.H, side), canvas.H)})
}

// lfm2 stretches a large picture to 2 to 10 tiles of 512 pixels, and any other to whole patches of 32.
func lfm2(from step.Size) (step.Size, bool) {
	const patch, side = 32, 512
	const most = 256 * patch * patch
	round := func(n int) int { return int(math.RoundToEven(float64(n)/patch)) * patch }
	if float64(max(patch/2, round(from.W))*max(patch/2, round(from.H))) <= 2*most {
		to := step.Size{W: max(patch, round(from.W)), H: max(patch, round(from.H))}
		all := func(to func(float64) float64, by float64) step.Size {
			return step.Size{W: max(patch, int(to(float64(from.W)*by/patch))*patch), H: max(patch, int(to(float64(from.H)*by/patch))*patch)}
		}
		area := float64(from.W * from.H)
		switch {
		case to.W*to.H > most:
			to = all(math.Floor, 1/math.Sqrt(area/most))
		case to.W*to.H < most/4:
			to = all(math.Ceil, math.Sqrt(most/4/area))
		}
		return to, true
	}
	return nearest(from, side, 2, 10, func(_, g step.Size) step.Size { return g }), true
}

// nearest stretches a picture to the grid of tiles whose proportions are nearest to its own. Of grids as near, the one with more tiles is
// taken where the picture has more pixels than half of what measured returns, given the best so far and the new one.
func nearest(from step.Size, side, least, most int, measured func(best, grid step.Size) step.Size) step.Size {
	best, off := step.Size{W: 1, H: 1}, math.MaxFloat64
	for _, g := range grids(least, most) {
		by := math.Abs(float64(from.W)/float64(from.H) - float64(g.W)/float64(g.H))
		m := measured(best, g)
		if by < off || by == off && float64(from.W*from.H) > 0.5*float64(side*side*m.W*m.H) {
			best, off = g, by
		}
	}
	return step.Size{W: best.W * side, H: best.H * side}
}
