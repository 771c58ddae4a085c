package vision

import (
	"chiron/step"
	"chiron/vision/pixels"
)

// merge joins candidates of both sources: those of the layout stand; what was seen in pixels is added where the layout
// says nothing, in the layer that it lies in. Pictures and canvases of the layout say nothing about what is drawn in them.
func merge(layout, seen []step.Candidate) []step.Candidate {
	all := layout[:len(layout):len(layout)]
	boxes := map[int]step.Rect{} // of layers
	for _, l := range layout {
		boxes[l.Layer] = boxes[l.Layer].Union(l.Box)
	}
	for _, c := range seen {
		if !told(layout, c) {
			for _, l := range layout {
				if l.Layer > c.Layer && c.Box.Center().In(boxes[l.Layer]) {
					c.Layer = l.Layer
				}
			}
			all = append(all, c)
		}
	}
	return all
}

func told(layout []step.Candidate, seen step.Candidate) bool {
	for _, l := range layout {
		if l.Role == step.RoleCanvas || l.Role == step.RoleImage {
			continue
		}
		if seen.Box.Center().In(l.Box) || l.Box.Center().In(seen.Box) || pixels.ShareIn(seen.Box, l.Box) >= 0.3 {
			return true
		}
	}
	return false
}
