// The fold of a task's events into what the page shows. It only collects; it decides nothing.

/** fresh is the story of a task of which nothing is known yet. */
export function fresh() {
  return { task: null, status: "queued", steps: new Map(), order: [], notices: [], question: null, result: null, usage: {}, seq: 0, worker: "", last: null };
}

function stepOf(story, n) {
  let s = story.steps.get(n);
  if (!s) {
    s = { n, warned: [], noted: [], took: [] };
    story.steps.set(n, s);
    story.order.push(n);
    story.order.sort((a, b) => a - b);
  }
  return s;
}

function add(usage, part) {
  for (const [name, value] of Object.entries(part ?? {})) usage[name] = (usage[name] ?? 0) + value;
}

const folds = {
  created: (story, b) => { story.task = b.task; },
  leased: (story, b, e) => {
    story.status = "running";
    if (b.attempt > 1) stepOf(story, e.step).warned.push({ code: "taken_up_again", text: `Taken up again, attempt ${b.attempt}.` });
  },
  saw: (story, b, e) => {
    const s = stepOf(story, e.step);
    s.seen = b.observation;
    s.at = e.at;
    story.last = s;
  },
  read: (story, b, e) => { stepOf(story, e.step).screen = b.screen; },
  recalled: (story, b, e) => { stepOf(story, e.step).recalled = b; },
  planned: (story, b, e) => {
    stepOf(story, e.step).plan = b.plan;
    add(story.usage, b.plan.usage);
  },
  proposed: (story, b, e) => {
    const s = stepOf(story, e.step);
    if (s.did) s.earlier = [...(s.earlier ?? []), { proposal: s.proposal, verdict: s.verdict, did: s.did }];
    Object.assign(s, { proposal: b.proposal, verdict: null, did: null });
    add(story.usage, b.proposal.usage);
  },
  judged: (story, b, e) => { stepOf(story, e.step).verdict = b.verdict; },
  asked: (story, b, e) => {
    story.status = "waiting";
    story.question = b.question;
    stepOf(story, e.step).question = b.question;
  },
  answered: (story, b, e) => {
    story.status = "running";
    story.question = null;
    stepOf(story, e.step).answer = b.answer;
  },
  did: (story, b, e) => {
    stepOf(story, e.step).did = b.outcome;
    if (b.outcome.status === "executed") story.usage.acts = (story.usage.acts ?? 0) + 1;
  },
  checked: (story, b, e) => { stepOf(story, e.step).checked = b; },
  noted: (story, b, e) => { stepOf(story, e.step).noted.push(b.text); },
  took: (story, b, e) => {
    stepOf(story, e.step).took.push(b);
    const { command, take } = b.command;
    if (command === "pause" || (command === "drive" && take)) story.status = "paused";
    if (command === "resume" || (command === "drive" && !take)) story.status = "running";
  },
  warned: (story, b, e) => { stepOf(story, e.step).warned.push(b); },
  recovered: (story, b, e) => {
    stepOf(story, e.step).warned.push({ code: "recovered", text: b.unknown ? "After a crash: it is not known whether the last act happened." : `After a crash: ${b.resume}.` });
  },
  ended: (story, b) => {
    story.status = b.result.status;
    story.result = b.result;
    story.question = null;
    story.usage = b.result.usage;
  },
};

/** apply adds one event; it returns the step number it touched, or null. */
export function apply(story, e) {
  if (e.seq <= story.seq) return null;
  story.seq = e.seq;
  story.at = e.at;
  story.started ??= e.at;
  folds[e.body.kind]?.(story, e.body, e);
  if (!story.result) story.usage.steps = Math.max(story.usage.steps ?? 0, e.step);
  return story.steps.has(e.step) ? e.step : null;
}
