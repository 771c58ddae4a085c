package act

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/go-rod/rod/lib/proto"

	"chiron/step"
)

// chooseOption chooses as a person does in the open list: one input and one change event, none if nothing changes.
const chooseOption = `function(want) {
  const flat = (s) => s.replace(/\s+/g, ' ').trim(), name = (o) => flat(o.label || o.text);
  const options = [...this.options], lower = flat(want).toLowerCase();
  let found = options.filter((o) => name(o) === flat(want));
  if (found.length === 0) found = options.filter((o) => name(o).toLowerCase() === lower);
  if (found.length === 0) found = options.filter((o) => name(o).toLowerCase().includes(lower));
  if (found.length > 1 && new Set(found.map(name)).size > 1) return JSON.stringify({many: found.slice(0, 10).map(name)});
  if (found.length === 0) return JSON.stringify({none: options.slice(0, 30).map(name)});
  const option = found.find((o) => !o.disabled) || found[0];
  if (option.disabled || option.closest('optgroup')?.disabled) return JSON.stringify({disabled: true});
  this.focus();
  const same = option.selected && this.selectedOptions.length === 1;
  if (!same) {
    this.selectedIndex = option.index;
    this.dispatchEvent(new Event('input', {bubbles: true, composed: true}));
    this.dispatchEvent(new Event('change', {bubbles: true}));
  }
  return JSON.stringify({chosen: this.selectedOptions.length ? name(this.selectedOptions[0]) : '', wanted: name(option)});
}`

func (r *run) choose(ctx context.Context, a step.Select) error {
	p, err := need(a.Point)
	if err != nil {
		return err
	}
	h, err := r.same(ctx, p)
	if err != nil {
		return err
	}
	defer h.Release()
	switch {
	case h.Element.Tag != "select":
		return refuse("%s %q is not a native list; click it, then click the option", h.Element.Role, h.Element.Name)
	case h.Element.Disabled:
		return refuse("%q is disabled", h.Element.Name)
	}
	r.sent = true
	data, err := h.Call(ctx, chooseOption, a.Option)
	if err != nil {
		return reached(err)
	}
	var got struct {
		None, Many     []string
		Disabled       bool
		Chosen, Wanted string
	}
	if err := json.Unmarshal([]byte(data), &got); err != nil {
		return fmt.Errorf("choose: %w", err)
	}
	switch {
	case got.None != nil:
		return refuse("%q has no option %q; it has %s", h.Element.Name, a.Option, quoted(got.None))
	case got.Many != nil:
		return refuse("%q fits several options: %s", a.Option, quoted(got.Many))
	case got.Disabled:
		return refuse("option %q is disabled", a.Option)
	}
	r.readBack(got.Chosen, got.Wanted, h.Secret)
	return nil
}

func (r *run) upload(ctx context.Context, a step.Upload) error {
	p, err := need(a.Point)
	if err != nil {
		return err
	}
	if r.opt.File == nil {
		return refuse("the task has no files")
	}
	path, err := r.opt.File(a.File)
	if err != nil {
		return refuse("file %q: %w", a.File, err)
	}
	e := r.order.Facts.Element
	switch {
	case e == nil:
		return refuse("there is no element at %v", p)
	case e.Disabled:
		return refuse("%s %q is disabled", e.Role, e.Name)
	case r.order.Facts.Submits || e.Href != "":
		return refuse("%s %q does not only open a file chooser", e.Role, e.Name)
	case e.Tag != "input" || e.Type != "file":
		return r.uploadByChooser(ctx, p, path)
	}
	h, err := r.same(ctx, p)
	if err != nil {
		return err
	}
	defer h.Release()
	r.sent = true
	return reached(h.Do(ctx, func(c proto.Client, object proto.RuntimeRemoteObjectID) error {
		return proto.DOMSetFileInputFiles{Files: []string{path}, ObjectID: object}.Call(c)
	}))
}

// chooserPatience is how long a click may take to open a file chooser.
const chooserPatience = 3 * time.Second

// uploadByChooser clicks what opens a file chooser and answers it.
func (r *run) uploadByChooser(ctx context.Context, p step.Point, path string) error {
	watch, cancel := context.WithTimeout(ctx, r.opt.Input+chooserPatience)
	defer cancel()
	asked := make(chan proto.PageFileChooserOpened, 1)
	drained := make(chan struct{})
	events := r.page.Browser().Context(watch).Event()
	go func() {
		defer close(drained)
		for m := range events {
			var v proto.PageFileChooserOpened
			if m.SessionID == r.page.SessionID && m.Load(&v) {
				select {
				case asked <- v:
				default:
				}
			}
		}
	}()
	defer func() { cancel(); <-drained }()
	if _, err := r.call(ctx, proto.PageSetInterceptFileChooserDialog{Enabled: true}); err != nil {
		return err
	}
	defer func() { _, _ = r.call(watch, proto.PageSetInterceptFileChooserDialog{}) }()
	if err := r.clickAt(ctx, p, proto.InputMouseButtonLeft, 1, 0); err != nil {
		return err
	}
	patience := time.NewTimer(chooserPatience)
	defer patience.Stop()
	select {
	case chooser := <-asked:
		return r.send(ctx, proto.DOMSetFileInputFiles{Files: []string{path}, BackendNodeID: chooser.BackendNodeID})
	case <-patience.C:
		return errors.New("the click opened no file chooser")
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// quoted lists words of the page as what they are: foreign text.
func quoted(words []string) string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = strconv.Quote(w)
	}
	return strings.Join(out, ", ")
}
