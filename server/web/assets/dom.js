// Building blocks. Text from anywhere becomes text nodes; nothing here or elsewhere parses markup.

export const base = document.documentElement.dataset.base;

/** h makes an element. Attributes starting with "on" are listeners; null and false children are left out. */
export function h(tag, attributes, ...children) {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) e.addEventListener(name.slice(2), value);
    else if (name === "class") e.className = value;
    else e.setAttribute(name, value === true ? "" : String(value));
  }
  e.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== false));
  return e;
}

/** svg makes an SVG element. */
export function svg(tag, attributes, ...children) {
  const e = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes ?? {})) e.setAttribute(name, String(value));
  e.append(...children);
  return e;
}

export const icons = {
  check: "M5 12.5l4.5 4.5L19 7.5", cross: "M6 6l12 12M18 6L6 18", ask: "M9 9a3 3 0 1 1 4.5 2.6c-1 .6-1.5 1.1-1.5 2.4M12 17.5v.5",
  dash: "M6 12h12", bang: "M12 6v7M12 17v.5", arrow: "M5 12h14M13 6l6 6-6 6", bin: "M6 7h12M10 7V5h4v2M8 7l1 12h6l1-12",
};

export function icon(name) {
  return svg("svg", { viewBox: "0 0 24 24", class: "i", "aria-hidden": "true" }, svg("path", { d: icons[name] }));
}

/** Problem is a refusal by the server. */
export class Problem extends Error {
  constructor(status, body) {
    super(body.detail || body.title || `The server answered ${status}.`);
    this.status = status;
    this.title = body.title ?? "";
    this.errors = body.errors ?? [];
  }
}

/** api calls the server and returns the JSON of its reply. */
export async function api(method, path, body, headers = {}) {
  const init = { method, headers: { Accept: "application/json", ...headers } };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers["Content-Type"] = "application/json";
  }
  const res = await fetch(base + path, init);
  if (res.status === 401) {
    location.assign(`${base}/signin?next=${encodeURIComponent(location.pathname.slice(base.length) + location.search)}`);
  }
  const text = await res.text();
  let data = {};
  try {
    data = text ? JSON.parse(text) : {};
  } catch {
    throw new Problem(res.status, { detail: "The reply does not come from a Chiron server." });
  }
  if (!res.ok) throw new Problem(res.status, data);
  return data;
}

/** toast tells something that needs no answer. */
export function toast(text, kind = "") {
  const t = h("div", { class: `toast ${kind}` }, text);
  document.getElementById("toasts").append(t);
  setTimeout(() => t.remove(), kind === "bad" ? 8000 : 4000);
}

/** attempt runs an action of a person and tells why it failed. */
export async function attempt(button, action, done) {
  if (button) button.disabled = true;
  try {
    await action();
    if (done) toast(done);
  } catch (e) {
    toast(e.message, "bad");
  } finally {
    if (button) button.disabled = false;
  }
}

/** confirmWith asks before something grave; it resolves to the text given, or null. */
export function confirmWith(title, text, verb, placeholder) {
  return new Promise((resolve) => {
    const field = placeholder ? h("input", { placeholder, "aria-label": placeholder, maxlength: 1000 }) : null;
    const d = h("dialog", { class: "confirm" },
      h("form", { method: "dialog" }, h("h2", {}, title), h("p", {}, text), field,
        h("div", { class: "actions" }, h("button", { value: "no", class: "quiet" }, "Back"), h("button", { value: "yes", class: "primary danger" }, verb))));
    d.addEventListener("close", () => {
      resolve(d.returnValue === "yes" ? (field?.value ?? "") : null);
      d.remove();
    });
    document.body.append(d);
    d.showModal();
    (field ?? d.querySelector("button[value=yes]")).focus();
  });
}

/** ago says how long ago a time was, in words as short as they get. */
export function ago(time) {
  const s = Math.max(0, (Date.now() - new Date(time)) / 1000);
  if (s < 5) return "now";
  if (s < 60) return `${Math.floor(s)} s ago`;
  if (s < 3600) return `${Math.floor(s / 60)} min ago`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ago`;
  return new Date(time).toLocaleDateString(undefined, { day: "numeric", month: "short", year: "numeric" });
}

/** span writes a duration in nanoseconds. */
export function span(ns) {
  const s = ns / 1e9;
  if (s < 0.001) return "0 ms";
  if (s < 1) return `${Math.round(s * 1000)} ms`;
  if (s < 60) return `${s.toFixed(s < 10 ? 1 : 0)} s`;
  const rest = Math.round(s % 60);
  return `${Math.floor(s / 60)} min${rest ? ` ${rest} s` : ""}`;
}

export const statusWords = {
  queued: "Queued", running: "Running", waiting: "Waiting for you", paused: "Paused", done: "Done", needs_review: "Needs review",
  denied: "Denied", stuck: "Stuck", out_of_budget: "Out of budget", cancelled: "Cancelled", failed: "Failed",
};
export const ended = (status) => ["done", "needs_review", "denied", "stuck", "out_of_budget", "cancelled", "failed"].includes(status);

export function badge(status) {
  return h("span", { class: `status s-${status}` }, h("i", { "aria-hidden": "true" }), statusWords[status] ?? status);
}

/** a text of the task with its inputs in place of their references; secrets keep their names. */
export function spell(text, inputs = {}) {
  return text.replace(/\{\{([a-z0-9_]{1,32})\}\}/g, (reference, name) => Object.hasOwn(inputs ?? {}, name) ? inputs[name] : reference);
}

/** title of a task: its goal, or its first step. */
export function titleOf(task) {
  if (task.goal) return spell(task.goal, task.inputs);
  const steps = task.steps ?? [];
  if (steps.length) return steps.length > 1 ? `${steps[0]}, and ${steps.length - 1} more` : steps[0];
  return task.id ?? "";
}
