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

// settle resolves after two frames once nothing moves that can end within ms.
const settle = async (ms) => {
  const end = performance.now() + ms;
  for (let calm = 0; calm < 2 && performance.now() < end;) {
    const x = scrollX, y = scrollY;
    await frame();
    calm = finite(end - performance.now()) > 0 || x !== scrollX || y !== scrollY ? 0 : calm + 1;
  }
  const frames = [];
  for (const e of rootElement(doc).querySelectorAll('iframe, frame')) if (frames.length < 20 && clip(rectOf(e))) frames.push(frameBox(e));
  return JSON.stringify({ ready: readyState(doc) === 'complete', frames });
};
