// Behaviour that every page shares: theme, menus, drawer, dialogs, toasts, confirmation and the guard of unsaved forms.
const root = document.documentElement;

document.getElementById("theme")?.addEventListener("click", () => {
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  document.cookie = `desk_theme_${location.port || 80}=${root.dataset.theme}; path=/; samesite=lax`;
  document.dispatchEvent(new Event("themechange"));
});

const burger = document.querySelector(".burger");
burger?.addEventListener("click", () => {
  const open = document.getElementById("nav").classList.toggle("open");
  burger.setAttribute("aria-expanded", String(open));
});

for (const menu of document.querySelectorAll(".menu")) {
  const button = menu.querySelector("button");
  const tell = () => button.setAttribute("aria-expanded", String(!menu.classList.contains("shut") && menu.matches(":hover, :focus-within")));
  for (const kind of ["mouseenter", "focusin", "click"]) {
    menu.addEventListener(kind, () => { menu.classList.remove("shut"); tell(); });
  }
  for (const kind of ["mouseleave", "focusout"]) menu.addEventListener(kind, () => setTimeout(tell));
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menu.classList.add("shut");
    button.focus();
    menu.classList.add("shut");
    tell();
  });
}

for (const button of document.querySelectorAll("[data-opens]")) {
  button.addEventListener("click", () => document.getElementById(button.dataset.opens).showModal());
}
for (const dialog of document.querySelectorAll("dialog")) {
  dialog.querySelector("[data-closes]")?.addEventListener("click", () => dialog.close());
  if (dialog.hasAttribute("data-open")) dialog.showModal();
}

for (const form of document.querySelectorAll("form[data-confirm]")) {
  form.addEventListener("submit", (event) => {
    if (!confirm(form.dataset.confirm)) event.preventDefault();
  });
}

for (const form of document.querySelectorAll("form[data-guard]")) {
  let dirty = false;
  form.addEventListener("input", () => { dirty = true; });
  form.addEventListener("submit", () => { dirty = false; });
  addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });
}

const toasts = document.getElementById("toasts");
const fade = (toast) => {
  toast.querySelector("button")?.addEventListener("click", () => toast.remove());
  setTimeout(() => toast.remove(), 20000);
};
toasts?.querySelectorAll(".toast").forEach(fade);

export function say(text, kind = "good") {
  const toast = document.createElement("div");
  toast.className = `toast ${kind}`;
  const words = document.createElement("span");
  words.textContent = text;
  toast.append(words);
  toasts.append(toast);
  fade(toast);
}
