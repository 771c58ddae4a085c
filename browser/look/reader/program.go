// Package reader is the script that reads a page, and the decoder of what it answers. The answers are foreign bytes: a page
// decides what stands in it, so everything is cut to size and cleaned.
package reader

import (
	"embed"
	"encoding/json"
	"strings"
)

//go:embed script/*.js
var scripts embed.FS

// names are the functions that the script offers.
const names = "layout, secretBoxes, shows, hit, focused, take, borrow, draggable, settle, conceal, frame: (i) => frameElements[i] || null"

// regionMark stands before the CSS selector of a region among the masked.
const regionMark = "css:"

// Program returns the script: one expression whose value is an object with the reader's functions. Fields whose name or id
// is among masked are secret; regions, "css:" and a selector, are covered and not read.
func Program(masked []string) (string, error) {
	entries, err := scripts.ReadDir("script")
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("((masked, regions) => {'use strict';\n")
	for _, entry := range entries {
		text, err := scripts.ReadFile("script/" + entry.Name())
		if err != nil {
			return "", err
		}
		b.Write(text)
	}
	lower, regions := make([]string, 0, len(masked)), []string{}
	for _, name := range masked {
		if selector, ok := strings.CutPrefix(name, regionMark); ok {
			regions = append(regions, selector)
		} else {
			lower = append(lower, strings.ToLower(name))
		}
	}
	list, err := json.Marshal(lower)
	if err != nil {
		return "", err
	}
	selectors, err := json.Marshal(strings.Join(regions, ", "))
	if err != nil {
		return "", err
	}
	b.WriteString("return {" + names + "};\n})(new Set(" + string(list) + "), " + string(selectors) + ")")
	return b.String(), nil
}
