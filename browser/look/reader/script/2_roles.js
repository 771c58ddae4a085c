const inputRoles = {
  hidden: '', submit: 'button', reset: 'button', button: 'button', image: 'button', checkbox: 'checkbox', radio: 'radio',
  range: 'slider', file: 'file',
};
const ariaRoles = {
  button: 'button', link: 'link', checkbox: 'checkbox', switch: 'checkbox', menuitemcheckbox: 'checkbox', radio: 'radio',
  menuitemradio: 'radio', textbox: 'input', searchbox: 'input', combobox: 'select', listbox: 'select', option: 'option',
  treeitem: 'option', tab: 'tab', menuitem: 'menu', slider: 'slider', spinbutton: 'input', scrollbar: '',
};
const typeOf = (e) => {
  const tag = localName(e);
  if (tag === 'input' && e instanceof HTMLInputElement) return e.type;
  if (tag === 'button' && e instanceof HTMLButtonElement) return e.type;
  return '';
};

// control returns the role of something a person can act on, or ''.
const control = (e) => {
  switch (localName(e)) {
    case 'input': return e instanceof HTMLInputElement ? inputRoles[e.type] ?? 'input' : '';
    case 'select': return 'select';
    case 'textarea': return 'input';
    case 'canvas': return 'canvas';
    case 'summary': return 'button';
  }
  const named = attr(e, 'role');
  const role = named ? ariaRoles[named.trim().split(/\s+/)[0].toLowerCase()] : undefined;
  if (role) return role;
  const tag = localName(e);
  if (tag === 'button') return 'button';
  if ((tag === 'a' && (has(e, 'href') || has(e, 'xlink:href'))) || (tag === 'area' && has(e, 'href'))) return 'link';
  if (isHTML(e) && has(e, 'contenteditable') && editable(e)) return 'input';
  if (has(e, 'onclick')) return 'button';
  // Focusable and clickable without a word for it. A scrolling region is focusable too, and is none.
  if (!named && has(e, 'tabindex') && Number(attr(e, 'tabindex')) >= 0 && getComputedStyle(e).cursor === 'pointer') return 'button';
  return '';
};

const fieldTags = new Set(['input', 'select', 'textarea']);
const isField = (e) => fieldTags.has(localName(e)) && isHTML(e);

const refs = (e, name, max) => {
  const ids = attr(e, name);
  if (!ids) return '';
  const root = rootOf(e), out = [];
  for (const id of ids.trim().split(/\s+/).slice(0, 8)) {
    const target = root instanceof ShadowRoot ? root.getElementById(id) : byID(doc, id);
    if (target) out.push(text(target, max));
  }
  return flat(out.join(' '), max);
};

// nameOf returns the accessible name, in the order of accname: references, label, own text, placeholder, title.
const nameOf = (e, role, max) => {
  const given = refs(e, 'aria-labelledby', max) || flat(attr(e, 'aria-label') || '', max);
  if (given) return given;
  const tag = localName(e), type = typeOf(e);
  if (tag === 'input' && (type === 'submit' || type === 'reset' || type === 'button')) {
    return flat(e.value || (type === 'submit' ? 'Submit' : type === 'reset' ? 'Reset' : ''), max) || flat(attr(e, 'title') || '', max);
  }
  if (tag === 'input' && type === 'image') return flat(attr(e, 'alt') || attr(e, 'title') || 'Submit', max);
  if (tag === 'img' || tag === 'area') return flat(attr(e, 'alt') || attr(e, 'title') || '', max);
  if (isField(e)) {
    const labels = e.labels ? [...e.labels].slice(0, 4).map((l) => text(l, max, (n) => n === e)).join(' ') : '';
    return flat(labels, max) || flat(attr(e, 'placeholder') || attr(e, 'title') || attr(e, 'aria-placeholder') || '', max);
  }
  if (role === 'input' || role === 'select' && named(e)) {
    return flat(attr(e, 'placeholder') || attr(e, 'aria-placeholder') || attr(e, 'data-placeholder') || attr(e, 'title') || '', max);
  }
  return text(e, max) || flat(attr(e, 'title') || '', max);
};
const named = (e) => has(e, 'title') || has(e, 'placeholder');

const isDisabled = (e) => matches(e, ':disabled') || attr(e, 'aria-disabled') === 'true';
const textTypes = new Set(['text', 'search', 'email', 'url', 'tel', 'password', 'number']);
const dateTypes = new Set(['date', 'time', 'datetime-local', 'month', 'week', 'color']);
const isEditable = (e) => {
  const tag = localName(e);
  if (tag === 'input' && isHTML(e)) return (textTypes.has(e.type) || dateTypes.has(e.type) || e.type === 'range') && !e.readOnly && !isDisabled(e);
  if (tag === 'textarea' && isHTML(e)) return !e.readOnly && !isDisabled(e);
  return isHTML(e) && editable(e);
};

// Secret fields stay secret when the page turns them into plain text ("show password").
const seenSecret = new WeakSet();
const cardToken = /(^|\s)cc-(number|csc|exp|exp-month|exp-year)(\s|$)/;
const isCard = (e) => isField(e) && (cardToken.test(lower(e, 'autocomplete')) ||
  /(^|[^a-z])(card.?(number|no|num)|cc.?(number|num|csc|cvc|cvv)|cvc|cvv|csc|security.?code)([^a-z]|$)/.test(lower(e, 'name') + ' ' + lower(e, 'id')));
// Where a secret was typed into a field of another kind, that field is one too, whatever it is.
const concealed = new WeakSet();
const conceal = (e) => { concealed.add(e); return ''; };
const isSecret = (e) => {
  if (concealed.has(e)) return true;
  if (!isField(e)) return false;
  if (seenSecret.has(e)) return true;
  const secret = typeOf(e) === 'password' || /password|one-time-code/.test(lower(e, 'autocomplete')) || isCard(e) ||
    masked.has(lower(e, 'name')) || masked.has(lower(e, 'id'));
  if (secret) seenSecret.add(e);
  return secret;
};

// A region is what the operator covers whole, with everything in it.
const isRegion = (e) => regions !== '' && matches(e, regions);

const valueOf = (e, role, max) => {
  const tag = localName(e);
  if (isSecret(e)) return ('value' in e ? e.value : innerText(e).trim()) ? '***' : ''; // that it is filled, not with what
  if (tag === 'select' && isHTML(e)) return flat([...e.selectedOptions].slice(0, 20).map((o) => o.label || o.text).join(', '), max);
  if (tag === 'input' && isHTML(e)) {
    if (e.type === 'file') return flat([...e.files].slice(0, 20).map((f) => f.name).join(', '), max);
    return role === 'input' || role === 'slider' ? e.value.slice(0, max) : '';
  }
  if (tag === 'textarea' && isHTML(e)) return e.value.slice(0, max);
  if (role === 'slider' || role === 'input' && has(e, 'aria-valuenow')) return flat(attr(e, 'aria-valuetext') || attr(e, 'aria-valuenow') || '', max);
  if (role === 'input') return innerText(e).slice(0, max);
  if (role === 'select') return text(e, max);
  return '';
};

const bit = { checked: 1, selected: 2, disabled: 4, focused: 8, required: 16, invalid: 32, expanded: 64 };
const statesOf = (e, focus) => {
  const tag = localName(e), type = typeOf(e);
  let s = 0;
  if (type === 'checkbox' || type === 'radio' ? e.checked : attr(e, 'aria-checked') === 'true' || attr(e, 'aria-pressed') === 'true') s |= bit.checked;
  if (attr(e, 'aria-selected') === 'true') s |= bit.selected;
  if (isDisabled(e)) s |= bit.disabled;
  if (e === focus) s |= bit.focused;
  if (matches(e, ':required') || attr(e, 'aria-required') === 'true') s |= bit.required;
  if (attr(e, 'aria-invalid') === 'true' || matches(e, ':user-invalid')) s |= bit.invalid;
  if (attr(e, 'aria-expanded') === 'true' || (tag === 'summary' && up(e) && localName(up(e)) === 'details' && has(up(e), 'open'))) s |= bit.expanded;
  return s;
};
