// Writes what the page shows, as a list of nodes like the browser room's, into the page for --dump-dom.
addEventListener('load', () => {
  const box = r => ({x: Math.round(r.left), y: Math.round(r.top), w: Math.round(r.width), h: Math.round(r.height)});
  const one = s => (s || '').replace(/\s+/g, ' ').trim();
  const roles = {A: 'link', BUTTON: 'button', SELECT: 'select', TEXTAREA: 'input', TD: 'cell'};
  const label = e => one(e.getAttribute('aria-label')) || one(e.labels && e.labels[0] && e.labels[0].innerText) || one(e.placeholder);
  const nodes = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let n = walk.currentNode; n; n = walk.nextNode()) {
    if (n.nodeType === 3) {
      const text = one(n.data), p = n.parentElement;
      if (!text || p.closest('script,style,select,textarea,td,th')) continue;
      const range = document.createRange();
      range.selectNodeContents(n);
      const role = p.closest('h1,h2,h3') ? 'heading' : 'text';
      nodes.push({role, name: text, box: box(range.getBoundingClientRect())});
      continue;
    }
    let role = roles[n.tagName] || n.getAttribute('role'), node = {};
    if (n.tagName === 'INPUT') {
      role = {checkbox: 'checkbox', radio: 'radio', submit: 'button'}[n.type] || 'input';
      node = {value: role === 'input' && n.type !== 'password' ? n.value : '', states: {checked: n.checked}};
      if (n.type === 'password') node.secret = true;
    }
    if (n.tagName === 'SELECT') node = {value: one(n.selectedOptions[0].text), options: [...n.options].map(o => one(o.text))};
    if (n.tagName === 'TEXTAREA') node = {value: n.value};
    if (!role) continue;
    let name = label(n);
    if (role === 'button' || role === 'link') name = name || one(n.innerText) || n.value;
    if (role === 'cell') {
      const head = n.closest('table').rows[0].cells[n.cellIndex];
      node.value = one(n.innerText);
      name = head && head.tagName === 'TH' ? one(head.innerText) : '';
    }
    nodes.push({role, name, box: box(n.getBoundingClientRect()), ...node});
  }
  const out = document.createElement('script');
  out.type = 'application/json';
  out.id = 'truth';
  out.textContent = JSON.stringify({size: {w: innerWidth, h: innerHeight}, title: document.title, layout: nodes});
  document.documentElement.append(out);
});
