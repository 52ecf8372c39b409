// Code in an answer: scrolls on its own, and can be copied.
import { el } from './dom.js';

const SAID_MS = 2000;

/** Makes a block; the element's textNode may be written to while it streams. */
export function codeBlock(content, language) {
  const text = document.createTextNode(content);
  const block = el('div', { class: 'code' },
    el('div', { class: 'row between code-bar' }, el('span', {}, language), copyButton('code', () => text.data)),
    el('pre', { tabindex: 0, 'aria-label': language ? `Code, ${language}` : 'Code', role: 'region' }, el('code', {}, text)));
  block.textNode = text;
  return block;
}

/** A button that copies a text, and says whether it has. */
export function copyButton(what, textOf) {
  const button = el('button', { type: 'button', class: 'copy', 'aria-label': `Copy ${what}` }, 'Copy');
  let saying;
  button.addEventListener('click', async () => {
    const copied = await copy(textOf());
    button.textContent = copied ? 'Copied' : 'Not copied';
    button.classList.toggle('done', copied);
    button.setAttribute('aria-label', copied ? `Copied ${what}` : `Not copied: this browser does not allow it`);
    clearTimeout(saying);
    saying = setTimeout(() => {
      button.textContent = 'Copy';
      button.classList.remove('done');
      button.setAttribute('aria-label', `Copy ${what}`);
    }, SAID_MS);
  });
  return button;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyOldWay(text); // no clipboard where the page came over plain HTTP from another machine
  }
}

function copyOldWay(text) {
  const focused = document.activeElement;
  const area = el('textarea', { class: 'sr', 'aria-hidden': 'true' });
  area.value = text;
  document.body.append(area);
  area.select();
  const copied = document.execCommand('copy');
  area.remove();
  focused?.focus({ preventScroll: true });
  return copied;
}
