// The few things that every view needs of the document.
export const byId = id => document.getElementById(id);

/** Makes an element: el('td', {class: 'num'}, 'text', child, ...). */
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

/** Runs at most once a frame, with the latest arguments. */
export function eachFrame(draw) {
  let latest = null;
  return (...args) => {
    if (latest === null) {
      requestAnimationFrame(() => {
        const now = latest;
        latest = null;
        draw(...now);
      });
    }
    latest = args;
  };
}

let hiding;
export function toast(message) {
  const box = byId('toast');
  box.textContent = message;
  box.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => { box.hidden = true; }, 8000);
}

/** Puts term and value pairs into a definition list, and only touches what has changed. */
export function fillTiles(list, pairs) {
  if (list.children.length !== pairs.length) {
    list.replaceChildren(...pairs.map(([term]) => el('div', {}, el('dt', {}, term), el('dd'))));
  }
  pairs.forEach(([term, value, note], index) => {
    const [dt, dd] = list.children[index].children;
    const text = note ? `${value}\u2002${note}` : value;
    if (dt.textContent !== term) dt.textContent = term;
    if (dd.dataset.text !== text) {
      dd.dataset.text = text;
      dd.replaceChildren(value, ...(note ? [el('small', {}, note)] : []));
    }
  });
}
