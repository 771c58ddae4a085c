package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"testing"

	"chiron/step"
	"chiron/training/gen"
	"chiron/training/real"
)

// TestPlayingTheExpertReachesEveryGoal is the closed loop with the right answers.
func TestPlayingTheExpertReachesEveryGoal(t *testing.T) {
	for _, split := range gen.Splits() {
		in, replies := io.Pipe()
		turns, out := io.Pipe()
		ended := make(chan error, 1)
		go func() {
			err := play(t.Context(), []string{"-split", string(split), "-episodes", "60"}, in, out)
			ended <- err
			out.CloseWithError(io.EOF)
		}()
		lines, answers := json.NewDecoder(bufio.NewReader(turns)), json.NewEncoder(replies)
		var live []Turn
		read := func() Turn {
			var turn Turn
			if err := lines.Decode(&turn); err != nil {
				t.Fatal(err)
			}
			return turn
		}
		for range 60 {
			live = append(live, read())
		}
		for len(live) > 0 {
			turn := live[0]
			live = live[1:]
			if turn.Over {
				if !turn.Success {
					t.Errorf("%s: episode %d of kind %s failed", split, turn.Episode, turn.Kind)
				}
				continue
			}
			if err := answers.Encode(Reply{Episode: turn.Episode, Answer: turn.Expert}); err != nil {
				t.Fatal(err)
			}
			live = append(live, read())
		}
		if err := replies.Close(); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// TestADoubtedActIsAPersonsAndNoClaim plays the expert, who is sure of nothing at the end.
func TestADoubtedActIsAPersonsAndNoClaim(t *testing.T) {
	for _, c := range []struct {
		probability string // of the word that says what is done
		flags       []string
		asked       bool
	}{{"-0.2", []string{"-claim", "0.9"}, true}, {"-0.01", []string{"-claim", "0.9"}, false}, {"-0.2", []string{"-doubt", "0.4"}, false}, {"-0.2", nil, false}} {
		var out bytes.Buffer
		in, replies := io.Pipe()
		turns, lines := io.Pipe()
		ended := make(chan error, 1)
		go func() {
			ended <- play(t.Context(), append(c.flags, "-episodes", "1", "-seed", "77000000"), in, lines)
			lines.CloseWithError(io.EOF)
		}()
		d, e := json.NewDecoder(io.TeeReader(turns, &out)), json.NewEncoder(replies)
		var turn Turn
		for {
			turn = Turn{}
			if err := d.Decode(&turn); err != nil {
				t.Fatal(err, out.String())
			}
			if turn.Over {
				break
			}
			logprobs := "[]"
			if act, err := gen.Parse(turn.Expert); err != nil {
				t.Fatal(err)
			} else if act.Kind() == step.KindDone {
				logprobs = `[{"token":"{\"action\":\"","logprob":0},{"token":"done","logprob":` + c.probability + `},{"token":"\"}","logprob":0}]`
			}
			if err := e.Encode(Reply{Episode: 0, Answer: turn.Expert, Logprobs: json.RawMessage(logprobs)}); err != nil {
				t.Fatal(err)
			}
		}
		if err := replies.Close(); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if turn.Asked != c.asked || turn.Claimed == c.asked || turn.Success == c.asked {
			t.Errorf("%v with %s: %+v", c.flags, c.probability, turn)
		}
	}
}

func TestDataIsWrittenOnceAndWhole(t *testing.T) {
	dir := t.TempDir()
	args := []string{"-out", dir, "-shards", "2", "-episodes", "5", "-held", "3"}
	if err := data(t.Context(), args); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 5 {
		t.Fatalf("wrote %v, %v", files, err)
	}
	before, err := os.Stat(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := data(t.Context(), args); err != nil {
		t.Fatal(err)
	}
	if after, err := os.Stat(files[0]); err != nil || after.ModTime() != before.ModTime() {
		t.Error("a whole file was written again")
	}
}

// TestAnAlbumIsReadByTheRecipe writes two pictures as eyes/data.py reads them.
func TestAnAlbumIsReadByTheRecipe(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 64, 32))
	draw.Draw(img, image.Rect(8, 8, 24, 24), image.White, image.Point{}, draw.Src)
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	var lines, data bytes.Buffer
	a := &album{lines: bufio.NewWriter(&lines), data: bufio.NewWriter(&data), each: 2}
	things := []real.Shown{{Role: "icon", Names: []string{"delete", "trash"}, Box: step.Rect{X: 8, Y: 8, W: 16, H: 16}}}
	for i := range 3 {
		if err := a.keep(step.Frame{Data: b.Bytes()}, things); (i == 2) != errors.Is(err, errEnough) {
			t.Fatal(i, err)
		}
	}
	if err := errors.Join(a.lines.Flush(), a.data.Flush()); err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(&lines)
	for range 2 {
		var page struct {
			At, Size int
			Things   []pictured
		}
		if err := d.Decode(&page); err != nil || len(page.Things) != 1 || page.Things[0] != (pictured{"icon", "delete|trash", [4]int{8, 8, 24, 24}}) {
			t.Fatalf("%+v, %v", page, err)
		}
		got, err := png.Decode(bytes.NewReader(data.Bytes()[page.At : page.At+page.Size]))
		if err != nil || got.Bounds() != img.Rect {
			t.Fatal(err)
		}
		if in, out := color.GrayModel.Convert(got.At(10, 10)), color.GrayModel.Convert(got.At(2, 2)); in != (color.Gray{Y: 255}) || out != (color.Gray{}) {
			t.Errorf("the picture has %v and %v", in, out)
		}
	}
	if err := a.keep(step.Frame{Data: []byte("x")}, nil); err == nil {
		t.Error("a damaged picture was kept")
	}
}
