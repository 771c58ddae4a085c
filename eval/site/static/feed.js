// The activity log loads its next page when its end comes near; the link stays as the way without a script.
import { say } from "/static/app.js";

const list = document.querySelector(".feed");
let loading = false;

async function more(row) {
  if (loading) return;
  loading = true;
  try {
    const answer = await fetch(`/activity/more?from=${row.dataset.next}`);
    if (!answer.ok) throw new Error(answer.statusText);
    const box = document.createElement("template");
    box.innerHTML = await answer.text();
    row.replaceWith(box.content);
    watch();
  } catch {
    say(list.dataset.failed, "bad");
  } finally {
    loading = false;
  }
}

const eye = new IntersectionObserver((seen) => {
  for (const s of seen) if (s.isIntersecting) more(s.target);
}, { rootMargin: "80px" });

function watch() {
  const row = list.querySelector(".more");
  if (!row) return;
  eye.observe(row);
  row.querySelector("a").addEventListener("click", (event) => { event.preventDefault(); more(row); });
}
watch();
