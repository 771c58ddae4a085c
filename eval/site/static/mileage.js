// <desk-mileage>: a small calculator that lives in a shadow tree. Its words come from the page, in the page's language.
const rates = { car: 30, bike: 12 }; // cents per kilometre

customElements.define("desk-mileage", class extends HTMLElement {
  connectedCallback() {
    const w = this.dataset;
    const shadow = this.attachShadow({ mode: "open" });
    shadow.innerHTML = `<link rel="stylesheet" href="/static/parts.css"><link rel="stylesheet" href="/static/mileage.css">
      <form class="form" novalidate>
        <div class="two"><div class="field"><label for="km"></label><input id="km" inputmode="decimal" autocomplete="off"></div>
        <div class="field"><label for="by"></label><select id="by"><option value="car"></option><option value="bike"></option></select></div></div>
        <div class="row"><button type="submit"></button><output></output></div>
      </form>`;
    const $ = (selector) => shadow.querySelector(selector);
    $("label[for=km]").textContent = w.distance;
    $("label[for=by]").textContent = w.vehicle;
    $("option[value=car]").textContent = w.car;
    $("option[value=bike]").textContent = w.bike;
    $("button").textContent = w.submit;
    $("form").addEventListener("submit", (event) => {
      event.preventDefault();
      const km = Number($("#km").value.trim().replace(",", "."));
      const right = km > 0 && Number.isFinite(km);
      const sum = (Math.round(km * rates[$("#by").value]) / 100).toFixed(2);
      $("output").textContent = right ? w.result.replace("{sum}", document.documentElement.lang === "de" ? sum.replace(".", ",") : sum) : w.wrong;
    });
  }
});
