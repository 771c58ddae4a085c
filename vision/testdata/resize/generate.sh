#!/bin/sh
# Writes golden.json beside this script: the sizes to which the processors of Ollama's module scale pictures. The processors' own
# files run, unchanged, from the module cache; only what touches pixels and tensors is replaced by what remembers the size asked for.
# Ollama is MIT-licensed; nothing of it is kept here but these numbers.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
module=$(cd "$here" && go list -m -f '{{.Dir}}' github.com/ollama/ollama)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir -p fs ml model/imageproc
printf 'module github.com/ollama/ollama\n\ngo 1.24\n' > go.mod
cat > fs/fs.go <<'GO'
package fs

type Config map[string]uint32

func (c Config) Uint(key string, d ...uint32) uint32 {
	if v, ok := c[key]; ok {
		return v
	}
	return append(d, 0)[0]
}

func (c Config) Floats(_ string, d ...[]float32) []float32 { return append(d, nil)[0] }
GO
cat > ml/ml.go <<'GO'
package ml

type Tensor any

type Context struct{}

func (c Context) Input() Context                        { return c }
func (c Context) FromFloats(_ []float32, _ ...int) Tensor { return nil }
GO
cat > model/imageproc/imageproc.go <<'GO'
package imageproc

import "image"

var (
	Last                                      image.Point
	ImageNetStandardMean, ImageNetStandardSTD [3]float32
	ClipDefaultMean, ClipDefaultSTD           [3]float32
)

const (
	ResizeBilinear = iota
	ResizeCatmullrom
)

func Composite(i image.Image) image.Image { return i }

func Resize(_ image.Image, size image.Point, _ int) image.Image {
	Last = size
	return image.NewRGBA(image.Rectangle{})
}

func Normalize(image.Image, [3]float32, [3]float32, bool, bool) []float32 { return nil }
GO
take() { # NAME FILE CALL
	mkdir -p "model/models/$1"
	cp "$module/model/models/$1/$2" "model/models/$1/processor.go"
	printf 'package %s\n\nimport (\n\t"image"\n\n\t"github.com/ollama/ollama/fs"\n%s)\n\nfunc Process(c fs.Config, i image.Image) { %s }\n' "$1" "$4" "$3" > "model/models/$1/call.go"
}
take qwen25vl process_image.go 'p := newImageProcessor(c); p.ProcessImage(i)' ''
take qwen3vl imageprocessor.go 'p := NewImageProcessor(c); p.ProcessImage(ml.Context{}, i)' '	"github.com/ollama/ollama/ml"
'
take glmocr imageprocessor.go 'p := newImageProcessor(c); p.ProcessImage(i)' ''
take mistral3 imageproc.go 'p := newImageProcessor(c); p.ProcessImage(i)' ''
take gemma3 process_image.go 'p := newImageProcessor(c); p.ProcessImage(i)' ''
printf '\ntype Grid struct{ Height, Width, Temporal, ImageHeight, ImageWidth int }\n' >> model/models/glmocr/call.go
cat > main.go <<'GO'
package main

import (
	"encoding/json"
	"fmt"
	"image"

	"github.com/ollama/ollama/fs"
	"github.com/ollama/ollama/model/imageproc"
	"github.com/ollama/ollama/model/models/gemma3"
	"github.com/ollama/ollama/model/models/glmocr"
	"github.com/ollama/ollama/model/models/mistral3"
	"github.com/ollama/ollama/model/models/qwen25vl"
	"github.com/ollama/ollama/model/models/qwen3vl"
)

// sized is a picture that takes no memory.
type sized struct {
	*image.Uniform
	size image.Point
}

func (s sized) Bounds() image.Rectangle { return image.Rectangle{Max: s.size} }

type line struct {
	Family string `json:"family"`
	From   [2]int `json:"from"`
	To     [2]int `json:"to"` // 0, 0: the runner panics
}

func main() {
	families := []struct {
		name string
		c    fs.Config
		do   func(fs.Config, image.Image)
	}{
		{"qwen25vl", nil, qwen25vl.Process}, {"qwen3vl", fs.Config{"vision.patch_size": 16}, qwen3vl.Process},
		{"glmocr", nil, glmocr.Process}, {"mistral3", nil, mistral3.Process}, {"gemma3", fs.Config{"vision.image_size": 896}, gemma3.Process},
	}
	var sizes []image.Point
	for _, w := range []int{1, 27, 28, 31, 32, 70, 336, 640, 1024, 1344, 1366, 1541, 1920, 3840} {
		for _, h := range []int{1, 28, 32, 45, 224, 333, 672, 768, 896, 900, 1080, 2160} {
			sizes = append(sizes, image.Pt(w, h))
		}
	}
	sizes = append(sizes, image.Pt(5601, 28), image.Pt(28, 5601), image.Pt(6432, 32), image.Pt(32, 6432))
	var all []line
	for _, f := range families {
		for _, s := range sizes {
			l := line{Family: f.name, From: [2]int{s.X, s.Y}}
			func() {
				defer func() { _ = recover() }() // before the size is asked for: a fault of the processor; after it: there are no pixels here
				imageproc.Last = image.Point{}
				f.do(f.c, sized{image.Black, s})
			}()
			l.To = [2]int{imageproc.Last.X, imageproc.Last.Y}
			all = append(all, l)
		}
	}
	fmt.Println("[")
	for i, l := range all {
		data, _ := json.Marshal(l)
		end := ","
		if i == len(all)-1 {
			end = ""
		}
		fmt.Println(string(data) + end)
	}
	fmt.Println("]")
}
GO
GOFLAGS=-mod=mod go run . 2>/dev/null > "$here/golden.json"
