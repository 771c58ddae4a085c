const frame = () => new Promise((done) => {
  let over = false;
  const end = () => { if (!over) { over = true; done(); } };
  requestAnimationFrame(end);
  setTimeout(end, 100); // a hidden page has no animation frames
});

// finite returns how many milliseconds the running animations need that end within left.
const finite = (left) => {
  let rest = 0;
  for (const a of animations(doc).slice(0, 500)) {
    if (a.playState !== 'running' || !a.effect) continue;
    const t = a.effect.getComputedTiming();
    if (typeof t.endTime !== 'number' || !isFinite(t.endTime) || typeof t.localTime !== 'number' || !a.playbackRate) continue;
    const need = (a.playbackRate > 0 ? t.endTime - t.localTime : t.localTime) / Math.abs(a.playbackRate);
    if (need > 0 && need <= left) rest = Math.max(rest, need);
  }
  return rest;
};

// A smooth scroll takes frames in which nothing has moved yet; it is over when the page is told so. One that nobody ends is waited for no longer than 200 ms
// after it last moved.
let scrolled = -Infinity;
on(window, 'scroll', () => { scrolled = performance.now(); }, { capture: true, passive: true });
on(window, 'scrollend', () => { scrolled = -Infinity; }, { capture: true, passive: true });
const scrolling = () => performance.now() - scrolled < 200;

// settle resolves after a frame in which nothing moves that can end within ms.
const settle = async (ms) => {
  const end = performance.now() + ms;
  for (let calm = false; !calm && performance.now() < end;) {
    const x = scrollX, y = scrollY;
    await frame();
    calm = !scrolling() && finite(end - performance.now()) === 0 && x === scrollX && y === scrollY;
  }
  const frames = [];
  for (const e of rootElement(doc).querySelectorAll('iframe, frame')) if (frames.length < 20 && clip(rectOf(e))) frames.push(frameBox(e));
  return JSON.stringify({ ready: readyState(doc) === 'complete', frames });
};

// The document is watched while a picture is taken: what stirs meanwhile may be missing in it.
let watched = null;
const watch = (roots) => {
  watched?.observer.disconnect();
  const mine = watched = { x: scrollX, y: scrollY, stirred: false };
  mine.observer = new MutationObserver(() => { mine.stirred = true; mine.observer.disconnect(); });
  for (const r of roots) mine.observer.observe(r, { subtree: true, childList: true, attributes: true, characterData: true });
};
// stirred ends the watch and says whether anything changed, or is moving and can end within ms.
const stirred = (ms) => {
  const was = watched;
  watched = null;
  if (!was) return { changed: true }; // the document is another one
  const changed = was.stirred || was.observer.takeRecords().length > 0;
  was.observer.disconnect();
  return { changed, moving: scrolling() || finite(ms) > 0 || was.x !== scrollX || was.y !== scrollY };
};
