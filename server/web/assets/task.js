// The page of one task: it follows the events, and shows the screen as it is or as it was.
import { api, attempt, badge, base, confirmWith, ended, h, span, titleOf, toast } from "./dom.js";
import { card, question, result } from "./cards.js";
import { apply, fresh } from "./history.js";
import { Stage } from "./stage.js";
import { Wheel } from "./drive.js";
import "./shell.js";

const $ = (id) => document.getElementById(id);
const id = $("main").dataset.task;
const path = `/v1/tasks/${encodeURIComponent(id)}`;
const story = fresh();
const stage = new Stage(id);
let chosen = null; // step that is looked back at; null follows the work
let asked = null;
let dirty = new Set();
let planned = false;
const wheel = new Wheel(path, stage, plan);

const shownStep = () => story.steps.get(chosen) ?? story.last;

function orders() {
  const s = story.status;
  const key = `${s} ${wheel.held} ${wheel.waiting > 0}`;
  if ($("orders").dataset.key === key) return; // a button must not be replaced under a finger
  $("orders").dataset.key = key;
  const button = (text, cls, fn) => h("button", { type: "button", class: cls, onclick: fn }, text);
  const buttons = [];
  if (s === "running" || s === "queued") buttons.push(button("Pause", "", (e) => attempt(e.target, () => api("POST", `${path}/pause`), "It pauses after the act in hand.")));
  if (!ended(s) && s !== "queued" && !wheel.held) {
    buttons.push(button("Take over", "", (e) => attempt(e.target, async () => {
      chosen = null;
      await wheel.take();
    }, "The mouse is yours.")));
  }
  if (s === "paused" && !wheel.held) buttons.push(button("Resume", "primary", (e) => attempt(e.target, () => api("POST", `${path}/resume`))));
  if (!ended(s)) {
    buttons.push(button("Cancel", "danger", async (e) => {
      const reason = await confirmWith("Cancel this task?", "It ends after the act in hand. What it has done stays done.", "Cancel the task", "Why (optional)");
      if (reason !== null) attempt(e.target, () => api("POST", `${path}/cancel`, { reason }), "The task is being cancelled.");
    }));
  }
  $("orders").replaceChildren(...buttons);
  $("wheel").replaceChildren(...(wheel.held && !ended(s) ? [wheel.bar((e) => attempt(e.target, () => wheel.giveBack(), "The agent goes on."))] : []));
  $("screen").classList.toggle("driven", wheel.held);
}

function head() {
  $("status").replaceWith(Object.assign(badge(story.status), { id: "status" }));
  if (story.task) {
    $("goal").textContent = titleOf(story.task);
    $("goal").title = titleOf(story.task);
    document.title = `${titleOf(story.task).slice(0, 60)} · Chiron`;
  }
  orders();
  $("say").hidden = ended(story.status);
}

function usage() {
  const u = story.usage;
  const limits = story.task?.limits ?? {};
  const of = (value, limit) => (limit ? `${value} of ${limit}` : String(value));
  const wall = story.result ? u.wall : Math.max(0, Date.now() - new Date(story.started ?? Date.now())) * 1e6;
  const parts = [["Steps", of(u.steps ?? 0, limits.steps)], ["Acts", u.acts ?? 0], ["Questions", story.order.filter((n) => story.steps.get(n).question).length],
    ["Model calls", u.model_calls ?? 0], ["Tokens", of(((u.prompt_tokens ?? 0) + (u.answer_tokens ?? 0)).toLocaleString(), limits.tokens?.toLocaleString())],
    ["Time", limits.wall ? `${span(wall)} of ${span(limits.wall)}` : span(wall ?? 0)]];
  if (u.cut) parts.push(["Left out of prompts", u.cut]);
  $("usage").replaceChildren(...parts.map(([k, v]) => h("div", {}, h("dt", {}, k), h("dd", {}, v))));
}

function scrubber() {
  const seen = story.order.filter((n) => story.steps.get(n).seen);
  const now = shownStep()?.n;
  $("track").replaceChildren(...seen.map((n) => {
    const s = story.steps.get(n);
    const state = s.did?.status === "unknown" ? "unknown" : s.verdict?.decision ?? "open";
    return h("button", { type: "button", tabindex: -1, class: `tick v-${state}`, "aria-current": n === now ? "step" : null, title: `Step ${n}`, onclick: () => choose(n) });
  }));
  const at = seen.indexOf(now);
  const track = $("track");
  track.setAttribute("aria-valuemax", String(seen.length));
  track.setAttribute("aria-valuenow", String(at + 1));
  track.setAttribute("aria-valuetext", now === undefined ? "none" : `step ${now}`);
  $("back").disabled = at <= 0;
  $("forth").disabled = at < 0 || at >= seen.length - 1;
  $("now").hidden = chosen === null;
}

function screen() {
  const s = shownStep();
  const following = chosen === null && !ended(story.status);
  stage.follow(following);
  $("url").textContent = s?.seen?.url ?? story.task?.start ?? "";
  if (s?.seen?.frame?.hash && !(following && !$("live").hidden)) stage.picture(s.seen.frame.hash);
  stage.mark(wheel.held ? null : s, s?.verdict?.decision ?? "open", $("marks").checked);
}

function cards() {
  const list = $("cards");
  const end = list.parentElement.scrollHeight - list.parentElement.scrollTop - list.parentElement.clientHeight < 80;
  for (const n of [...dirty].sort((a, b) => a - b)) {
    const made = card(story.steps.get(n), n === chosen, choose);
    const old = list.querySelector(`[data-step="${n}"]`);
    if (old) old.replaceWith(made);
    else list.insertBefore(made, [...list.children].find((c) => Number(c.dataset.step) > n) ?? null);
  }
  dirty.clear();
  if (end && chosen === null) list.parentElement.scrollTop = list.parentElement.scrollHeight;
}

function show(hash, box) {
  stage.follow(false);
  stage.picture(hash).then(() => stage.evidence(box));
}

function ask() {
  if (story.question?.id === asked) return;
  asked = story.question?.id ?? null;
  $("ask").replaceChildren(...(story.question ? [question(story.question, (a) => api("POST", `${path}/answers`, a), show)] : []));
  countdown();
}

function countdown() {
  for (const e of document.querySelectorAll("[data-expires]")) {
    const s = Math.max(0, Math.round((new Date(e.dataset.expires) - Date.now()) / 1000));
    e.textContent = s > 0 ? `denied by itself in ${s > 90 ? `${Math.round(s / 60)} min` : `${s} s`}` : "expired";
  }
}

function choose(n) {
  const before = chosen;
  chosen = n === story.last?.n && !ended(story.status) ? null : n;
  for (const m of [before, chosen, story.last?.n]) if (story.steps.has(m)) dirty.add(m);
  render();
  document.querySelector(`.card[data-step="${n}"]`)?.scrollIntoView({ block: "nearest" });
}

function move(by) {
  const seen = story.order.filter((n) => story.steps.get(n).seen);
  const to = seen[seen.indexOf(shownStep()?.n) + by];
  if (to !== undefined) choose(to);
}

function render() {
  planned = false;
  if (!ended(story.status)) stage.connect(); // past events come first, and an end among them needs no socket
  head();
  usage();
  scrubber();
  screen();
  cards();
  ask();
  if (story.result && !$("result").hasChildNodes()) $("result").replaceChildren(result(story.result, show));
}

function plan() {
  if (planned) return;
  planned = true;
  requestAnimationFrame(render);
}

function follow() {
  const source = new EventSource(`${base}${path}/events`);
  const take = ({ data }) => {
    const n = apply(story, JSON.parse(data));
    if (n !== null) dirty.add(n);
    if (ended(story.status)) {
      source.close();
      stage.end();
    }
    plan();
  };
  for (const kind of ["created", "leased", "saw", "read", "recalled", "planned", "proposed", "judged", "asked", "answered", "did", "checked", "noted", "took", "warned", "recovered", "ended"]) {
    source.addEventListener(kind, take);
  }
  source.onerror = async () => {
    if (source.readyState !== EventSource.CLOSED || ended(story.status)) return;
    try {
      await api("GET", path); // leads to the sign-in page when that is the reason
      setTimeout(() => location.reload(), 3000);
    } catch (e) {
      $("blank").textContent = e.status === 404 ? "There is no such task." : e.message;
      toast(e.message, "bad");
    }
  };
}

$("back").addEventListener("click", () => move(-1));
$("forth").addEventListener("click", () => move(1));
$("now").addEventListener("click", () => story.last && choose(story.last.n));
$("marks").addEventListener("change", screen);
$("track").addEventListener("keydown", (e) => {
  const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[e.key];
  if (!by) return;
  e.preventDefault();
  move(by);
});
document.addEventListener("keydown", (e) => {
  if (e.key === "m" && !wheel.held && !e.target.matches("input, textarea")) $("marks").click();
});
$("say").addEventListener("submit", (e) => {
  e.preventDefault();
  const text = $("message").value.trim();
  if (!text) return;
  attempt(e.submitter, async () => {
    await api("POST", `${path}/message`, { text });
    $("message").value = "";
  }, "The agent will read it at its next step.");
});
setInterval(() => {
  countdown();
  if (!ended(story.status)) usage();
}, 1000);
follow();
