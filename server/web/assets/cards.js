// The cards beside the screen: one for each step, the open question, the result.
import { attempt, badge, h, icon, span } from "./dom.js";
import { crop } from "./stage.js";
import { act, choices, decisions, outcomes } from "./words.js";

function line(kind, name, ...children) {
  return h("div", { class: `fact ${kind}` }, icon(name), h("div", {}, ...children));
}

function verdict(v) {
  const mark = { permit: "check", deny: "cross", ask: "ask" }[v.decision];
  const rules = (v.rules ?? []).map((r) => h("code", { class: "rule", title: "rule of the policy" }, r));
  return line(`d-${v.decision}`, mark, h("span", { class: "decision" }, decisions[v.decision]), v.effect === "irreversible" && h("span", { class: "tagged" }, "cannot be undone"),
    h("span", { class: "muted" }, `${v.reason ? `: ${v.reason}` : ""} `), ...rules, ...(v.errors ?? []).map((e) => h("p", { class: "fault" }, e)));
}

function share(change) {
  if (!(change > 0)) return "nothing changed on the screen";
  return `${change < 0.01 ? "under 1" : Math.round(change * 100)} % of the screen changed`;
}

/** outcome says in one line how the act ended and whether the screen shows what was expected. */
function outcome(o, c) {
  const met = c?.expect ? c.met : undefined;
  let [kind, mark] = { executed: ["ok", "check"], not_executed: ["mild", "dash"], unknown: ["bad", "bang"] }[o.status];
  if (o.status === "executed" && met === false) [kind, mark] = ["warn", "bang"];
  const told = [c && share(c.change), span(o.took)].filter(Boolean).join(", ");
  return line(kind, mark, h("span", {}, outcomes[o.status], o.stale && ", the screen had changed", met === true && ", as expected", met === false && ", not as expected"),
    h("span", { class: "muted" }, `: ${told}`), o.reason && h("p", {}, o.reason),
    o.read_back !== undefined && h("p", { class: o.differs ? "fault" : "" }, o.differs ? "The field shows something else: " : "The field shows ", h("span", { class: "q" }, o.read_back)));
}

/** ordered says what a person told the agent. */
function ordered(c) {
  if (c.command === "drive") return c.take ? "took over" : "gave the mouse back";
  return c.text ?? c.command;
}

/** card is one step. */
export function card(s, chosen, choose) {
  const say = s.proposal ? act(s.proposal.action, s) : [s.seen ? "Looking at the page" : "Setting out"];
  const state = s.did?.status === "unknown" ? "unknown" : s.verdict?.decision ?? (s.proposal ? "open" : "none");
  const by = s.proposal && { actor: "", step: "given step", workflow: "workflow", person: "a person" }[s.proposal.by];
  return h("article", { class: `card v-${state}`, "data-step": s.n, "aria-current": chosen ? "step" : null, onclick: () => choose(s.n) },
    h("header", {}, h("button", { type: "button", class: "no", "aria-label": `Show step ${s.n}` }, s.n), h("h3", {}, ...say), by && h("span", { class: "by" }, by)),
    s.plan?.subgoals?.length > 0 && h("ol", { class: "plan" }, ...s.plan.subgoals.map((g) => h("li", {}, g))),
    s.proposal?.note && h("p", { class: "note" }, s.proposal.note),
    s.verdict && verdict(s.verdict),
    s.answer && line(s.answer.choice === "approve" ? "ok" : "mild", s.answer.choice === "approve" ? "check" : "dash", h("span", {}, `${s.answer.by} ${choices[s.answer.choice] ?? s.answer.choice}`), s.answer.text && h("p", {}, s.answer.text)),
    s.did && outcome(s.did, s.checked),
    ...s.noted.map((t) => line("mild", "arrow", h("span", {}, t))),
    ...s.took.map((t) => line("mild", "arrow", h("span", {}, `${t.by || "somebody"}: ${ordered(t.command)}`))),
    ...s.warned.map((w) => line("warn", "bang", h("span", {}, w.text))));
}

/** question asks the person who watches. */
export function question(q, answer, show) {
  const text = h("input", { placeholder: q.about === "agent" ? "Your answer" : "Or say what to do instead", "aria-label": "Other instruction", maxlength: 4096 });
  const send = (choice) => (e) => {
    e.preventDefault();
    attempt(e.submitter ?? e.target, () => answer({ question: q.id, choice, text: text.value.trim() }));
  };
  const left = h("span", { class: "left", "data-expires": q.expires });
  const facts = [];
  if (q.facts?.origin) facts.push(["On", q.facts.origin]);
  if (q.facts?.element?.name) facts.push(["Element", `${q.facts.element.role} “${q.facts.element.name}”`]);
  if (q.facts?.leads) facts.push(["Leads to", q.facts.leads]);
  if (q.sends) facts.push(["Sends", `${q.sends.method} ${q.sends.host}`]);
  for (const [name, value] of Object.entries(q.sends?.fields ?? {})) facts.push([name, value]);
  return h("section", { class: "question", "aria-label": "Question" },
    h("header", {}, icon("ask"), h("h2", {}, { act: "May this happen?", unknown: "Did this happen?", agent: "The agent asks" }[q.about] ?? "Question"), left),
    h("p", { class: "text" }, q.text), q.action && h("p", { class: "act" }, ...act(q.action, { verdict: { facts: q.facts } })),
    q.picture && h("button", { type: "button", class: "thumb", onclick: () => show(q.picture) }, thumb(q.picture, q.facts?.element?.box)),
    facts.length > 0 && h("dl", {}, ...facts.flatMap(([k, v]) => [h("dt", {}, k), h("dd", {}, v)])),
    q.rules?.length > 0 && h("div", { class: "rules" }, ...q.rules.map((r) => h("code", {}, r))),
    q.about === "agent" ? null : h("div", { class: "choices" }, h("button", { type: "button", class: "primary approve", onclick: send("approve") }, q.about === "unknown" ? "Go on" : "Approve"),
      h("button", { type: "button", class: "deny", onclick: send("deny") }, "Deny")),
    h("form", { class: "say", onsubmit: send("instruct") }, text, h("button", { type: "submit" }, q.about === "agent" ? "Answer" : "Instruct")));
}

function thumb(hash, box) {
  const c = h("canvas", { class: "crop", role: "img", "aria-label": "Evidence" });
  crop(c, hash, box?.w ? box : { x: 0, y: 0, w: 1344, h: 896 });
  return c;
}

function plain(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function evidence(e, show) {
  if (!e?.picture) return null;
  return h("button", { type: "button", class: "thumb", title: "Show where it stands", onclick: () => show(e.picture, e.box) }, thumb(e.picture, e.box));
}

/** result is the end of the task with what it rests on. */
export function result(r, show) {
  const values = Object.entries(r.values ?? {});
  return h("section", { class: `result s-${r.status}`, "aria-label": "Result" },
    h("header", {}, badge(r.status)), h("p", { class: "text" }, r.reason),
    values.length > 0 && h("div", { class: "values" }, ...values.map(([name, v]) => h("div", { class: "value" }, h("span", { class: "muted" }, name), h("strong", {}, plain(v.value)),
      v.evidence?.picture ? evidence(v.evidence, show) : h("span", { class: "unshown" }, "not shown on any page")))),
    r.checks?.length > 0 && h("ul", { class: "checks" }, ...r.checks.map((c) => h("li", { class: c.ok ? "ok" : "bad" }, icon(c.ok ? "check" : "cross"),
      h("div", {}, h("span", {}, c.what), c.why && h("p", { class: "muted" }, c.why), evidence(c.evidence, show))))),
    r.files?.length > 0 && h("ul", { class: "files" }, ...r.files.map((f) => h("li", {}, h("strong", {}, f.name), h("span", { class: "muted" }, `${f.bytes.toLocaleString()} bytes`)))));
}
