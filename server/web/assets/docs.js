// The API's description, rendered from /openapi.json.
import { api, base, h } from "./dom.js";
import "./shell.js";

const typeName = (s) => {
  if (!s) return "";
  if (s.$ref) return s.$ref.split("/").pop();
  if (s.type === "array" || s.type?.includes?.("array")) return `${typeName(s.items)}[]`;
  const type = Array.isArray(s.type) ? s.type.filter((t) => t !== "null").join(" or ") : s.type ?? "any";
  if (type === "object" && typeof s.additionalProperties === "object") return `map of ${typeName(s.additionalProperties)}`;
  return s.enum ? s.enum.join(" | ") : type;
};
const shown = (s) => (s?.$ref ? h("a", { href: `#${typeName(s)}` }, typeName(s)) : (s?.items?.$ref ? h("a", { href: `#${typeName(s.items)}` }, typeName(s)) : typeName(s)));

function operation(path, method, op) {
  const body = op.requestBody?.content?.["application/json"]?.schema;
  const rows = (op.parameters ?? []).map((p) => h("tr", {}, h("td", {}, h("code", {}, p.name), p.required && h("span", { class: "tagged" }, "required")), h("td", { class: "muted" }, p.in), h("td", {}, typeName(p.schema), p.description && h("p", { class: "muted" }, p.description))));
  const replies = Object.entries(op.responses ?? {}).map(([code, r]) => h("tr", {}, h("td", {}, h("code", {}, code)), h("td", { class: "muted" }, "reply"), h("td", {}, r.description, " ", shown(Object.values(r.content ?? {})[0]?.schema))));
  return h("details", { class: "operation", id: op.operationId }, h("summary", {}, h("span", { class: `verb ${method}` }, method.toUpperCase()), h("code", {}, path), h("span", { class: "muted" }, op.summary)),
    op.description && h("p", {}, op.description), h("table", {}, h("tbody", {}, ...rows, body && h("tr", {}, h("td", {}, "body"), h("td", { class: "muted" }, "JSON"), h("td", {}, shown(body))), ...replies)));
}

function schema(name, s) {
  const rows = Object.entries(s.properties ?? {}).map(([field, p]) => h("tr", {}, h("td", {}, h("code", {}, field), s.required?.includes(field) && h("span", { class: "tagged" }, "always"), p.readOnly && h("span", { class: "tagged" }, "by the server")), h("td", {}, shown(p), p.description && h("p", { class: "muted" }, p.description))));
  return h("details", { class: "operation", id: name }, h("summary", {}, h("code", {}, name)), h("table", {}, h("tbody", {}, ...rows)));
}

const doc = await api("GET", "/openapi.json");
const groups = new Map();
for (const [path, item] of Object.entries(doc.paths)) {
  for (const method of ["get", "post", "put", "patch", "delete"]) {
    if (!item[method]) continue;
    const tag = item[method].tags?.[0] ?? "other";
    groups.set(tag, [...(groups.get(tag) ?? []), operation(path, method, item[method])]);
  }
}
document.getElementById("docs").replaceChildren(
  h("p", {}, doc.info.description, " Send your key as ", h("code", {}, "Authorization: Bearer ck_…"), `. This server: ${location.origin}${base}, version ${doc.info.version}.`),
  ...[...groups].map(([tag, list]) => h("section", {}, h("h2", {}, tag), ...list)),
  h("section", {}, h("h2", {}, "shapes"), ...Object.entries(doc.components.schemas).map(([name, s]) => schema(name, s))));
const open = () => {
  const e = location.hash && document.getElementById(location.hash.slice(1));
  if (!e) return;
  e.open = true;
  e.scrollIntoView();
};
addEventListener("hashchange", open);
open();
