// Package resize knows the sizes to which the processors of Ollama scale pictures before a model sees them.
package resize

import (
	"math"

	"chiron/step"
)

// Of is the size at which a model's processor in Ollama 0.17.4 sees a picture, what it pads not counted; architecture is
// general.architecture of the model. It is false where nothing is known of the architecture, and where the processor would fail: sides below one patch, and
// pictures more than 200 times as long as wide.
func Of(architecture string, from step.Size) (step.Size, bool) {
	if from.W < 1 || from.H < 1 {
		return step.Size{}, false
	}
	switch architecture {
	case "qwen25vl":
		return patches{side: 28, least: 56 * 56, most: 2 << 20}.fit(from)
	case "qwen3vl", "qwen3vlmoe", "qwen35", "qwen35moe":
		return patches{side: 32, least: 64 << 10, most: 2 << 20}.fit(from)
	case "glmocr": // two frames are counted for one picture
		return patches{side: 28, frames: 2, least: 8 * 28 * 28 * 2, most: 2048 * 28 * 28 * 2}.fit(from)
	case "mistral3":
		return longest(from, 1540, 14), true
	case "gemma3":
		return step.Size{W: 896, H: 896}, true
	}
	return tiled(architecture, from)
}

// patches are processors that stretch a picture to whole patches within bounds of its area.
type patches struct {
	side        int // of what becomes one token, in pixels
	frames      int // that a picture counts for; 0 is 1, and then a picture smaller than a patch is refused
	least, most int // pixels, over all frames
}

func (p patches) fit(from step.Size) (step.Size, bool) {
	frames, side := max(p.frames, 1), float64(p.side)
	if p.frames == 0 && (from.W < p.side || from.H < p.side || max(from.W, from.H)/min(from.W, from.H) > 200) {
		return step.Size{}, false
	}
	if from.W < p.side || from.H < p.side {
		scale := side / float64(min(from.W, from.H))
		from = step.Size{W: int(math.Ceil(float64(from.W) * scale)), H: int(math.Ceil(float64(from.H) * scale))}
	}
	all := func(round func(float64) float64, by float64) step.Size {
		return step.Size{W: int(round(float64(from.W)*by/side)) * p.side, H: int(round(float64(from.H)*by/side)) * p.side}
	}
	to := all(math.RoundToEven, 1)
	area := float64(frames * from.W * from.H)
	switch n := frames * to.W * to.H; {
	case n > p.most:
		to = all(math.Floor, 1/math.Sqrt(area/float64(p.most)))
	case n < p.least:
		to = all(math.Ceil, math.Sqrt(float64(p.least)/area))
	}
	return to, true
}

// longest shrinks to a longest side and rounds up to whole patches.
func longest(from step.Size, edge, patch int) step.Size {
	ratio := max(float64(from.W), float64(from.H)) / float64(edge)
	if ratio > 1 {
		from = step.Size{W: int(float64(from.W) / ratio), H: int(float64(from.H) / ratio)}
	}
	up := func(n int) int { return ((n-1)/patch + 1) * patch }
	return step.Size{W: up(from.W), H: up(from.H)}
}
