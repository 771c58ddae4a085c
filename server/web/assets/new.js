// The form of a new task. It is a plain client of POST /v1/tasks.
import { api, h, icon } from "./dom.js";
import { link } from "./shell.js";

const form = document.getElementById("new");
const idempotency = crypto.randomUUID?.() ?? String(Math.random()).slice(2);
const signs = { text: "Text on the screen", url: "Address", field: "Field", file: "Downloaded file", result: "Result field" };
const hints = { text: "Welcome back", url: "*/orders/*", file: "*.csv", result: "total" };

function drop(row) {
  return h("button", { type: "button", class: "quiet icon", "aria-label": "Remove", onclick: () => row().remove() }, icon("cross"));
}

function inputRow() {
  const row = h("div", { class: "line" }, h("input", { class: "mono", placeholder: "name", "aria-label": "Name", "data-part": "name", pattern: "[a-z0-9_]{1,32}" }),
    h("input", { placeholder: "value", "aria-label": "Value", "data-part": "value" }), drop(() => row));
  return row;
}

function signRow() {
  const kind = h("select", { "aria-label": "Kind", "data-part": "kind" }, ...Object.entries(signs).map(([value, text]) => h("option", { value }, text)));
  const name = h("input", { placeholder: "label of the field", "aria-label": "Field", "data-part": "field", hidden: true });
  const value = h("input", { placeholder: hints.text, "aria-label": "Value", "data-part": "value" });
  kind.addEventListener("change", () => {
    name.hidden = kind.value !== "field";
    value.placeholder = hints[kind.value] ?? "value";
  });
  const row = h("div", { class: "line" }, kind, name, value, drop(() => row));
  return row;
}

const makers = { inputs: inputRow, done_when: signRow };
for (const b of form.querySelectorAll("[data-add]")) {
  b.addEventListener("click", () => {
    const row = makers[b.dataset.add]();
    document.getElementById(b.dataset.add).append(row);
    row.querySelector("input, select").focus();
  });
}

function mode() {
  const now = form.elements.mode.value;
  for (const part of form.querySelectorAll("[data-mode]")) part.hidden = part.dataset.mode !== now;
}
for (const r of form.querySelectorAll("[name=mode]")) r.addEventListener("change", mode);
mode();

const part = (row, name) => row.querySelector(`[data-part=${name}]`).value.trim();
const words = (text) => text.split(/[\s,]+/).filter(Boolean);

function task() {
  const f = form.elements;
  const t = { goal: "", start: f.start.value.trim(), autonomy: f.autonomy.value, source: f.source.value };
  if (f.mode.value === "goal") t.goal = f.goal.value.trim();
  else t.steps = f.steps.value.split("\n").map((s) => s.trim()).filter(Boolean);
  const inputs = [...document.querySelectorAll("#inputs .line")].map((r) => [part(r, "name"), part(r, "value")]).filter(([n, v]) => n || v);
  if (inputs.length) t.inputs = Object.fromEntries(inputs);
  const done = [...document.querySelectorAll("#done_when .line")].filter((r) => part(r, "value") || part(r, "field"));
  if (done.length) {
    t.done_when = done.map((r) => part(r, "kind") === "field" ? { field: { name: part(r, "field"), value: part(r, "value") } } : { [part(r, "kind")]: part(r, "value") });
  }
  if (f.write.value.trim()) t.hosts = { write: words(f.write.value) };
  if (f.secrets.value.trim()) t.secrets = words(f.secrets.value);
  const steps = f["limit-steps"].valueAsNumber;
  const minutes = f["limit-minutes"].valueAsNumber;
  if (steps || minutes) t.limits = { ...(steps && { steps }), ...(minutes && { wall: minutes * 60e9 }) };
  return t;
}

function clear() {
  for (const f of form.querySelectorAll(".fault-line")) f.remove();
  for (const f of form.querySelectorAll("[aria-invalid]")) f.removeAttribute("aria-invalid");
  document.getElementById("fault").hidden = true;
}

/** show puts each fault beside its field, and those without one below the form. */
function show(e) {
  const rest = [];
  for (const d of e.errors?.length ? e.errors : [{ message: e.message }]) {
    const names = (d.location ?? "").replace(/^body\.?/, "").split(/,\s*/).map((n) => n.split(/[.[]/)[0]);
    const place = names.map((n) => form.querySelector(`[data-field="${CSS.escape(n)}"]:not([hidden])`)).find(Boolean);
    if (!place) {
      rest.push(d.message);
      continue;
    }
    place.closest("details")?.setAttribute("open", "");
    place.querySelector("input, textarea")?.setAttribute("aria-invalid", "true");
    place.append(h("p", { class: "fault fault-line" }, d.message));
  }
  const box = document.getElementById("fault");
  box.textContent = rest.join(" ");
  box.hidden = rest.length === 0;
  form.querySelector("[aria-invalid]")?.focus();
}

let sending = 0;
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  clear();
  const button = form.querySelector("button[type=submit]");
  button.disabled = true;
  try {
    // A corrected form is another request; the same form sent twice is the same task.
    const state = await api("POST", "/v1/tasks", task(), { "Idempotency-Key": `${idempotency}-${sending}` });
    location.assign(link(state.task.id));
  } catch (e) {
    if (e.status === 409 || e.status === 422) sending++;
    show(e);
    button.disabled = false;
  }
});
