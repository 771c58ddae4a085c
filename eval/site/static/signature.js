// The signature: strokes on a canvas, sent as lists of points.
const form = document.getElementById("signature");
const pad = form.querySelector("canvas");
const pen = pad.getContext("2d");
let strokes = [], open = false;

function draw() {
  pad.width = pad.clientWidth * devicePixelRatio;
  pad.height = pad.clientHeight * devicePixelRatio;
  pen.scale(devicePixelRatio, devicePixelRatio);
  pen.strokeStyle = getComputedStyle(document.documentElement).getPropertyValue("--ink");
  pen.lineWidth = 2.5;
  pen.lineCap = pen.lineJoin = "round";
  for (const s of strokes) {
    pen.beginPath();
    s.forEach(([x, y], i) => (i ? pen.lineTo(x, y) : pen.moveTo(x, y)));
    pen.stroke();
  }
}

const point = (event) => [Math.round(event.offsetX * 10) / 10, Math.round(event.offsetY * 10) / 10];
pad.addEventListener("pointerdown", (event) => {
  pad.setPointerCapture(event.pointerId);
  strokes.push([point(event)]);
  open = true;
});
pad.addEventListener("pointermove", (event) => {
  if (!open) return;
  strokes.at(-1).push(point(event));
  draw();
});
for (const kind of ["pointerup", "pointercancel"]) pad.addEventListener(kind, () => { open = false; });
form.querySelector("[data-clear]").addEventListener("click", () => { strokes = []; draw(); });
form.addEventListener("submit", () => { form.elements.strokes.value = JSON.stringify(strokes); });
document.addEventListener("themechange", draw);
draw();
