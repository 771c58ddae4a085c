// Elements handed out between two calls, by token.
const held = new Map();
const maxHeld = 64;
const hold = (token, e) => {
  held.set(token, e);
  if (held.size > maxHeld) held.delete(held.keys().next().value);
};

// number tells the elements of this document apart, for as long as they live.
const numbers = new WeakMap();
let lastNumber = 0;
const number = (e) => {
  if (!numbers.has(e)) numbers.set(e, ++lastNumber);
  return numbers.get(e);
};
const documentNumber = Math.floor(Math.random() * 2 ** 48).toString(36);

// actor returns the element that a click on hit acts on: the nearest control, or the control of the nearest label.
const actor = (hit) => {
  for (let e = hit, i = 0; e && i < 100; e = up(e), i++) {
    if (control(e)) return e;
    if (localName(e) === 'label' && e instanceof HTMLLabelElement) {
      const c = labelControl(e);
      if (c) return c;
    }
    if (localName(e) === 'option') continue;
    if (localName(e) === 'iframe' || localName(e) === 'frame') return e;
  }
  for (let e = hit, i = 0; e && i < 20; e = up(e), i++) if (isHTML(e) && editable(e) && has(e, 'contenteditable')) return e;
  return hit;
};

const formOf = (e) => (e instanceof HTMLInputElement || e instanceof HTMLButtonElement || e instanceof HTMLSelectElement ||
  e instanceof HTMLTextAreaElement || e instanceof HTMLOutputElement || e instanceof HTMLFieldSetElement ? e.form : null);
const isSubmitter = (e) => (e instanceof HTMLButtonElement && e.type === 'submit') ||
  (e instanceof HTMLInputElement && (e.type === 'submit' || e.type === 'image'));
const controlsOf = (form) => [...formEls(form)].slice(0, 500);
const formFacts = (form, by) => {
  const els = controlsOf(form), own = by && isSubmitter(by);
  const fields = [];
  for (const e of els) {
    const name = attr(e, 'name');
    if (name && !isSubmitter(e) && fields.length < 100 && !fields.includes(name)) fields.push(name.slice(0, 100));
  }
  return {
    action: (own && has(by, 'formaction') ? by.formAction : formAction(form)) || urlOf(doc),
    method: (own && has(by, 'formmethod') ? by.formMethod : formMethod(form)).toUpperCase(),
    fields, password: els.some((e) => typeOf(e) === 'password' || seenSecret.has(e) && !isCard(e)), card: els.some(isCard),
    file: els.some((e) => typeOf(e) === 'file'),
  };
};

const linkOf = (e) => {
  const tag = localName(e);
  if ((tag === 'a' || tag === 'area') && isHTML(e)) return has(e, 'href') ? hrefOf[tag](e) : '';
  if (tag === 'a' && e instanceof SVGAElement && e.href.baseVal) {
    try { return new URL(e.href.baseVal, e.baseURI).href; } catch { return e.href.baseVal; }
  }
  return '';
};
const linkAbove = (e) => {
  for (let i = 0; e && i < 100; e = up(e), i++) {
    const href = linkOf(e);
    if (href) return [href, has(e, 'download')];
  }
  return ['', false];
};

const elementFacts = (e) => {
  const role = control(e) || (/^h[1-6]$/.test(localName(e)) ? 'heading' : localName(e) === 'img' ? 'image' : localName(e) === 'td' ? 'cell' : 'text');
  const [href, download] = linkAbove(e);
  const r = rectOf(e);
  return {
    tag: localName(e).slice(0, 60), role, name: nameOf(e, role, 200), text: isField(e) ? '' : text(e, 200), type: typeOf(e),
    autocomplete: lower(e, 'autocomplete'), id: (attr(e, 'id') || '').slice(0, 100), field: (attr(e, 'name') || '').slice(0, 100), href,
    editable: isEditable(e), disabled: isDisabled(e), download, b: round(r), secret: isSecret(e),
  };
};
const report = (e, token, click) => {
  const out = { url: urlOf(doc), title: flat(titleOf(doc), 300), origin: self.origin, doc: documentNumber, frame: -1 };
  if (!e) return JSON.stringify(out);
  const tag = localName(e);
  if (tag === 'iframe' || tag === 'frame') {
    const f = frameBox(e);
    hold(token, e);
    return JSON.stringify({ ...out, frame: f.i, x: f.x, y: f.y, sx: f.sx, sy: f.sy });
  }
  hold(token, e);
  out.el = elementFacts(e);
  out.el.n = number(e);
  const form = formOf(e);
  if (form) {
    const by = click ? e : isSubmitter(e) ? e : implicit(form)?.button;
    out.form = formFacts(form, by);
    out.submits = click ? isSubmitter(e) && !isDisabled(e) : submitsOnEnter(e, form);
  }
  return JSON.stringify(out);
};

// implicit returns how Enter in a field submits a form: by its first button, alone, or (null) not at all.
const implicit = (form) => {
  const els = controlsOf(form);
  const button = els.find(isSubmitter);
  if (button) return isDisabled(button) ? null : { button };
  const blocking = els.filter((e) => e instanceof HTMLInputElement && (textTypes.has(e.type) || dateTypes.has(e.type)) && e.type !== 'color');
  return blocking.length <= 1 ? { button: null } : null;
};
const submitsOnEnter = (e, form) => {
  if (isSubmitter(e)) return !isDisabled(e);
  if (!(e instanceof HTMLInputElement) || e.type === 'file' || e.type === 'button' || e.type === 'reset' || e.type === 'color') return false;
  return implicit(form) !== null;
};

const hit = (x, y, token) => {
  const e = at(x, y);
  return report(e ? actor(e) : null, token, true);
};
const focused = (token) => report(active(), token, false);
const take = (token) => {
  const e = held.get(token) || null;
  held.delete(token);
  return e;
};
// borrow is take for one call: the element stays held.
const borrow = (token) => {
  const e = held.get(token);
  if (!e) throw new Error('there is no such element');
  return e;
};
const draggable = (x, y) => {
  const first = at(x, y);
  for (let e = first, i = 0; e && i < 100; e = up(e), i++) {
    if (localName(e) === 'iframe' || localName(e) === 'frame') {
      const f = frameBox(e);
      return JSON.stringify({ doc: '-', frame: f.i, x: f.x, y: f.y, sx: f.sx, sy: f.sy });
    }
    if (isHTML(e) && e.draggable) return JSON.stringify({ frame: -1, yes: true, doc: '-' });
  }
  return JSON.stringify({ frame: -1, yes: false, doc: '-' });
};
