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
mkdir -p fs ml model/imageproc ximage/draw
printf 'module github.com/ollama/ollama\n\ngo 1.24\n\nrequire golang.org/x/image v0.0.0\n\nreplace golang.org/x/image => ./ximage\n' > go.mod
printf 'module golang.org/x/image\n\ngo 1.24\n' > ximage/go.mod
cat > ximage/draw/draw.go <<'GO'
package draw

import (
	"image"
	"image/draw"
)

// Last is the size of what was scaled first; whoever scales is stopped there.
var Last image.Point

const (
	Over = draw.Over
	Src  = draw.Src
)

type scaler struct{}

var BiLinear scaler

func (scaler) Scale(dst draw.Image, _ image.Rectangle, _ image.Image, _ image.Rectangle, _ draw.Op, _ any) {
	Last = dst.Bounds().Size()
	panic("enough")
}

func Draw(draw.Image, image.Rectangle, image.Image, image.Point, draw.Op) {}
GO
cat > fs/fs.go <<'GO'
package fs

type Config map[string]uint32

func (c Config) Uint(key string, d ...uint32) uint32 {
	if v, ok := c[key]; ok {
		return v
	}
	return append(d, 0)[0]
}

func (c Config) Bool(_ string, d ...bool) bool         { return append(d, false)[0] }
func (c Config) Float(_ string, d ...float32) float32  { return append(d, 0)[0] }
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

import (
	"image"
	"image/color"

	"golang.org/x/image/draw"
)

var (
	ImageNetStandardMean, ImageNetStandardSTD [3]float32
	ClipDefaultMean, ClipDefaultSTD           [3]float32
)

const (
	ResizeBilinear = iota
	ResizeCatmullrom
)

func Composite(i image.Image) image.Image { return i }

func CompositeColor(i image.Image, _ color.Color) image.Image { return i }

func Pad(i image.Image, _ image.Point, _ color.Color, _ any) image.Image { return i }

func Resize(_ image.Image, size image.Point, _ int) image.Image {
	draw.Last = size
	panic("enough")
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
take llama4 process_image.go 'p := newImageProcessor(c); p.ProcessImage(i)' ''
take mllama process_image.go 'p := newImageProcessor(c); p.ProcessImage(i)' ''
take lfm2 process_image.go 'p := newImageProcessor(c); p.ProcessImage(i)' ''
take deepseekocr imageprocessor.go 'var b bytes.Buffer; _ = png.Encode(&b, i); ProcessImage(ml.Context{}, b.Bytes())' '	"bytes"
	"github.com/ollama/ollama/ml"
	"image/png"
'
sed -i '/"bytes"/d; s/^import (/import (\n\t"bytes"/' model/models/deepseekocr/call.go
printf '\ntype Grid struct{ Height, Width, Temporal, ImageHeight, ImageWidth int }\n' >> model/models/glmocr/call.go
cat > main.go <<'GO'
package main

import (
	"encoding/json"
	"fmt"
	"image"

	"github.com/ollama/ollama/fs"
	"github.com/ollama/ollama/model/models/deepseekocr"
	"github.com/ollama/ollama/model/models/gemma3"
	"github.com/ollama/ollama/model/models/glmocr"
	"github.com/ollama/ollama/model/models/lfm2"
	"github.com/ollama/ollama/model/models/llama4"
	"github.com/ollama/ollama/model/models/mistral3"
	"github.com/ollama/ollama/model/models/mllama"
	"github.com/ollama/ollama/model/models/qwen25vl"
	"github.com/ollama/ollama/model/models/qwen3vl"

	"golang.org/x/image/draw"
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
		{"llama4", fs.Config{"vision.image_size": 336, "vision.patch_size": 14}, llama4.Process},
		{"mllama", fs.Config{"vision.image_size": 560, "vision.max_num_tiles": 4}, mllama.Process},
		{"lfm2", nil, lfm2.Process}, {"deepseekocr", nil, deepseekocr.Process},
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
				defer func() { _ = recover() }() // before the size is asked for: a fault of the processor; with it: the end of what matters
				draw.Last = image.Point{}
				f.do(f.c, sized{image.Black, s})
			}()
			l.To = [2]int{draw.Last.X, draw.Last.Y}
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
