// Acts and verdicts in plain words, as lists of nodes. Foreign text stays text.
import { h } from "./dom.js";

const q = (text) => h("span", { class: "q" }, text);
const clip = (text, n = 80) => (text.length > n ? `${text.slice(0, n - 1)}…` : text);

/** nameAt finds what stands under the act: the element's own name by Chromium's facts, else the candidate on the screen. */
function nameAt(step, action) {
  const element = step.verdict?.facts?.element;
  if (element?.name || element?.text) return element.name || element.text;
  const items = step.screen?.items ?? [];
  const mark = action.mark ?? step.proposal?.located?.mark;
  const p = action.point ?? step.proposal?.located?.point;
  const inside = (b) => p && p.x >= b.x && p.y >= b.y && p.x < b.x + b.w && p.y < b.y + b.h;
  const item = items.find((i) => mark && i.mark === mark) ?? items.filter((i) => inside(i.box)).sort((a, b) => a.box.w * a.box.h - b.box.w * b.box.h)[0];
  return item?.name || action.target || "";
}

function at(step, action) {
  const name = nameAt(step, action);
  if (name) return [" ", q(clip(name))];
  const p = action.point ?? step.proposal?.located?.point;
  if (p) return [h("span", { class: "muted" }, ` at ${p.x}, ${p.y}`)];
  return action.mark ? [h("span", { class: "muted" }, ` mark ${action.mark}`)] : [];
}

const clicks = { 2: "Double-click", 3: "Triple-click" };

const acts = {
  click: (a, s) => [a.button === "right" ? "Right-click" : clicks[a.count] ?? "Click", ...at(s, a)],
  hover: (a, s) => ["Point at", ...at(s, a)],
  drag: (a, s) => ["Drag", ...at(s, a), " to ", a.to?.target ? q(clip(a.to.target)) : a.to?.point ? `${a.to.point.x}, ${a.to.point.y}` : `mark ${a.to?.mark}`],
  type: (a, s) => [a.append ? "Add " : "Type ", a.text === "" ? "nothing" : q(clip(a.text)), " into", ...at(s, a)],
  press: (a) => ["Press ", h("kbd", {}, a.key)],
  scroll: (a, s) => [`Scroll ${a.direction}`, ...(a.target || a.mark || a.point ? [" in", ...at(s, a)] : [])],
  select: (a, s) => ["Choose ", q(clip(a.option)), " in", ...at(s, a)],
  upload: (a, s) => ["Upload ", q(clip(a.file)), " to", ...at(s, a)],
  navigate: (a) => ["Open ", q(clip(a.url, 120))],
  back: () => ["Go back"], forward: () => ["Go forward"], reload: () => ["Reload the page"],
  tab: (a) => [a.op === "open" ? "Open a tab" : `${a.op === "close" ? "Close" : "Go to"} tab ${a.number}`, ...(a.url ? [" with ", q(clip(a.url))] : [])],
  dialog: (a) => [a.accept ? "Accept the dialog" : "Dismiss the dialog", ...(a.text ? [" with ", q(clip(a.text))] : [])],
  wait: (a) => [`Wait ${a.seconds} s`],
  note: (a) => ["Note ", q(clip(a.text, 200))],
  call: (a) => ["Use the tool ", q(a.tool)],
  delegate: (a) => ["Hand on ", q(clip(a.goal, 200))],
  ask: (a) => ["Ask ", q(clip(a.question, 200))],
  done: () => ["Say that it is done"],
  fail: (a) => ["Give up: ", q(clip(a.reason, 200))],
};

/** act says an action in plain words. */
export function act(action, step = {}) {
  return (acts[action?.action] ?? ((a) => [a?.action ?? "?"]))(action, step);
}

export const decisions = { permit: "Admitted", deny: "Denied", ask: "Asked a person" };
export const outcomes = { executed: "Carried out", not_executed: "Not carried out", unknown: "Outcome unknown" };
export const choices = { approve: "approved", deny: "denied", instruct: "gave another instruction" };
