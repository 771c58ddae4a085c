// Tries every way that a page has to reach another server. Each case asks for <base>/<name>; the base is one spelling of
// the same place. Resolves when every way has ended or had its time.
async (port, outside) => {
  const patience = 2500;
  const bases = {
    plain: `http://127.0.0.1:${port}`, localhost: `http://localhost:${port}`, sub: `http://x.localhost:${port}`,
    short: `http://127.1:${port}`, decimal: `http://2130706433:${port}`, hex: `http://0x7f000001:${port}`,
    octal: `http://0177.0.0.1:${port}`, zero: `http://0.0.0.0:${port}`, six: `http://[::1]:${port}`,
    mapped: `http://[::ffff:127.0.0.1]:${port}`, other: `http://127.8.9.10:${port}`, routed: `http://${outside}:${port}`,
    fullwidth: `http://１２７.0.0.1:${port}`,
  };
  const base = bases.plain;
  const late = () => new Promise(r => setTimeout(r, patience));
  const soon = p => Promise.race([p.catch(() => {}), late()]);
  const element = (tag, set) => new Promise(r => {
    const e = document.createElement(tag);
    e.onload = e.onerror = () => r();
    set(e);
    document.body.append(e);
  });
  const inFrame = html => element("iframe", e => { e.srcdoc = html; }).then(late);
  const ways = {
    img: () => element("img", e => { e.src = base + "/img"; }),
    script: () => element("script", e => { e.src = base + "/script"; }),
    style: () => element("link", e => { e.rel = "stylesheet"; e.href = base + "/style"; }),
    css: () => element("style", e => { e.textContent = `@import "${base}/css"`; }),
    prefetch: () => element("link", e => { e.rel = "prefetch"; e.href = base + "/prefetch"; }),
    preload: () => element("link", e => { e.rel = "preload"; e.as = "image"; e.href = base + "/preload"; }),
    module: () => element("link", e => { e.rel = "modulepreload"; e.href = base + "/module"; }),
    iframe: () => element("iframe", e => { e.src = base + "/iframe"; }),
    object: () => element("object", e => { e.data = base + "/object"; }),
    embed: () => element("embed", e => { e.src = base + "/embed"; }),
    video: () => element("video", e => { e.src = base + "/video"; e.preload = "auto"; }),
    audio: () => element("audio", e => { e.src = base + "/audio"; e.preload = "auto"; }),
    track: () => element("video", e => { e.poster = base + "/track"; }),
    svg: () => inFrame(`<svg><image href="${base}/svg"/></svg>`),
    font: () => new FontFace("x", `url(${base}/font)`).load(),
    xhr: () => new Promise(r => { const x = new XMLHttpRequest(); x.onloadend = r; x.open("POST", base + "/xhr"); x.send("x"); }),
    beacon: async () => { navigator.sendBeacon(base + "/beacon", "x"); await late(); },
    keepalive: () => fetch(base + "/keepalive", { method: "POST", mode: "no-cors", keepalive: true, body: "x" }),
    ping: async () => { const a = document.createElement("a"); a.href = "#"; a.ping = base + "/ping"; a.click(); await late(); },
    socket: () => new Promise(r => { new WebSocket(base.replace("http", "ws") + "/socket").onclose = r; }),
    events: () => new Promise(r => { const e = new EventSource(base + "/events"); e.onerror = () => { e.close(); r(); }; }),
    worker: () => new Promise(r => {
      const code = `fetch("${base}/worker", {mode: "no-cors"}).finally(() => postMessage(1))`;
      new Worker(URL.createObjectURL(new Blob([code]))).onmessage = r;
    }),
    imports: () => new Promise(r => {
      new Worker(URL.createObjectURL(new Blob([`importScripts("${base}/imports")`]))).onerror = r;
    }),
    shared: () => new Promise(r => {
      const code = `onconnect = e => fetch("${base}/shared", {mode: "no-cors"}).finally(() => e.ports[0].postMessage(1))`;
      new SharedWorker("data:text/javascript," + encodeURIComponent(code)).port.onmessage = r;
    }),
    dynamic: () => import(base + "/dynamic"),
    redirect: () => fetch(`/redirect?to=${base}/redirect`, { mode: "no-cors" }),
    redirectFrame: () => element("iframe", e => { e.src = `/redirect?to=${base}/redirectFrame`; }),
    refresh: () => inFrame(`<meta http-equiv=refresh content="0;url=${base}/refresh">`),
    form: () => inFrame(`<form method=post action="${base}/form"></form><script>document.forms[0].submit()<\/script>`),
    place: () => inFrame(`<script>location = "${base}/place"<\/script>`),
    popup: async () => { window.open(base + "/popup"); await late(); },
    tls: () => fetch(base.replace("http", "https") + "/tls", { mode: "no-cors" }),
    service: async () => {
      const reg = await navigator.serviceWorker.register(`/service.js?to=${encodeURIComponent(base + "/service")}`);
      await late();
      await reg.unregister();
    },
    webrtc: async () => {
      const c = new RTCPeerConnection({ iceServers: [{ urls: `stun:${outside}:${port}` }] });
      c.createDataChannel("x");
      await c.setLocalDescription(await c.createOffer());
      await late();
      c.close();
    },
  };
  for (const [name, b] of Object.entries(bases)) {
    ways["fetch-" + name] = () => fetch(`${b}/fetch-${name}`, { mode: "no-cors" });
  }
  await Promise.all(Object.values(ways).map(w => soon((async () => w())())));
  return Object.keys(ways).join(" ");
}
