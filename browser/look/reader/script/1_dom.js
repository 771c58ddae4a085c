// The readers of a page. They run in an isolated world, so the page can neither see nor replace them; but named form
// controls still shadow properties of forms and documents there, so the DOM is read through captured accessors only.
const get = (C, name) => {
  const g = Object.getOwnPropertyDescriptor(C.prototype, name).get;
  return (o) => Reflect.apply(g, o, []);
};
const fn = (C, name) => {
  const f = C.prototype[name];
  return (o, ...a) => Reflect.apply(f, o, a);
};
const firstChild = get(Node, 'firstChild'), nextSibling = get(Node, 'nextSibling'), nodeType = get(Node, 'nodeType');
const parentNode = get(Node, 'parentNode'), nodeValue = get(Node, 'nodeValue'), rootOf = fn(Node, 'getRootNode');
const isConnected = get(Node, 'isConnected'), contains = fn(Node, 'contains');
const localName = get(Element, 'localName'), shadowRoot = get(Element, 'shadowRoot'), slotOf = get(Element, 'assignedSlot');
const attr = fn(Element, 'getAttribute'), has = fn(Element, 'hasAttribute'), matches = fn(Element, 'matches');
const rectOf = fn(Element, 'getBoundingClientRect'), rectsOf = fn(Element, 'getClientRects');
const editable = get(HTMLElement, 'isContentEditable'), offsetWidth = get(HTMLElement, 'offsetWidth');
const offsetHeight = get(HTMLElement, 'offsetHeight'), innerText = get(HTMLElement, 'innerText');
const on = fn(EventTarget, 'addEventListener');
const focusOn = fn(HTMLElement, 'focus');
const byID = fn(Document, 'getElementById'), bodyOf = get(Document, 'body'), rootElement = get(Document, 'documentElement');
const fromPoint = fn(Document, 'elementFromPoint'), fromPointIn = fn(ShadowRoot, 'elementFromPoint');
const activeIn = { doc: get(Document, 'activeElement'), shadow: get(ShadowRoot, 'activeElement') };
const animations = fn(Document, 'getAnimations'), titleOf = get(Document, 'title'), urlOf = get(Document, 'URL');
const hrefOf = { a: get(HTMLAnchorElement, 'href'), area: get(HTMLAreaElement, 'href') };
const formEls = get(HTMLFormElement, 'elements'), formAction = get(HTMLFormElement, 'action');
const formMethod = get(HTMLFormElement, 'method'), labelControl = get(HTMLLabelElement, 'control');
const slotted = fn(HTMLSlotElement, 'assignedNodes');
const makeRange = fn(Document, 'createRange'), readyState = get(Document, 'readyState');
const scrollingElement = get(Document, 'scrollingElement');
const doc = document;
const range = makeRange(doc);

const isElement = (n) => n !== null && nodeType(n) === 1;
const isHTML = (e) => e instanceof HTMLElement;
const flat = (s, max) => (s.length > 4 * max ? s.slice(0, 4 * max) : s).replace(/\s+/g, ' ').trim().slice(0, max);
const lower = (e, name) => (attr(e, name) || '').trim().toLowerCase().slice(0, 100);

// up returns the parent in the flat tree: through slots and out of shadow roots.
const up = (e) => {
  const slot = slotOf(e);
  if (slot) return slot;
  const p = parentNode(e);
  if (p === null) return null;
  if (nodeType(p) === 11) return p instanceof ShadowRoot ? p.host : null;
  return isElement(p) ? p : null;
};

// kids calls visit for every child in the flat tree.
const kids = (e, visit) => {
  const shadow = shadowRoot(e);
  if (!shadow && localName(e) === 'slot' && e instanceof HTMLSlotElement) {
    const nodes = slotted(e, { flatten: true });
    if (nodes.length > 0) {
      for (const n of nodes) visit(n);
      return;
    }
  }
  for (let n = firstChild(shadow || e); n !== null; n = nextSibling(n)) visit(n);
};

// at returns the deepest element under a point, through open shadow roots.
const at = (x, y) => {
  let e = fromPoint(doc, x, y);
  while (e) {
    const shadow = shadowRoot(e);
    const inner = shadow && fromPointIn(shadow, x, y);
    if (!inner || inner === e) break;
    e = inner;
  }
  return e;
};

const inside = (e, outer) => {
  for (let i = 0; e && i < 500; i++) {
    if (e === outer) return true;
    e = up(e);
  }
  return false;
};

const active = () => {
  let e = activeIn.doc(doc);
  while (e && shadowRoot(e)) {
    const inner = activeIn.shadow(shadowRoot(e));
    if (!inner) break;
    e = inner;
  }
  return e;
};

const hiddenTags = new Set(['script', 'style', 'template', 'noscript', 'head', 'datalist', 'title', 'meta', 'link', 'option', 'optgroup']);

// text returns what a person reads in an element, images by their alternative text; skip leaves subtrees out.
const text = (root, max, skip) => {
  let out = '', budget = 500;
  const walk = (n) => {
    if (out.length > 2 * max || budget-- <= 0) return;
    const kind = nodeType(n);
    if (kind === 3) {
      out += nodeValue(n).slice(0, 4 * max);
      return;
    }
    if (kind !== 1 || (skip && n !== root && skip(n))) return;
    const tag = localName(n);
    if (hiddenTags.has(tag)) {
      if (tag === 'title' && n.namespaceURI !== 'http://www.w3.org/1999/xhtml') kids(n, walk);
      return;
    }
    if (tag === 'img' || tag === 'area') {
      out += ' ' + (attr(n, 'alt') || '') + ' ';
      return;
    }
    if (tag === 'select' || tag === 'textarea' || tag === 'input') return;
    if (attr(n, 'aria-hidden') === 'true') return;
    const style = getComputedStyle(n);
    if (style.display === 'none' || style.visibility === 'hidden') return;
    if (tag === 'svg' || attr(n, 'role') === 'img') {
      const label = attr(n, 'aria-label');
      if (label) {
        out += ' ' + label + ' ';
        return;
      }
    }
    const gap = !style.display.startsWith('inline');
    if (gap || tag === 'br') out += ' ';
    kids(n, walk);
    if (gap) out += ' ';
  };
  walk(root);
  return flat(out, max);
};
