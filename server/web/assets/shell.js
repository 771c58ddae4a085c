// What every signed-in page has: theme, kill switch, readiness, open questions.
import { api, attempt, base, confirmWith } from "./dom.js";

const $ = (id) => document.getElementById(id);

function theme() {
  $("theme").addEventListener("click", () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    try {
      localStorage.setItem("theme", root.dataset.theme);
    } catch { /* storage is off */ }
  });
}

function showStop(s) {
  $("stopped").hidden = !s.stopped;
  $("stop-all").hidden = s.stopped;
  $("stopped-text").textContent = s.stopped ? `Everything is stopped${s.by ? ` by ${s.by}: ${s.reason}` : ""}` : "";
}

function killSwitch() {
  $("stop-all").addEventListener("click", async (e) => {
    const reason = await confirmWith("Stop everything?", "No task does anything on any page until you let work go on. Tasks keep their place.",
      "Stop everything", "Why (optional)");
    if (reason === null) return;
    attempt(e.target, async () => showStop(await api("POST", "/v1/stop", { reason })));
  });
  $("release").addEventListener("click", (e) => attempt(e.target, async () => showStop(await api("POST", "/v1/stop/release"))));
}

async function watch() {
  try {
    const [stop, ready, asked] = await Promise.all([api("GET", "/v1/stop"), api("GET", "/readyz?always=200"), api("GET", "/v1/questions")]);
    showStop(stop);
    const bad = ready.parts.filter((p) => !p.ready);
    $("health").hidden = bad.length === 0;
    $("health").textContent = bad.map((p) => p.name).join(", ") + " not ready";
    $("health").title = bad.map((p) => `${p.name}: ${p.why ?? "not ready"}`).join("\n");
    $("open-questions").hidden = asked.questions.length === 0;
    $("open-questions").textContent = asked.questions.length;
    document.dispatchEvent(new CustomEvent("questions", { detail: asked.questions }));
  } catch { /* the next look tells */ }
}

/** every calls fn now and then every ms while the page is seen; calls never overlap. */
export function every(ms, fn) {
  const tick = async () => {
    if (!document.hidden) await fn();
    setTimeout(tick, ms);
  };
  tick();
  document.addEventListener("visibilitychange", () => document.hidden || fn());
}

export const link = (id) => `${base}/tasks/${encodeURIComponent(id)}`;

theme();
killSwitch();
every(3000, watch);
