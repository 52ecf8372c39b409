// A map of a sequence's cache: a column for each layer, a row for each key-value head, as dark as the share of the text that it holds.
import { count, percent } from './format.js';
import { el } from './dom.js';
import { whyOf } from './kept-by.js';

export class HeadMap {
  #host;
  #note;
  #onSelect;
  #hint;
  #view = null;
  #token = null;
  #cells = []; // by layer, by head
  #cursor = null;
  #selected = null;

  /** Calls back with the head that is selected, as { layer, head }, or with null once none is. */
  constructor(host, note, onSelect) {
    this.#host = host;
    this.#note = note;
    this.#hint = note.textContent;
    this.#onSelect = onSelect;
    host.addEventListener('pointerover', event => this.#point(at(event)));
    host.addEventListener('pointerleave', () => this.#leave());
    host.addEventListener('focusin', event => this.#point(at(event)));
    host.addEventListener('focusout', () => this.#leave());
    host.addEventListener('click', event => this.#toggle(at(event)));
    host.addEventListener('keydown', event => this.#key(event));
  }

  clear() {
    this.#view = null;
    this.#token = null;
    this.#cells = [];
    this.#selected = null;
    this.#host.replaceChildren();
    this.#leave();
  }

  /** Shows what the heads of a view hold. */
  set(view) {
    this.#view = view;
    const [layers, heads] = [view.held_by_head.length, view.held_by_head[0]?.length ?? 0];
    if (this.#cells.length !== layers || this.#cells[0]?.length !== heads) this.#build(layers, heads);
    view.held_by_head.forEach((row, layer) => row.forEach((held, head) => {
      const cell = this.#cells[layer][head];
      cell.style.setProperty('--share', share(held, view.seen_tokens).toFixed(3));
      const label = this.#holds(layer, head);
      if (cell.getAttribute('aria-label') !== label) cell.setAttribute('aria-label', label);
    }));
    this.#describe();
  }

  /** Marks the heads that hold a token, which the server has explained; null for none. */
  mark(token) {
    this.#token = token;
    this.#cells.forEach((row, layer) => row.forEach((cell, head) => {
      cell.classList.toggle('holds', Boolean(token?.layers[layer]?.[head]));
    }));
    this.#describe();
  }

  /** Selects a head, or none, without telling. */
  select(selected) {
    this.#selected = selected;
    this.#cells.forEach((row, layer) => row.forEach((cell, head) => {
      cell.setAttribute('aria-selected', String(layer === selected?.layer && head === selected.head));
    }));
  }

  #build(layers, heads) {
    this.#cells = Array.from({ length: layers }, (_, layer) => Array.from({ length: heads }, (__, head) =>
      el('span', { role: 'gridcell', class: 'head', 'data-layer': layer, 'data-head': head, tabindex: layer + head === 0 ? 0 : -1, 'aria-selected': 'false' })));
    this.#host.replaceChildren(...Array.from({ length: heads }, (_, head) =>
      el('div', { role: 'row' }, ...this.#cells.map(row => row[head]))));
    this.#host.classList.toggle('many', heads > 4);
    this.mark(this.#token);
  }

  #key(event) {
    const { layer, head } = at(event) ?? {};
    if (layer === undefined) return;
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      this.#toggle({ layer, head });
      return;
    }
    const last = this.#cells.length - 1;
    const moves = { ArrowRight: [layer + 1, head], ArrowLeft: [layer - 1, head], ArrowDown: [layer, head + 1], ArrowUp: [layer, head - 1], Home: [0, head], End: [last, head] };
    if (!(event.key in moves)) return;
    event.preventDefault();
    const to = this.#cells[moves[event.key][0]]?.[moves[event.key][1]];
    if (!to) return;
    event.target.tabIndex = -1;
    to.tabIndex = 0;
    to.focus();
  }

  #toggle(chosen) {
    if (!chosen) return;
    const again = chosen.layer === this.#selected?.layer && chosen.head === this.#selected.head;
    this.select(again ? null : chosen);
    this.#onSelect(this.#selected);
  }

  #point(cursor) {
    if (!cursor) return;
    this.#cursor = cursor;
    this.#describe();
  }

  #leave() {
    this.#cursor = null;
    this.#note.textContent = this.#hint;
  }

  #describe() {
    if (!this.#cursor || !this.#view) return;
    const { layer, head } = this.#cursor;
    const why = this.#token ? ` · place ${count(this.#token.position)}: ${whyOf(this.#token.layers[layer]?.[head])}` : '';
    this.#note.textContent = this.#holds(layer, head) + why;
  }

  #holds(layer, head) {
    const held = this.#view.held_by_head[layer][head];
    return `layer ${layer}, head ${head}: ${count(held)} of ${count(this.#view.seen_tokens)} tokens, ${percent(share(held, this.#view.seen_tokens))}`;
  }
}

const share = (held, seen) => seen ? held / seen : 1;

function at(event) {
  const { layer, head } = event.target.dataset ?? {};
  return layer === undefined ? null : { layer: Number(layer), head: Number(head) };
}
