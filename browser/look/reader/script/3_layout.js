const round = (r) => [Math.round(r.left), Math.round(r.top), Math.round(r.right) - Math.round(r.left), Math.round(r.bottom) - Math.round(r.top)];
const clip = (r) => {
  const left = Math.max(r.left, 0), top = Math.max(r.top, 0);
  const right = Math.min(r.right, innerWidth), bottom = Math.min(r.bottom, innerHeight);
  return right - left < 1 || bottom - top < 1 ? null : { left, top, right, bottom };
};
const largest = (rects) => {
  let best = null, area = 0;
  for (let i = 0; i < rects.length && i < 50; i++) {
    const r = clip(rects[i]);
    const a = r ? (r.right - r.left) * (r.bottom - r.top) : 0;
    if (a > area) [best, area] = [r, a];
  }
  return best;
};

// reach returns the part of a box whose middle a click would bring to the element, or null when all of it is covered.
const reach = (box, accept) => {
  const w = box.right - box.left, h = box.bottom - box.top;
  if (accept(at(box.left + w / 2, box.top + h / 2))) return box;
  for (const [x, y] of [[0, 0], [0.5, 0.5], [0.5, 0], [0, 0.5]]) {
    const part = { left: box.left + x * w, top: box.top + y * h, right: box.left + (x + 0.5) * w, bottom: box.top + (y + 0.5) * h };
    if (w >= 4 && h >= 4 && accept(at((part.left + part.right) / 2, (part.top + part.bottom) / 2))) return part;
  }
  return null;
};

const frameNumbers = new WeakMap();
const frameElements = [];
const frameNumber = (e) => {
  if (!frameNumbers.has(e)) {
    frameNumbers.set(e, frameElements.length);
    frameElements.push(e);
  }
  return frameNumbers.get(e);
};
const frameBox = (e) => {
  const r = rectOf(e), style = getComputedStyle(e);
  const sx = offsetWidth(e) ? r.width / offsetWidth(e) : 1, sy = offsetHeight(e) ? r.height / offsetHeight(e) : 1;
  const edge = (a, b, s) => (parseFloat(a) + parseFloat(b)) * s;
  return { i: frameNumber(e), x: r.left + edge(style.borderLeftWidth, style.paddingLeft, sx),
    y: r.top + edge(style.borderTopWidth, style.paddingTop, sy), sx, sy };
};

// shown returns what stands at a grid of points, with all that is around it: what is outside the viewport by its own box,
// but not by what has escaped from it (fixed parts, overflow), must be walked.
const shown = () => {
  const out = new Set();
  for (let y = 0.5; y < 10; y++) {
    for (let x = 0.5; x < 12; x++) {
      for (let e = at(x * innerWidth / 12, y * innerHeight / 10); e && !out.has(e); e = up(e)) out.add(e);
    }
  }
  return out;
};
const isOutside = (r) => r.width > 0 && r.height > 0 && (r.bottom <= 0 || r.right <= 0 || r.top >= innerHeight || r.left >= innerWidth);
const headers = (table, cache) => {
  if (cache.has(table)) return cache.get(table);
  const out = [];
  const row = table.tHead?.rows[table.tHead.rows.length - 1] ?? table.rows[0];
  let n = 0;
  for (const cell of row ? row.cells : []) {
    const name = localName(cell) === 'th' ? text(cell, 80) : '';
    for (let i = 0; i < Math.min(cell.colSpan, 50); i++) out[n++] = name;
  }
  cache.set(table, { row, names: out });
  return cache.get(table);
};
const column = (cell) => {
  let n = 0;
  for (let p = cell.previousElementSibling; p; p = p.previousElementSibling) n += p.colSpan || 1;
  return n;
};

const layout = (limit) => {
  const nodes = [], frames = [], secrets = [], tables = new Map(), focus = active(), alive = shown();
  let cut = 0, visits = 30000, run = null;
  const layers = [{ held: 0, under: 0, is: 0 }]; // the first is the page
  const put = (node, layer) => {
    if (nodes.length >= limit) {
      cut++;
      return;
    }
    layers[layer].held++;
    nodes.push(layer ? { ...node, l: layer } : node);
  };
  const fold = () => { // an ornament is no layer; what one holds counts for the one below it too
    for (let i = layers.length - 1; i > 0; i--) {
      const l = layers[i];
      l.is = l.held < 2 ? 0 : i;
      layers[l.under].held += l.held;
    }
    for (let i = 1; i < layers.length; i++) layers[i].is ||= layers[layers[i].under].is;
    for (const n of nodes) if (n.l) n.l = layers[n.l].is;
    for (const f of frames) f.l = layers[f.l].is;
  };

  const flush = () => {
    const r = run;
    run = null;
    if (!r || !r.box) return;
    const value = flat(r.text, 300);
    if (!/[\p{L}\p{N}\p{S}]/u.test(value)) return;
    const box = reach(r.box, (hit) => hit && (inside(hit, r.owner) || inside(r.owner, hit)));
    if (!box) return;
    const b = box === r.box ? r.all : box;
    if (r.is.role === 'cell') put({ r: 'cell', n: r.is.name, v: value, b: round(b) }, r.is.layer);
    else put({ r: r.is.role, n: value, b: round(b) }, r.is.layer);
  };
  const addText = (n, owner, is) => {
    const raw = nodeValue(n);
    if (!/\S/.test(raw.length > 2000 ? raw.slice(0, 2000) : raw)) {
      if (run) run.text += ' ';
      return;
    }
    range.selectNodeContents(n);
    const box = largest(range.getClientRects()), all = clip(range.getBoundingClientRect());
    if (!box || !all) return;
    if (!run) run = { text: '', box, all: { ...all }, owner, is };
    run.text += raw.slice(0, 2000);
    run.all.left = Math.min(run.all.left, all.left);
    run.all.top = Math.min(run.all.top, all.top);
    run.all.right = Math.max(run.all.right, all.right);
    run.all.bottom = Math.max(run.all.bottom, all.bottom);
  };
  const addControl = (e, role, style, name, layer) => {
    let target = e, box = clip(rectOf(e));
    const unseen = style.opacity === '0' || style.visibility !== 'visible' || !box || (box.right - box.left) * (box.bottom - box.top) < 16;
    const label = isField(e) && e.labels ? e.labels[0] : null;
    if (unseen && !label && box && style.opacity === '0' && (role === 'checkbox' || role === 'radio')) { // drawn by what wraps it
      const wrap = clip(rectOf(up(e) || e));
      if (!wrap || wrap.right - wrap.left > box.right - box.left + 16 || wrap.bottom - wrap.top > box.bottom - box.top + 16) return false;
    } else if (unseen) { // drawn by its label, as styled check boxes and file buttons are
      if (!label || !['checkbox', 'radio', 'file'].includes(role)) return false;
      [target, box] = [label, clip(rectOf(label))];
    }
    if (!box) return false;
    if (style.display.startsWith('inline') && role === 'link') box = largest(rectsOf(e)) || box;
    const passes = style.pointerEvents === 'none';
    const reached = reach(box, (hit) => hit && (inside(hit, target) || (label && inside(hit, label)) || (passes && inside(target, hit))));
    if (!reached) return false;
    const node = { r: role, n: name || nameOf(e, role, 200), b: round(reached), s: statesOf(e, focus) };
    const value = valueOf(e, role, 500);
    if (value && value !== node.n) node.v = value;
    if (isSecret(e)) node.p = 1;
    if (localName(e) === 'select') {
      node.o = [];
      for (let i = 0; i < e.options.length && i < 30; i++) node.o.push(flat(e.options[i].label || e.options[i].text, 100));
    }
    put(node, layer);
    return true;
  };

  const visit = (n, owner, is) => {
    const kind = nodeType(n);
    if (kind === 3) {
      if (!is.quiet) addText(n, owner, is);
      return;
    }
    if (kind !== 1) return;
    if (visits-- <= 0) {
      cut++;
      return;
    }
    const tag = localName(n);
    if (hiddenTags.has(tag)) return;
    if (!alive.has(n) && isOutside(rectOf(n))) return;
    const style = getComputedStyle(n);
    if (style.display === 'none') return;
    if (hangs(n, tag, style)) is = { ...is, layer: layers.push({ held: 0, under: is.layer, is: 0 }) - 1 };
    if (isRegion(n)) {
      flush();
      const r = clip(rectOf(n));
      if (r) secrets.push(round(r));
      return;
    }
    if (isField(n) && isSecret(n)) {
      const r = clip(rectOf(n));
      if (r) secrets.push(round(r));
    }
    if (tag === 'br') {
      if (run) run.text += ' ';
      return;
    }
    let role = control(n) || (style.cursor === 'pointer' && !is.pointer && tag !== 'label' && tag !== 'img' && tag !== 'html' && tag !== 'body' ? 'button' : '');
    let name = '';
    if (role === 'button' && tag !== 'button' && !isField(n) && holdsControls(n)) { // a card, or a page that listens at its root
      const r = clip(rectOf(n));
      if (!r || (r.right - r.left) * (r.bottom - r.top) > innerWidth * innerHeight / 4) role = '';
      else name = text(n, 200, (c) => control(c) !== '');
    }
    if (style.opacity === '0' && role !== 'checkbox' && role !== 'radio' && role !== 'file') return;
    if (tag === 'iframe' || tag === 'frame') {
      flush();
      const r = clip(rectOf(n));
      if (r) {
        layers[is.layer].held += 2; // of what is in it
        frames.push({ ...frameBox(n), b: round(r), l: is.layer });
      }
      return;
    }
    if (tag === 'img' || tag === 'video' || tag === 'svg') {
      if (!is.quiet) addPicture(n, tag, is.layer);
      if (tag !== 'svg') return;
    }
    const block = !style.display.startsWith('inline') && style.display !== 'contents';
    if (block || role) flush();
    let inner = is;
    if (role) {
      const listed = addControl(n, role, style, name, is.layer);
      if (isField(n)) return;
      if (listed) inner = { ...is, quiet: true };
    } else inner = within(n, tag, is, tables);
    if (style.cursor === 'pointer' && !inner.pointer) inner = { ...inner, pointer: true };
    if (tag === 'svg') return;
    kids(n, (c) => visit(c, n, inner));
    if (block || role) flush();
  };
  const addPicture = (e, tag, layer) => {
    flush();
    const r = clip(rectOf(e));
    if (!r) return;
    const w = r.right - r.left, h = r.bottom - r.top;
    const name = tag === 'svg' ? flat(attr(e, 'aria-label') || '', 200) : tag === 'video' ? nameOf(e, '', 200) || 'video' : nameOf(e, 'image', 200);
    if (w < 12 || h < 12 || (!name && (w < 64 || h < 64)) || attr(e, 'aria-hidden') === 'true') return;
    const box = reach(r, (hit) => hit && (inside(hit, e) || inside(e, hit)));
    if (box) put({ r: 'image', n: name, b: round(box) }, layer);
  };

  const body = bodyOf(doc);
  if (body) visit(body, body, { role: 'text', name: '', quiet: false, layer: 0, pointer: getComputedStyle(body).cursor === 'pointer' });
  flush();
  fold();
  const root = rootElement(doc), scroll = scrollingElement(doc) || root;
  return JSON.stringify({ url: urlOf(doc), title: flat(titleOf(doc), 300), origin: self.origin, nodes, frames, secrets, cut,
    above: Math.round(scrollY), below: Math.max(0, Math.round((scroll ? scroll.scrollHeight : 0) - innerHeight - scrollY)) });
};

// hangs says that an element is put over the page: by what it is, or because it is placed above others and most of it lies outside the
// box of what holds it, as a menu below its button does. What stays within is a part of it: the buttons of a row, a bar at the head.
const overlays = new Set(['dialog', 'alertdialog', 'menu', 'listbox', 'tooltip']);
const hangs = (e, tag, style) => {
  if (style.position === 'static') return false;
  const role = (attr(e, 'role') || '').trim().toLowerCase();
  if (style.position === 'relative' && /^(alert)?dialog$/.test(role)) return true; // in a wrapper over the whole window
  if (style.position !== 'absolute' && style.position !== 'fixed') return false;
  if (tag === 'dialog' || attr(e, 'popover') !== null || overlays.has(role)) return true;
  if (!(Number(style.zIndex) > 0)) return false;
  let holder = up(e);
  const area = (r) => Math.max(0, r.right - r.left) * Math.max(0, r.bottom - r.top);
  while (holder && !area(rectOf(holder))) holder = up(holder);
  const r = rectOf(e), h = holder ? rectOf(holder) : r;
  const within = { left: Math.max(r.left, h.left), top: Math.max(r.top, h.top), right: Math.min(r.right, h.right), bottom: Math.min(r.bottom, h.bottom) };
  return 2 * area(within) < area(r);
};

// holdsControls says that a clickable box has controls of its own, so that what it says is not just its name.
const holdsControls = (e) => {
  let found = false, budget = 200;
  const walk = (n) => {
    if (found || budget-- <= 0 || nodeType(n) !== 1) return;
    if (control(n)) found = true;
    else kids(n, walk);
  };
  kids(e, walk);
  return found;
};

// within returns what text inside an element is: heading, cell, alert, part of a label already said, or plain.
const within = (e, tag, is, tables) => {
  if (/^h[1-6]$/.test(tag)) return { ...is, role: 'heading' };
  if (tag === 'label' && e instanceof HTMLLabelElement) {
    const c = labelControl(e);
    return c && isConnected(c) && getComputedStyle(c).display !== 'none' ? { ...is, quiet: true } : is;
  }
  if ((tag === 'td' || tag === 'th') && e instanceof HTMLTableCellElement) {
    const row = parentNode(e), table = e.closest('table');
    if (!table || !row) return is;
    const head = headers(table, tables);
    const name = head.row === row ? '' : head.names[column(e)] || '';
    return name ? { ...is, role: 'cell', name } : { ...is, role: 'text', name: '' };
  }
  const role = attr(e, 'role');
  if (role === 'heading') return { ...is, role: 'heading' };
  if (role === 'alert' || attr(e, 'aria-live') === 'assertive') return { ...is, role: 'alert' };
  return is;
};

// secretBoxes says where the secret fields stand. 'watch' begins to watch the document, 'end' ends that and says whether it stirred.
const secretBoxes = (also, ms) => {
  const out = [], frames = [], roots = [doc];
  const walk = (root) => {
    for (const e of root.querySelectorAll('*')) {
      const tag = localName(e);
      if (shadowRoot(e)) {
        roots.push(shadowRoot(e));
        walk(shadowRoot(e));
      }
      if (isRegion(e)) {
        const r = clip(rectOf(e));
        if (r) out.push(round(r));
      } else if ((tag === 'input' || tag === 'textarea' || tag === 'select' || concealed.has(e)) && isSecret(e)) {
        const r = clip(rectOf(e));
        if (r) out.push(round(r));
      } else if (tag === 'iframe' || tag === 'frame') {
        const r = clip(rectOf(e));
        if (r) frames.push({ ...frameBox(e), b: round(r) });
      }
    }
  };
  if (rootElement(doc)) walk(rootElement(doc));
  if (also === 'watch') watch(roots);
  return JSON.stringify({ secrets: out, frames, ...(also === 'end' ? stirred(ms) : {}) });
};

// shows says for each point whether the given frame is what stands there.
const shows = (i, points) => JSON.stringify(points.map(([x, y]) => at(x, y) === frameElements[i]));
