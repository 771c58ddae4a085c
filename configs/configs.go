// Package configs carries the configuration that is shipped with the product, compiled in. It reads nothing at run time.
package configs

import (
	"embed"
	"io/fs"
)

//go:embed policy
var files embed.FS

// Policy returns the default policy bundle: *.cedar files, and test cases under tests.
func Policy() fs.FS {
	sub, err := fs.Sub(files, "policy")
	if err != nil {
		return files // "policy" is a valid path, so Sub cannot fail; Load would refuse the root
	}
	return sub
}
