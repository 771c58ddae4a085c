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
  const sheet = new CSSStyleSheet();
  sheet.replaceSync('iframe, frame, object, embed { pointer-events: none !important }');
  doc.adoptedStyleSheets = [...doc.adoptedStyleSheets, sheet];
  const down = () => {
    clearTimeout(late);
    for (const k of kinds) win.removeEventListener(k, judge, {capture: true});
    doc.adoptedStyleSheets = doc.adoptedStyleSheets.filter((s) => s !== sheet);
    return foreign ? 'foreign' : '';
  };
  const late = setTimeout(down, 2000);
  globalThis.chironLower = down;
  return '';
}`

const lower = `function() { const down = globalThis.chironLower; delete globalThis.chironLower; return down ? down() : '' }`

// shielded presses while the document of the element refuses every other press.
func (r *run) shielded(ctx context.Context, h *look.Handle, press func() error) error {
	if _, err := h.Call(ctx, raise); err != nil {
		return refuse("get ready for the press: %w", err)
	}
	if err := press(); err != nil {
		_, _ = h.Call(ctx, lower) // or it ends by itself
		return err
	}
	if r.eyes.Dialog() != nil {
		return nil
	}
	if said, err := h.Call(ctx, lower); err == nil && said != "" { // an error: the press led to another document
		r.out.Stale = true
		return refuse("something else stood there at the moment of the press")
	}
	return nil
}
