// The screen: live frames, or the picture of one step with what was aimed at drawn over it.
import { base, svg } from "./dom.js";

export class Stage {
  constructor(task) {
    this.task = task;
    this.canvas = document.getElementById("canvas");
    this.context = this.canvas.getContext("2d");
    this.overlay = document.getElementById("overlay");
    this.blank = document.getElementById("blank");
    this.badge = document.getElementById("live");
    this.turn = 0; // newest request to draw; older ones that come late are dropped
    this.following = true;
    this.socket = null;
    this.retry = 500;
  }

  draw(image, w, h) {
    if (this.canvas.width !== w || this.canvas.height !== h) {
      this.canvas.width = w;
      this.canvas.height = h;
      this.overlay.setAttribute("viewBox", `0 0 ${w} ${h}`);
    }
    this.context.drawImage(image, 0, 0, w, h);
    this.blank.hidden = true;
  }

  /** picture shows a stored picture and resolves when it is drawn, or when a newer one is wanted. */
  async picture(hash) {
    const turn = ++this.turn;
    if (hash === this.shown) return;
    const image = await load(hash);
    if (turn !== this.turn || !image) return;
    this.shown = hash;
    this.draw(image, image.naturalWidth, image.naturalHeight);
  }

  /** connect shows live frames while following, for as long as the task runs. */
  connect() {
    if (this.socket || this.over) return;
    const url = new URL(`${base}/v1/tasks/${encodeURIComponent(this.task)}/live`, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    const socket = new WebSocket(url);
    socket.binaryType = "blob";
    this.socket = socket;
    let head = null;
    socket.onmessage = async ({ data }) => {
      this.retry = 500;
      if (typeof data === "string") {
        head = JSON.parse(data);
        return;
      }
      const mine = head;
      try {
        const image = await createImageBitmap(data);
        if (this.following && !this.over) {
          this.turn++;
          this.shown = null;
          this.draw(image, image.width, image.height);
          this.badge.hidden = false;
          this.badge.title = `${Math.max(0, Date.now() - new Date(mine.at))} ms behind${mine.dropped ? `, ${mine.dropped} frames left out` : ""}`;
        }
        image.close();
      } finally {
        if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ ack: mine.n }));
      }
    };
    socket.onclose = () => {
      this.socket = null;
      this.badge.hidden = true;
      if (this.over) return;
      setTimeout(() => this.connect(), this.retry);
      this.retry = Math.min(this.retry * 2, 10000);
    };
  }

  follow(on) {
    this.following = on;
    if (!on) this.badge.hidden = true;
  }

  end() {
    this.over = true;
    this.socket?.close();
    this.badge.hidden = true;
  }

  /** mark draws what a step aimed at, and its candidates when asked. */
  mark(step, decision, marks) {
    const parts = [];
    const box = (b, cls) => svg("rect", { x: b.x, y: b.y, width: b.w, height: b.h, rx: 4, class: cls });
    if (marks) {
      for (const item of step?.screen?.items ?? []) {
        const label = String(item.mark);
        const w = 8 + 8.5 * label.length;
        const y = Math.max(0, item.box.y - 9);
        parts.push(box(item.box, "candidate"), svg("rect", { x: item.box.x - 2, y, width: w, height: 18, rx: 4, class: "tag" }),
          svg("text", { x: item.box.x - 2 + w / 2, y: y + 13.5, class: "tag-text" }, label));
      }
    }
    const found = step?.proposal?.located;
    const point = step?.proposal?.action?.point ?? found?.point ?? step?.verdict?.facts?.point;
    const target = step?.verdict?.facts?.element?.box ?? found?.box;
    if (point && target?.w) parts.push(box({ x: target.x - 4, y: target.y - 4, w: target.w + 8, h: target.h + 8 }, `target t-${decision}`));
    if (point) {
      parts.push(svg("circle", { cx: point.x, cy: point.y, r: 16, class: `ring t-${decision}` }), svg("circle", { cx: point.x, cy: point.y, r: 4, class: `dot t-${decision}` }));
    }
    this.overlay.replaceChildren(...parts);
  }

  /** evidence draws the place that shows something. */
  evidence(b) {
    this.overlay.replaceChildren(...(b?.w ? [svg("rect", { x: b.x - 5, y: b.y - 5, width: b.w + 10, height: b.h + 10, rx: 5, class: "evidence" })] : []));
  }
}

const kept = new Map();

/** load returns a picture as an image element, or null; the last few are kept. */
export function load(hash) {
  if (!kept.has(hash)) {
    kept.set(hash, new Promise((resolve) => {
      const image = new Image();
      image.onload = () => resolve(image);
      image.onerror = () => {
        kept.delete(hash);
        resolve(null);
      };
      image.src = `${base}/v1/pictures/${encodeURIComponent(hash)}`;
    }));
    if (kept.size > 40) kept.delete(kept.keys().next().value);
  }
  return kept.get(hash);
}

/** crop draws the place in a picture, with a little around it, onto a canvas. */
export async function crop(canvas, hash, b) {
  const image = await load(hash);
  if (!image) return;
  const around = 24;
  const x = Math.max(0, b.x - around);
  const y = Math.max(0, b.y - around / 2);
  const w = Math.min(image.naturalWidth - x, b.w + 2 * around);
  const h = Math.min(image.naturalHeight - y, b.h + around);
  canvas.width = w;
  canvas.height = h;
  const c = canvas.getContext("2d");
  c.drawImage(image, x, y, w, h, 0, 0, w, h);
  c.lineWidth = 2;
  c.strokeStyle = "#0f9d75";
  c.strokeRect(b.x - x - 3, b.y - y - 3, b.w + 6, b.h + 6);
}
