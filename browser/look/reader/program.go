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
const names = "layout, secretBoxes, shows, hit, focused, take, draggable, settle, frame: (i) => frameElements[i] || null"

// Program returns the script: one expression whose value is an object with the reader's functions. Fields whose name or id
// is among masked are secret.
func Program(masked []string) (string, error) {
	entries, err := scripts.ReadDir("script")
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("((masked) => {'use strict';\n")
	for _, entry := range entries {
		text, err := scripts.ReadFile("script/" + entry.Name())
		if err != nil {
			return "", err
		}
		b.Write(text)
	}
	lower := make([]string, 0, len(masked))
	for _, name := range masked {
		lower = append(lower, strings.ToLower(name))
	}
	list, err := json.Marshal(lower)
	if err != nil {
		return "", err
	}
	b.WriteString("return {" + names + "};\n})(new Set(" + string(list) + "))")
	return b.String(), nil
}
