// The list of tasks.
import { ago, api, badge, h, titleOf, toast } from "./dom.js";
import { every, link } from "./shell.js";

const sets = [["All", []], ["Open", ["queued", "running", "waiting", "paused"]], ["Done", ["done"]], ["Needs review", ["needs_review"]],
  ["Not done", ["denied", "stuck", "out_of_budget", "cancelled", "failed"]]];
const rows = document.getElementById("tasks");
const more = document.getElementById("more");
let chosen = Math.max(0, sets.findIndex(([name]) => name === new URLSearchParams(location.search).get("show")));
let pages = 1;
let shown = "";

function filters() {
  document.getElementById("filters").replaceChildren(...sets.map(([name], i) =>
    h("button", { type: "button", class: "chip", "aria-pressed": String(i === chosen), onclick: () => choose(i) }, name)));
}

function choose(i) {
  chosen = i;
  pages = 1;
  shown = "";
  history.replaceState(null, "", i ? `?show=${encodeURIComponent(sets[i][0])}` : location.pathname);
  filters();
  load();
}

function host(task) {
  try {
    return new URL(task.start).host;
  } catch {
    return "";
  }
}

function row(s) {
  const reason = s.result?.reason ?? s.question?.text ?? "";
  return h("a", { class: "row", href: link(s.task.id) }, badge(s.status),
    h("span", { class: "row-main" }, h("span", { class: "goal" }, titleOf(s.task)), reason && h("span", { class: "why" }, reason)),
    h("span", { class: "host" }, host(s.task)),
    h("span", { class: "num" }, s.step ? `${s.step} step${s.step > 1 ? "s" : ""}` : "–"),
    h("time", { class: "num", datetime: s.updated, title: new Date(s.updated).toLocaleString() }, ago(s.updated)));
}

function empty() {
  return h("div", { class: "empty" }, h("p", {}, chosen ? "No task stands here." : "No tasks yet."),
    !chosen && h("p", { class: "muted" }, "Hand in the first one here, or with POST /v1/tasks."));
}

async function load() {
  const mine = chosen;
  const query = sets[chosen][1].map((s) => `&status=${s}`).join("");
  let tasks = [];
  let cursor = "";
  try {
    for (let i = 0; i < pages; i++) {
      const page = await api("GET", `/v1/tasks?limit=50${query}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
      tasks = tasks.concat(page.tasks);
      cursor = page.next ?? "";
      if (!cursor) break;
    }
  } catch (e) {
    if (!shown) toast(e.message, "bad");
    return;
  }
  if (mine !== chosen) return;
  const now = JSON.stringify(tasks.map((s) => [s.task.id, s.seq, ago(s.updated)]));
  if (now === shown) return;
  shown = now;
  const at = document.activeElement?.getAttribute("href");
  rows.replaceChildren(...(tasks.length ? tasks.map(row) : [empty()]));
  if (at) rows.querySelector(`a[href="${CSS.escape(at)}"]`)?.focus();
  more.hidden = !cursor;
}

document.addEventListener("questions", ({ detail }) => {
  const box = document.getElementById("questions");
  box.hidden = detail.length === 0;
  box.replaceChildren(...detail.map((q) => h("a", { class: "waiting", href: link(q.task) },
    h("strong", {}, q.question.text), h("span", { class: "muted" }, q.goal), h("span", { class: "go" }, "Answer"))));
});
more.addEventListener("click", () => {
  pages++;
  load();
});
filters();
every(2000, load);
