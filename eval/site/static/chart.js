// The bar chart of the overview, drawn on a canvas in the colours of the page.
const canvas = document.querySelector("canvas.chart");
const bars = JSON.parse(canvas.dataset.bars);

function draw() {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const ratio = devicePixelRatio || 1, width = canvas.clientWidth, height = canvas.clientHeight;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  pen.font = `13px ${getComputedStyle(document.body).fontFamily}`;
  const most = Math.max(...bars.map((b) => b.euros), 1);
  const unit = 10 ** Math.floor(Math.log10(most));
  const step = [0.25, 0.5, 1, 2].map((f) => f * unit).find((s) => most / s <= 5) ?? unit;
  const top = Math.ceil(most / step) * step;
  const left = 52, base = height - 28, room = base - 14;
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  for (let v = 0; v <= top; v += step) {
    const y = base - (v / top) * room;
    pen.fillStyle = colour("--line");
    pen.fillRect(left, Math.round(y), width - left, 1);
    pen.fillStyle = colour("--soft");
    pen.fillText(v >= 1000 ? `${v / 1000}k` : String(v), left - 10, y);
  }
  const slot = (width - left) / bars.length, wide = Math.min(slot * 0.56, 56);
  bars.forEach((b, i) => {
    const x = left + slot * i + (slot - wide) / 2, tall = (b.euros / top) * room;
    pen.beginPath();
    pen.roundRect(x, base - tall, wide, tall, [6, 6, 0, 0]);
    pen.fillStyle = colour("--card");
    pen.fill();
    pen.fillStyle = colour("--pine");
    pen.globalAlpha = i === bars.length - 1 ? 1 : 0.55;
    pen.fill();
    pen.globalAlpha = 1;
    pen.fillStyle = colour("--soft");
    pen.textAlign = "center";
    pen.fillText(b.month, x + wide / 2, height - 10);
  });
}

draw();
addEventListener("resize", draw);
document.addEventListener("themechange", draw);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
