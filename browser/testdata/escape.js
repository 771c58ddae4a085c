// Tries every way that a page has to reach another server. Each case asks for <base>/<name>; the base is one spelling of
// the same place. Resolves when every way has ended or had its time. Windows open one for each gesture of a person, so the ways
// with one are run alone: only names one of them, and "" stands for all others.
async (port, outside, only) => {
  const patience = only ? 1000 : 2500;
  const bases = {
    plain: `http://127.0.0.1:${port}`, localhost: `http://localhost:${port}`, sub: `http://x.localhost:${port}`,
    short: `http://127.1:${port}`, decimal: `http://2130706433:${port}`, hex: `http://0x7f000001:${port}`,
    octal: `http://0177.0.0.1:${port}`, zero: `http://0.0.0.0:${port}`, six: `http://[::1]:${port}`,
    mapped: `http://[::ffff:127.0.0.1]:${port}`, other: `http://127.8.9.10:${port}`, routed: `http://${outside}:${port}`,
    fullwidth: `http://１２７.0.0.1:${port}`, long: `http://127.0.0.1.:${port}`, circled: `http://⑫⑦.0.0.1:${port}`,
    ideographic: `http://127。0。0。1:${port}`, hexes: `http://0x7f.0x0.0x0.0x1:${port}`, octals: `http://0177.00.00.01:${port}`,
    two: `http://127.0.1:${port}`, upper: `http://LOCALHOST:${port}`, idn: `http://ｌocalhost:${port}`,
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
    newImage: () => new Promise(r => { const i = new Image(); i.onload = i.onerror = r; i.src = base + "/newImage"; }),
    srcset: () => element("img", e => { e.srcset = base + "/srcset 1x"; }),
    picture: () => inFrame(`<picture><source srcset="${base}/picture"><img></picture>`),
    imageButton: () => inFrame(`<input type=image src="${base}/imageButton">`),
    background: () => inFrame(`<body style="background:url(${base}/background)">x`),
    attribute: () => inFrame(`<body background="${base}/attribute">x`),
    cursor: () => inFrame(`<style>li{list-style-image:url(${base}/cursor)}</style><ul><li>x</ul>`),
    border: () => inFrame(`<div style="border:9px solid;border-image:url(${base}/border) 1">x</div>`),
    face: () => inFrame(`<style>@font-face{font-family:q;src:url(${base}/face)}</style><p style="font-family:q">x`),
    written: () => inFrame(`<script>document.write('<script src="${base}/written"><\\/script>')<\/script>`),
    sandboxed: () => element("iframe", e => { e.sandbox = "allow-scripts"; e.srcdoc = `<img src="${base}/sandboxed">`; }).then(late),
    ofBlob: () => element("iframe", e => { e.src = URL.createObjectURL(new Blob([`<img src="${base}/ofBlob">`], { type: "text/html" })); }).then(late),
    ofData: () => element("iframe", e => { e.src = "data:text/html," + encodeURIComponent(`<img src="${base}/ofData">`); }).then(late),
    replaced: () => inFrame(`<script>location.replace("${base}/replaced")<\/script>`),
    getForm: () => inFrame(`<form action="${base}/getForm"></form><script>document.forms[0].submit()<\/script>`),
    blankForm: async () => {
      document.body.insertAdjacentHTML("beforeend", `<form id=bf target=_blank method=post action="${base}/blankForm"></form>`);
      document.getElementById("bf").submit();
      await late();
    },
    opened: async () => { window.open(base + "/opened", "", "noopener"); await late(); },
    written2: async () => { const w = window.open(); w.document.write(`<img src="${base}/written2">`); await late(); w.close(); },
    chain: () => fetch(`/redirect?to=${encodeURIComponent("/redirect?to=" + encodeURIComponent("/redirect?to=" + base + "/chain"))}`, { mode: "no-cors" }),
    redirectImage: () => element("img", e => { e.src = `/redirect?to=${base}/redirectImage`; }),
    redirectScript: () => element("script", e => { e.src = `/redirect?to=${base}/redirectScript`; }),
    redirectPopup: async () => { window.open(`/redirect?to=${base}/redirectPopup`); await late(); },
    redirectPost: () => fetch(`/redirect?to=${base}/redirectPost`, { method: "POST", mode: "no-cors", body: "x" }),
    workerXHR: () => new Promise(r => {
      const code = `const x = new XMLHttpRequest(); x.onloadend = () => postMessage(1); x.open("GET", "${base}/workerXHR"); x.send()`;
      new Worker(URL.createObjectURL(new Blob([code]))).onmessage = r;
    }),
    workerSocket: () => new Promise(r => {
      const code = `new WebSocket("${base.replace("http", "ws")}/workerSocket").onclose = () => postMessage(1)`;
      new Worker(URL.createObjectURL(new Blob([code]))).onmessage = r;
    }),
    workerEvents: () => new Promise(r => {
      const code = `const e = new EventSource("${base}/workerEvents"); e.onerror = () => { e.close(); postMessage(1) }`;
      new Worker(URL.createObjectURL(new Blob([code]))).onmessage = r;
    }),
    workerInWorker: () => new Promise(r => {
      const inner = `fetch("${base}/workerInWorker", {mode: "no-cors"}).finally(() => postMessage(1))`;
      const code = `new Worker(URL.createObjectURL(new Blob([${JSON.stringify(inner)}]))).onmessage = () => postMessage(1)`;
      new Worker(URL.createObjectURL(new Blob([code]))).onmessage = r;
    }),
    moduleWorker: () => new Promise(r => {
      const w = new Worker(URL.createObjectURL(new Blob([`import "${base}/moduleWorker"`], { type: "text/javascript" })), { type: "module" });
      w.onerror = r;
    }),
    wasm: () => WebAssembly.compileStreaming(fetch(base + "/wasm", { mode: "no-cors" })),
    paint: () => CSS.paintWorklet ? CSS.paintWorklet.addModule(base + "/paint") : fetch(base + "/paint", { mode: "no-cors" }),
    audioWorklet: () => new OfflineAudioContext(1, 1, 8000).audioWorklet.addModule(base + "/audioWorklet"),
    cache: async () => (await caches.open("x")).add(new Request(base + "/cache", { mode: "no-cors" })),
    report: () => element("iframe", e => { e.src = `/csp?to=${base}/report`; }).then(late),
    header: () => element("iframe", e => { e.src = `/link?to=${base}/header`; }).then(late),
    refreshHeader: () => element("iframe", e => { e.src = `/refresh?to=${base}/refreshHeader`; }).then(late),
    unload: async () => {
      const w = window.open("/");
      await new Promise(r => { w.onload = r; setTimeout(r, patience / 2); });
      w.addEventListener("pagehide", () => w.navigator.sendBeacon(base + "/unload", "x"));
      w.close();
      await late();
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
  const alone = ["popup", "blankForm", "opened", "written2", "redirectPopup", "unload"];
  if (only === "?") return alone.join(" ");
  for (const name of Object.keys(ways)) if (only ? name !== only : alone.includes(name)) delete ways[name];
  await Promise.all(Object.values(ways).map(w => soon((async () => w())())));
  return Object.keys(ways).join(" ");
}
