// The mouse in a person's hand: what they do on the screen becomes acts, one after the other, judged like the agent's.
import { api, h, toast } from "./dom.js";

const named = new Set(["Enter", "Tab", "Backspace", "Delete", "Escape", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End", "PageUp", "PageDown"]);
const editing = new Set(["Backspace", "Delete", "ArrowLeft", "ArrowRight", "Home", "End"]);
const pause = 350; // ms without a key after which typed letters are sent

export class Wheel {
  constructor(path, stage, changed) {
    Object.assign(this, { path: `${path}/control`, stage, changed, lease: null, queue: Promise.resolve(), waiting: 0, letters: "", spot: null });
    const c = stage.canvas;
    c.addEventListener("click", (e) => this.click(e, {}));
    c.addEventListener("contextmenu", (e) => this.click(e, { button: "right" }));
    c.addEventListener("wheel", (e) => this.wheel(e), { passive: false });
    c.addEventListener("keydown", (e) => this.key(e));
  }

  get held() {
    return this.lease !== null;
  }

  /** take waits until the agent has ended the step in hand: a model may think for minutes. */
  async take() {
    let state = await api("POST", this.path);
    const lease = state.lease;
    for (let n = 0; !state.held && n < 300; n++) {
      await new Promise((done) => setTimeout(done, 1000 * Math.min(1, 0.2 + n / 10)));
      state = await api("GET", `${this.path}?lease=${encodeURIComponent(lease)}`);
    }
    if (!state.held) await api("DELETE", `${this.path}?lease=${encodeURIComponent(lease)}`);
    if (!state.held) throw new Error("The agent has not let go of the mouse. Try again.");
    this.lease = lease;
    this.stage.canvas.tabIndex = 0;
    this.stage.canvas.focus();
    this.changed();
  }

  async giveBack() {
    this.flush();
    await this.queue;
    const lease = this.lease;
    this.lose();
    await api("DELETE", `${this.path}?lease=${encodeURIComponent(lease)}`);
  }

  lose() {
    this.lease = null;
    this.stage.canvas.removeAttribute("tabindex");
    this.changed();
  }

  /** act sends one act behind those before it. */
  act(action) {
    const lease = this.lease;
    this.waiting++;
    this.changed();
    this.queue = this.queue.then(async () => {
      try {
        const { verdict, outcome } = await api("POST", `${this.path}/acts`, { lease, action });
        if (!outcome) toast(verdict.reason || "The rules do not allow this.", "bad");
        else if (outcome.status !== "executed") toast(outcome.reason || "It was not carried out.", "bad");
      } catch (e) {
        toast(e.message, "bad");
        if (e.status === 409 && this.lease === lease) this.lose();
      } finally {
        this.waiting--;
        this.changed();
      }
    });
  }

  point(e) {
    const c = this.stage.canvas;
    const r = c.getBoundingClientRect();
    return { x: Math.round(((e.clientX - r.left) * c.width) / r.width), y: Math.round(((e.clientY - r.top) * c.height) / r.height) };
  }

  click(e, more) {
    if (!this.held) return;
    e.preventDefault();
    this.flush();
    this.spot = this.point(e);
    if (e.detail > 1) more = { ...more, count: Math.min(e.detail, 3) };
    this.act({ action: "click", point: this.spot, ...more });
  }

  wheel(e) {
    if (!this.held) return;
    e.preventDefault();
    this.flush();
    this.spot = null; // what was clicked has moved
    if (this.waiting > 0) return; // it scrolls on when the last bit was drawn
    const [way, by] = Math.abs(e.deltaX) > Math.abs(e.deltaY) ? [e.deltaX > 0 ? "right" : "left", e.deltaX] : [e.deltaY > 0 ? "down" : "up", e.deltaY];
    this.act({ action: "scroll", direction: way, pages: Math.min(1, Math.max(0.2, Math.abs(by) / 600)), point: this.point(e) });
  }

  key(e) {
    if (!this.held || e.isComposing) return;
    const chord = (e.ctrlKey || e.metaKey) && !e.getModifierState("AltGraph");
    if (e.key.length === 1 && !chord) {
      e.preventDefault();
      this.letters += e.key;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.flush(), pause);
    } else if (named.has(e.key) || (e.key.length === 1 && chord)) {
      e.preventDefault();
      this.flush();
      const parts = [e.ctrlKey && "Control", e.altKey && "Alt", e.metaKey && "Meta", e.shiftKey && "Shift", e.key.length === 1 ? e.key.toUpperCase() : e.key];
      if (!editing.has(e.key)) this.spot = null; // the keys may be elsewhere now: what is typed next needs a click
      this.act({ action: "press", key: parts.filter(Boolean).join("+") });
    }
  }

  /** flush sends the letters typed so far, as text, which is not recorded with the act. */
  flush() {
    clearTimeout(this.timer);
    const text = this.letters;
    this.letters = "";
    if (text && this.spot) this.act({ action: "type", point: this.spot, text, append: true });
    else if (text) toast("Click on the field first: it is not known where these letters belong.", "bad");
  }

  /** bar tells who holds the mouse. */
  bar(giveBack) {
    return h("div", { class: "wheel", role: "status" }, h("span", {}, this.waiting > 0 ? "You hold the mouse. Working…" : "You hold the mouse. Click and type on the screen; the rules hold for you too."),
      h("button", { type: "button", class: "primary", onclick: giveBack }, "Give back"));
  }
}
