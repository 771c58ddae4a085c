package sight

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"sync"
	"time"

	"chiron/client"
	"chiron/step"
	"chiron/vision"
)

// Options of a run.
type Options struct {
	Client   *client.Client
	Chromium string
	Packages string // node_modules with the foreign pages
	Only     []string
	Out      io.Writer
}

// most is the share of the picture in which product and witness may differ: a blinking caret, an antialiased edge.
const most = 0.03

// Run looks at all screens and returns the table; after an error it holds what was measured.
func Run(ctx context.Context, o Options) (t Table, err error) {
	for _, s := range Screens() {
		if err := foreignAt(o.Packages); s.Foreign && wanted(s.Name, o.Only) && err != nil {
			return t, err
		}
	}
	w, err := openWorlds(o.Packages)
	if err != nil {
		return t, err
	}
	ctx, stop := context.WithCancel(ctx)
	var serving sync.WaitGroup
	var served error
	serving.Go(func() { served = w.run(ctx) })
	defer func() {
		stop()
		serving.Wait()
		err = errors.Join(err, served)
	}()
	eye, err := callWitness(ctx, o.Chromium)
	if err != nil {
		return t, err
	}
	defer func() { err = errors.Join(err, eye.close()) }()
	for _, s := range Screens() {
		if !wanted(s.Name, o.Only) {
			continue
		}
		row, err := o.one(ctx, w, eye, s)
		if err != nil {
			return t, err
		}
		t.Rows = append(t.Rows, row)
		fmt.Fprintf(o.Out, "  %-32s layout %.3f %.3f  pixels %.3f %.3f  %s\n", s.Name, row.Layout.Recall(), row.Layout.Precision(), row.Pixels.Recall(), row.Pixels.Precision(), row.Invalid)
	}
	t.sum()
	return t, nil
}

func wanted(name string, only []string) bool {
	for _, p := range only {
		if ok, _ := path.Match(p, name); ok {
			return true
		}
	}
	return len(only) == 0
}

func (o Options) one(ctx context.Context, w *worlds, eye *witness, s Screen) (row Row, err error) {
	row.Screen = s
	reads := map[step.Source]step.Screen{}
	var picture []byte
	for _, source := range []step.Source{step.SourceLayout, step.SourcePixels} {
		read, hash, err := o.read(ctx, w, s, source)
		if errors.Is(err, errBlank) { // a slow machine: once more
			read, hash, err = o.read(ctx, w, s, source)
		}
		if err != nil {
			return row, fmt.Errorf("sight: %s from %s: %w", s.Name, source, err)
		}
		reads[source] = read
		if picture, _, err = o.Client.Picture(ctx, hash); err != nil {
			return row, fmt.Errorf("sight: the picture of %s: %w", s.Name, err)
		}
	}
	v, err := eye.open(w.url(s), s.Press)
	if err != nil {
		return row, err
	}
	defer func() { err = errors.Join(err, v.close()) }()
	if row.Apart, err = apart(picture, v.truth.Picture); err != nil {
		return row, err
	}
	if row.Apart > most {
		row.Invalid = fmt.Sprintf("the two browsers show different pictures (%.0f %% of it)", 100*row.Apart)
	}
	row.Layout = grade(v.truth, reads[step.SourceLayout], v.answers)
	row.Pixels = grade(v.truth, reads[step.SourcePixels], v.answers)
	return row, nil
}

func apart(a, b []byte) (float64, error) {
	var d vision.Differ
	if _, err := d.Next(step.Frame{Data: a, MIME: "image/png"}); err != nil {
		return 0, err
	}
	c, err := d.Next(step.Frame{Data: b, MIME: "image/png"})
	return c.Share, err
}

var errBlank = errors.New("nothing was read")

// read has the product look at a screen and returns the last that it read there, with the picture's hash.
func (o Options) read(ctx context.Context, w *worlds, s Screen, source step.Source) (read step.Screen, hash string, err error) {
	task := step.Task{Goal: "Look at the page", Start: w.url(s), Source: source, Sight: step.SightText, Autonomy: step.AutonomyAuto,
		Hosts: step.Hosts{Read: []string{w.hosts[s.World], w.hosts["partner"]}, Write: []string{w.hosts[s.World]}}}
	for _, name := range s.Press {
		task.Steps = append(task.Steps, fmt.Sprintf("Click the %q button", name))
	}
	task.Steps = append(task.Steps, "Wait 1 second")
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	state, _, err := o.Client.Create(ctx, task, "")
	if err != nil {
		return read, "", err
	}
	var why []string
	err = o.Client.Events(ctx, state.Task.ID, 0, func(e step.Event) error {
		switch b := e.Body.(type) {
		case step.Saw:
			hash = b.Observation.Frame.Hash
		case step.Read:
			read = b.Screen
		case step.Ended:
			why = append(why, string(b.Result.Status), b.Result.Reason)
		}
		return nil
	})
	if err == nil && len(read.Items) == 0 {
		err = fmt.Errorf("%w (%s)", errBlank, strings.Join(why, ": "))
	}
	return read, hash, err
}

func sub() fs.FS {
	f, err := fs.Sub(pages, "pages")
	if err != nil {
		return pages // cannot happen: the folder is embedded
	}
	return f
}
