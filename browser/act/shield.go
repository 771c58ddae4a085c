package act

import (
	"context"
	"errors"
	"time"

	"chiron/browser/look"
)

// shield stops the mouse in the document of an element, from the first event that `refuses` names on; refuses is asked about each event of a press, and
// told whether it is the first: what is refused later has begun. ends is asked whether a release is where it belongs. Frames let the mouse through
// meanwhile, or a press on one would never be seen here. It ends by itself after two seconds.
// A shield that is still up from an earlier press is lowered first, and an element that is not in this document any more gets none. What it saw is
// "foreign", "begun" (a press whose end went elsewhere or was refused), "whole" or nothing. A name here that an id on the page shadows may make it refuse, never let a press pass.
const shield = `(el, refuses, ends, undo) => {
  (` + lower + `)();
  if (el.getRootNode({composed: true}) !== document) throw new Error('it has gone');
  const kinds = ['pointerdown', 'mousedown', 'pointerup', 'mouseup', 'click', 'auxclick', 'dblclick', 'contextmenu'];
  const sheet = new CSSStyleSheet(), roots = [document];
  sheet.replaceSync('iframe, frame, object, embed { pointer-events: none !important }');
  for (let r = el.getRootNode(); r instanceof ShadowRoot; r = r.host.getRootNode()) roots.push(r);
  for (const r of roots) r.adoptedStyleSheets = [...r.adoptedStyleSheets, sheet];
  let foreign = false, begun = false, turned = false, whole = false, up = true;
  const judge = (e) => {
    if (!e.isTrusted) return;
    let no = true;
    try { no = refuses(e, !begun) } catch {}
    if (no && begun) turned = true;
    else if (no) foreign = true;
    begun = true;
    whole ||= e.type !== 'pointerdown' && e.type !== 'mousedown' && ends(e);
    if (foreign || turned) { e.preventDefault(); e.stopImmediatePropagation(); }
  };
  const arm = () => { for (const k of kinds) window.addEventListener(k, judge, {capture: true, passive: false}) };
  const opened = new MutationObserver(arm); // document.open takes every listener away
  opened.observe(document, {childList: true});
  arm();
  const down = () => {
    if (up) {
      up = false;
      clearTimeout(late);
      opened.disconnect();
      for (const k of kinds) window.removeEventListener(k, judge, {capture: true});
      for (const r of roots) r.adoptedStyleSheets = r.adoptedStyleSheets.filter((s) => s !== sheet);
      undo?.();
    }
    return foreign ? 'foreign' : whole && !turned ? 'whole' : begun ? 'begun' : '';
  };
  const late = setTimeout(down, 2000);
  globalThis.chironLower = down;
  return '';
}`

const lower = `function() { const down = globalThis.chironLower; delete globalThis.chironLower; return down ? down() : '' }`

// raise makes the document of an element refuse a press that begins anywhere else, at the very moment of the press: no page
// can put another thing under the mouse between the last look and the event, or have it lead elsewhere. What begins at the
// element goes its way, unless the element is called otherwise by the end of the press: what it answers to the press itself, a
// value that moves, a "Hide" for a "Show", a list that opens over it, is read before any timer of the page's can run, and
// counts as its own.
const raise = `function() {
  const el = this;
  const mine = (e) => {
    if (e.composedPath().some((n) => n === el || n instanceof HTMLLabelElement && n.control === el)) return true;
    for (let r = el.getRootNode(); r instanceof ShadowRoot; r = r.host.getRootNode()) if (e.target === r.host) return true; // inside a closed tree
    return false;
  };
  const form = () => el.form ?? el.closest('form');
  const leads = (f) => [el.getAttribute('href'), el.getAttribute('formaction'), f?.getAttribute('action'), f?.getAttribute('method')].join('\n');
  const words = () => [el.getAttribute('aria-label'), el.textContent.slice(0, 200)].join('\n');
  const [wasForm, wasLeads] = [form(), leads(form())];
  let wasWords = words(), answering = false, stands = el;
  const renamed = (e, first) => {
    const other = (first || e.type === 'pointerup' && !answering) && words() !== wasWords;
    if (e.type === 'pointerdown' || e.type === 'mousedown') {
      answering = true;
      scheduler.postTask(() => { wasWords = words(); answering = false; stands = document.elementFromPoint(e.clientX, e.clientY) }, {priority: 'user-blocking'});
    }
    return other;
  };
  return (` + shield + `)(el, (e, first) => renamed(e, first) || first && !mine(e) || form() !== wasForm || leads(form()) !== wasLeads,
    (e) => answering || mine(e) || e.composedPath().includes(stands) || e.target.contains(el) && e.target.hasPointerCapture?.(e.pointerId));
}`

// around makes the document of a frame element refuse every press: one that goes into the frame is not seen there, so one that is seen was to begin
// at what lies above the frame now, or beside it; or it began in the frame, which is gone since. All other frames let the mouse through.
const around = `function() {
  const el = this, style = el.style;
  const bare = !el.hasAttribute('style'), [was, priority] = [style.getPropertyValue('pointer-events'), style.getPropertyPriority('pointer-events')];
  const said = (` + shield + `)(el, (e, first) => first && (e.type === 'pointerdown' || e.type === 'mousedown'), () => true, () => {
    if (was) style.setProperty('pointer-events', was, priority);
    else style.removeProperty('pointer-events');
    if (bare && el.getAttribute('style') === '') el.removeAttribute('style');
  });
  style.setProperty('pointer-events', 'auto', 'important');
  return said;
}`

// What the shields of a press saw.
const (
	seenNothing = ""
	seenForeign = "foreign"
	seenBegun   = "begun" // and not how it ended
	seenWhole   = "whole"
	seenGone    = "gone" // by whom cannot be asked any more
)

// errUnseen says that a press was sent and that nothing shows where it went, or where it ended.
var errUnseen = errors.New("the press was not seen at its element")

// shielded presses while the document of the element refuses every other press, and those around its frames every press at all. It returns nil only
// where the press was seen at the element, or where a dialog, or the end of the element's document, explains that nobody can say any more.
func (r *run) shielded(ctx context.Context, h *look.Handle, press func() error) error {
	parts := append([]*look.Handle{h}, h.Frames...)
	giveUp := func(err error) error {
		for _, part := range parts {
			part.Post(lower) // what was stopped does not wait
		}
		return err
	}
	for i, part := range parts {
		script := around
		if i == 0 {
			script = raise
		}
		if _, err := part.Call(ctx, script); err != nil {
			r.out.Stale = true
			return giveUp(refuse("get ready for the press: %w", err))
		}
	}
	if err := press(); err != nil {
		return giveUp(err)
	}
	switch lowered(context.WithoutCancel(ctx), parts) {
	case seenForeign:
		r.out.Stale = true
		return refuse("something else stood there at the moment of the press")
	case seenNothing, seenBegun:
		return errUnseen
	}
	return nil
}

// lowered takes the shields down, the element's first, and returns what they saw. Those of a page that a dialog blocks come down when it has been
// answered; those of a document that the press led away from are gone.
func lowered(ctx context.Context, parts []*look.Handle) string {
	seen := seenNothing
	for i, part := range parts {
		said, err := ask(ctx, part)
		switch {
		case i == 0 && err == nil:
			seen = said
		case i == 0 && !errors.Is(err, look.ErrSlow):
			seen = seenGone
		case err == nil && said == seenForeign && seen != seenWhole && seen != seenBegun:
			seen = seenForeign
		}
	}
	return seen
}

// ask takes down one shield.
func ask(ctx context.Context, part *look.Handle) (string, error) {
	said, err := part.Call(ctx, lower)
	switch {
	case errors.Is(err, look.ErrDialog):
		part.Post(lower)
	case errors.Is(err, look.ErrSlow): // a frame that goes while it is asked does not answer; asked again, it is known to be gone
		again, cancel := context.WithTimeoutCause(ctx, 100*time.Millisecond, look.ErrSlow)
		defer cancel()
		return part.Call(again, lower)
	}
	return said, err
}
