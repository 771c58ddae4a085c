// Hears what happens in a document and its frames and keeps it in the top window's list: type, target's id, what belongs to
// the kind of event, and "!" when the event is not a trusted one.
{
  const list = (() => { try { return top.heard || (top.heard = []); } catch { return null; } })();
  const tell = (line) => (list ? list.push(line) : parent.postMessage({ heard: line }, "*"));
  addEventListener("message", (e) => { if (e.data && e.data.heard) tell(e.data.heard); });
  const held = (e) => ["ctrl", "shift", "alt", "meta"].filter((k) => e[k + "Key"]).map((k) => "+" + k).join("");
  const kinds = {
    mouse: "mousedown mouseup click dblclick auxclick contextmenu mouseover pointerdown pointerup",
    key: "keydown keypress keyup",
    text: "beforeinput input compositionstart compositionupdate compositionend",
    plain: "change submit focus blur dragstart dragenter dragover drop dragend wheel toggle close select",
  };
  const more = {
    mouse: (e) => (e.button ? " b" + e.button : "") + (e.detail > 1 ? " x" + e.detail : "") + held(e),
    key: (e) => " " + e.key + held(e),
    text: (e) => (e.inputType ? " " + e.inputType : "") + (e.data ? " " + e.data : ""),
    plain: () => "",
  };
  for (const [kind, types] of Object.entries(kinds)) {
    for (const type of types.split(" ")) {
      addEventListener(type, (e) => {
        const at = e.composedPath()[0];
        tell(type + " " + ((at && at.id) || (at === window ? "window" : (at.localName || "document"))) + more[kind](e) + (e.isTrusted ? "" : " !"));
      }, { capture: true, passive: true });
    }
  }
}
