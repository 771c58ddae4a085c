package act

import (
	"context"

	"chiron/browser/look"
)

// raise makes the document of an element refuse a press that begins anywhere else, at the very moment of the press: no page
// can put another thing under the mouse between the last look and the event, or have it lead elsewhere. What begins at the
// element goes its way.
// Frames let the mouse through meanwhile, or a press on one would never be seen here. It ends by itself after two seconds.
const raise = `function() {
  const el = this, doc = el.ownerDocument, win = doc.defaultView;
  const kinds = ['pointerdown', 'mousedown', 'pointerup', 'mouseup', 'click', 'auxclick', 'dblclick', 'contextmenu'];
  const mine = (e) => {
    if (e.composedPath().some((n) => n === el || n.control === el)) return true;
    for (let h = el.getRootNode().host; h; h = h.getRootNode().host) if (e.target === h) return true; // inside a closed tree
    return false;
  };
  const form = () => el.form ?? el.closest('form');
  const leads = (f) => [el.getAttribute('href'), el.getAttribute('formaction'), f?.getAttribute('action'), f?.getAttribute('method')].join('\n');
  const words = () => [el.getAttribute('aria-label'), el.textContent.slice(0, 200)].join('\n');
  const [wasForm, wasLeads, wasWords] = [form(), leads(form()), words()];
  let foreign = false, begun = false;
  const judge = (e) => {
    if (!e.isTrusted) return;
    if (!begun) [begun, foreign] = [true, !mine(e) || words() !== wasWords];
    if (form() !== wasForm || leads(form()) !== wasLeads) foreign = true;
    if (foreign) { e.preventDefault(); e.stopImmediatePropagation(); }
  };
  for (const k of kinds) win.addEventListener(k, judge, {capture: true, passive: false});
  const lift = (` + through + `)(el);
  const down = () => {
    clearTimeout(late);
    for (const k of kinds) win.removeEventListener(k, judge, {capture: true});
    lift();
    return foreign ? 'foreign' : begun ? 'begun' : '';
  };
  const late = setTimeout(down, 2000);
  globalThis.chironLower = down;
  return '';
}`

// through lets the mouse through the frames of an element's document and of the shadow trees that it stands in, and returns what ends that.
const through = `(el) => {
  const sheet = new CSSStyleSheet(), roots = [];
  sheet.replaceSync('iframe, frame, object, embed { pointer-events: none !important }');
  for (let r = el.getRootNode(); r; r = r.host?.getRootNode()) roots.push(r);
  for (const r of roots) r.adoptedStyleSheets = [...r.adoptedStyleSheets, sheet];
  return () => { for (const r of roots) r.adoptedStyleSheets = r.adoptedStyleSheets.filter((s) => s !== sheet); };
}`

// around makes the document of a frame element refuse every press: one that goes into the frame is not seen there, so one that is seen was to begin
// at what lies above the frame now, or beside it. All other frames let the mouse through.
const around = `function() {
  const el = this, win = el.ownerDocument.defaultView, style = el.style;
  const kinds = ['pointerdown', 'mousedown', 'pointerup', 'mouseup', 'click', 'auxclick', 'dblclick', 'contextmenu'];
  let foreign = false, begun = false;
  const judge = (e) => {
    if (!e.isTrusted) return;
    if (!begun) [begun, foreign] = [true, e.type === 'pointerdown' || e.type === 'mousedown']; // or it began in the frame, which is gone since
    if (foreign) { e.preventDefault(); e.stopImmediatePropagation(); }
  };
  for (const k of kinds) win.addEventListener(k, judge, {capture: true, passive: false});
  const lift = (` + through + `)(el);
  const bare = !el.hasAttribute('style'), [was, priority] = [style.getPropertyValue('pointer-events'), style.getPropertyPriority('pointer-events')];
  style.setProperty('pointer-events', 'auto', 'important');
  const down = () => {
    clearTimeout(late);
    for (const k of kinds) win.removeEventListener(k, judge, {capture: true});
    if (was) style.setProperty('pointer-events', was, priority);
    else style.removeProperty('pointer-events');
    if (bare && el.getAttribute('style') === '') el.removeAttribute('style');
    lift();
    return foreign ? 'foreign' : '';
  };
  const late = setTimeout(down, 2000);
  globalThis.chironLower = down;
  return '';
}`

const lower = `function() { const down = globalThis.chironLower; delete globalThis.chironLower; return down ? down() : '' }`

// shielded presses while the document of the element refuses every other press, and those around its frames every press at all.
func (r *run) shielded(ctx context.Context, h *look.Handle, press func() error) error {
	for _, f := range h.Frames {
		if _, err := f.Call(ctx, around); err != nil {
			r.out.Stale = true
			r.lowered(ctx, h)
			return refuse("get ready for the press: %w", err)
		}
	}
	if _, err := h.Call(ctx, raise); err != nil {
		r.out.Stale = true
		r.lowered(ctx, h)
		return refuse("get ready for the press: %w", err)
	}
	if err := press(); err != nil {
		r.lowered(ctx, h) // or it ends by itself
		return err
	}
	if r.eyes.Dialog() != nil {
		return nil
	}
	if r.lowered(ctx, h) {
		r.out.Stale = true
		return refuse("something else stood there at the moment of the press")
	}
	return nil
}

// lowered takes the shields down and reports whether the press was refused. A document that the press led away from has no shield any more.
func (r *run) lowered(ctx context.Context, h *look.Handle) (refused bool) {
	begun := false // at the element
	for i, part := range append([]*look.Handle{h}, h.Frames...) {
		said, err := part.Call(ctx, lower)
		if i == 0 {
			begun = err == nil && said == "begun"
		}
		refused = refused || err == nil && said == "foreign" && !begun
	}
	return refused
}
