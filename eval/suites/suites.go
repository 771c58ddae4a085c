// Package suites holds the shipped task suites; package suite says what the files mean.
package suites

import "embed"

// Files are the shipped suites, one YAML file each.
//
//go:embed *.yaml
var Files embed.FS
