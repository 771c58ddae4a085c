// Drag and drop on the ticket board, with pointer events: it works with mouse, pen and finger.
import { say } from "/static/app.js";

const board = document.querySelector(".board");
let drag = null;

board.addEventListener("pointerdown", (event) => {
  const card = event.target.closest(".ticket");
  if (!card || event.button !== 0) return;
  const box = card.getBoundingClientRect();
  drag = { card, x: event.clientX, y: event.clientY, dx: event.clientX - box.left, dy: event.clientY - box.top, box, moved: false };
});

addEventListener("pointermove", (event) => {
  if (!drag) return;
  if (!drag.moved) {
    if (Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < 5) return;
    lift();
  }
  drag.card.style.left = `${event.clientX - drag.dx}px`;
  drag.card.style.top = `${event.clientY - drag.dy}px`;
  const lane = document.elementFromPoint(event.clientX, event.clientY)?.closest(".lane");
  for (const l of board.querySelectorAll(".lane")) l.classList.toggle("over", l === lane);
  if (lane && drag.ghost.parentNode !== lane.querySelector("ul")) lane.querySelector("ul").append(drag.ghost);
});

function lift() {
  drag.moved = true;
  drag.from = drag.card.closest(".lane");
  drag.ghost = document.createElement("li");
  drag.ghost.className = "ghost";
  drag.ghost.style.height = `${drag.box.height}px`;
  drag.card.after(drag.ghost);
  drag.card.style.width = `${drag.box.width}px`;
  drag.card.classList.add("held");
}

function drop() {
  const { card, ghost, from } = drag;
  const lane = ghost.closest(".lane");
  ghost.replaceWith(card);
  card.classList.remove("held");
  card.removeAttribute("style");
  for (const l of board.querySelectorAll(".lane")) l.classList.remove("over");
  if (lane !== from) move(card, from, lane);
}

async function move(card, from, lane) {
  count();
  try {
    const answer = await fetch(`/tickets/${card.dataset.id}/move`, {
      method: "POST", body: new URLSearchParams({ status: lane.dataset.status, from: "board" }),
    });
    if (!answer.ok) throw new Error(answer.statusText);
    say(board.dataset.moved.replace("{id}", card.dataset.id));
  } catch {
    from.querySelector("ul").append(card);
    count();
    say(board.dataset.failed, "bad");
  }
}

function count() {
  for (const l of board.querySelectorAll(".lane")) l.querySelector(".count").textContent = l.querySelectorAll(".ticket").length;
}

let dropped = false;
for (const kind of ["pointerup", "pointercancel"]) {
  addEventListener(kind, () => {
    if (drag?.moved) {
      drop();
      dropped = true;
      setTimeout(() => { dropped = false; });
    }
    drag = null;
  });
}
board.addEventListener("click", (event) => { if (dropped) event.preventDefault(); }, true);
