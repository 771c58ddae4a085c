// What a watched page says of itself to its own server: which controls and texts it has, where they stand and what they
// hold. Served to graders' runs only. Beacons, so that nothing waits for them.
const me = new URL(import.meta.url);
const to = me.pathname.replace("watch.js", "state") + me.search;
const flat = (s) => (s ?? "").replace(/\s+/g, " ").trim().slice(0, 160);
const wanted = "a[href],button,input:not([type=hidden]),select,textarea,canvas,[data-id],.lane,h1,h2,h3,p,td,th,dd,dt,b,small,span,output,legend,label,time";

const role = (e) => {
  const tag = e.localName, type = e.type;
  if (tag === "a") return "link";
  if (tag === "button" || type === "submit") return "button";
  if (tag === "input") return ["checkbox", "radio", "file"].includes(type) ? type : "input";
  if (tag === "textarea") return "input";
  if (tag === "select" || tag === "canvas") return tag;
  if (e.dataset?.id) return "card";
  return e.classList.contains("lane") ? "lane" : "text";
};
const key = (e) => e.dataset?.id || (e.classList.contains("lane") ? "lane-" + e.dataset.status : e.id) || e.name || undefined;
const words = (e) => {
  if (e.nodeType === 3) return e.data;
  if (e.nodeType !== 1 || e.ariaHidden === "true" || e.localName === "svg" || e.localName === "script" || e.localName === "style") return "";
  return [...e.childNodes].map(words).join("");
};
const name = (e, r) => {
  const label = e.getAttribute("aria-label") || (e.labels?.length ? words(e.labels[0]) : "");
  if (label) return flat(label);
  return flat(["input", "select", "file", "checkbox", "radio"].includes(r) ? e.placeholder || e.name : words(e));
};
const deepest = (x, y) => {
  let e = document.elementFromPoint(x, y);
  while (e?.shadowRoot) {
    const inner = e.shadowRoot.elementFromPoint(x, y);
    if (!inner || inner === e) break;
    e = inner;
  }
  return e;
};
const inside = (e, outer) => {
  for (let n = e; n; n = n.parentNode ?? n.host) if (n === outer) return true;
  return false;
};

function* elements(root) {
  for (const e of root.querySelectorAll("*")) {
    if (e.matches(wanted)) yield e;
    if (e.shadowRoot) yield* elements(e.shadowRoot);
  }
}

function look() {
  const items = [], frames = [];
  for (const e of elements(document)) {
    if (items.length >= 400) break;
    const box = e.getBoundingClientRect(), r = role(e);
    if (box.width < 1 || box.height < 1 || box.bottom < -2000 || box.top > innerHeight + 3000) continue;
    if (e.closest("[aria-hidden=true]") || !e.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    if (r === "text" && ![...e.childNodes].some((n) => n.nodeType === 3 && /\S/.test(n.data))) continue;
    const x = (Math.max(box.left, 0) + Math.min(box.right, innerWidth)) / 2, y = (Math.max(box.top, 0) + Math.min(box.bottom, innerHeight)) / 2;
    const whole = box.top >= 0 && box.bottom <= innerHeight || box.height > innerHeight / 2;
    const found = whole && x > 0 && y > 0 ? deepest(x, y) : null;
    const item = { role: r, name: name(e, r), box: { x: Math.round(box.left), y: Math.round(box.top), w: Math.round(box.width), h: Math.round(box.height) } };
    if (key(e)) item.key = key(e);
    if (found && (inside(found, e) || [...(e.labels ?? [])].some((l) => inside(found, l)))) item.hit = true;
    if (r === "select") item.value = flat(e.selectedOptions[0]?.textContent);
    else if (r === "file") item.value = e.files[0]?.name ?? "";
    else if (r === "input") item.value = e.type === "password" ? (e.value ? "***" : "") : flat(e.value);
    if (e.checked) item.checked = true;
    if (e.disabled) item.disabled = true;
    items.push(item);
  }
  for (const f of document.querySelectorAll("iframe")) {
    const box = f.getBoundingClientRect();
    frames.push({ origin: new URL(f.src, location.href).origin, x: Math.round(box.left + f.clientLeft), y: Math.round(box.top + f.clientTop) });
  }
  const page = document.scrollingElement;
  return { path: location.pathname + location.search + location.hash, title: document.title, items, frames, hidden: document.hidden,
    above: Math.round(scrollY), below: Math.max(0, Math.round(page.scrollHeight - innerHeight - scrollY)) };
}

let last = "", count = 0;
const send = (text) => navigator.sendBeacon(to, text) || fetch(to, { method: "POST", body: text });
const tell = (more) => {
  const text = JSON.stringify({ ...look(), ...more });
  if (text === last) return;
  last = text;
  send(JSON.stringify({ n: ++count }).slice(0, -1) + "," + text.slice(1));
};
tell();
setInterval(tell, 60);
for (const kind of ["input", "change", "scroll", "resize"]) addEventListener(kind, () => tell(), { capture: true, passive: true });
document.addEventListener("visibilitychange", () => tell({ shown: !document.hidden }));
addEventListener("pageshow", (event) => { if (event.persisted) tell({ shown: true }); });
addEventListener("focus", () => { last = ""; tell({ shown: true }); });
addEventListener("pagehide", () => send(JSON.stringify({ gone: true })));
