// log holds what the page received: type, target, details; ! marks what no person could have sent.
const log = [];
for (const type of ['mousedown', 'mouseup', 'click', 'dblclick', 'auxclick', 'contextmenu', 'mouseover', 'keydown', 'keypress', 'keyup', 'input', 'change',
  'wheel', 'dragstart', 'dragenter', 'drop', 'dragend', 'submit', 'select']) {
  document.addEventListener(type, (e) => {
    let detail = '';
    if (type.startsWith('key')) detail = `${e.key}/${e.code}/${e.keyCode}`;
    else if (/^(mouse|click|dbl|aux|context)/.test(type) && type !== 'mouseover') detail = `${e.button}x${e.detail}`;
    if (type.startsWith('key') || type.startsWith('mouse') || type === 'click') {
      for (const m of ['alt', 'ctrl', 'meta', 'shift']) if (e[m + 'Key']) detail += '+' + m;
    }
    log.push(`${type}${e.isTrusted ? '' : '!'} ${e.target.id || e.target.localName} ${detail}`.trim());
    if (type === 'submit') e.preventDefault();
  }, true);
}
const logged = (...types) => log.filter((l) => types.includes(l.split(/[ !]/)[0])).join('; ');
