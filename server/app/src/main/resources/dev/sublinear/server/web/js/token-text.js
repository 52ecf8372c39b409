// One's own text, token by token, fading where the cache has let go of it.
import { el } from './dom.js';
import { describe, level } from './retention.js';

export class TokenText {
  #host;
  #note;
  #view = null;
  #cursor = -1;
  #why = '';
  #onPoint;

  /** Calls back with the place that the pointer has come to. */
  constructor(host, note, onPoint) {
    this.#host = host;
    this.#note = note;
    this.#onPoint = onPoint;
    host.addEventListener('pointerover', event => this.#point(Number(event.target.dataset?.at ?? -1)));
    host.addEventListener('keydown', event => this.#key(event));
  }

  clear() {
    this.#view = null;
    this.#cursor = -1;
    this.#host.replaceChildren();
  }

  /** Shows a view with pieces; only tokens whose state has changed are touched. */
  set(view) {
    this.#view = view;
    const spans = this.#host.children;
    while (spans.length > view.held.length) this.#host.lastElementChild.remove();
    const more = [];
    for (let at = 0; at < view.held.length; at++) {
      const state = `tok h${level(view.held[at], view.heads)}`;
      if (at >= spans.length) {
        more.push(el('span', { class: state, 'data-at': at }, view.pieces[at] ?? ''));
      } else if (!spans[at].classList.contains(state.slice(4))) {
        spans[at].className = state + (at === this.#cursor ? ' at' : '');
      }
    }
    this.#host.append(...more);
    if (this.#cursor >= 0) this.#describe();
  }

  /** Says what keeps the place that is pointed at. */
  explain(why) {
    this.#why = why;
    if (this.#view && this.#cursor >= 0) this.#describe();
  }

  #key(event) {
    const moves = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 12, ArrowUp: -12, Home: -Infinity, End: Infinity };
    if (this.#view && event.key in moves) {
      event.preventDefault();
      const to = Math.max(0, Math.min(this.#view.held.length - 1, Math.max(0, this.#cursor) + moves[event.key]));
      this.#point(to);
      this.#host.children[to].scrollIntoView({ block: 'nearest' });
    }
  }

  #point(position) {
    if (!this.#view || position < 0 || position >= this.#host.children.length || position === this.#cursor) return;
    this.#host.children[this.#cursor]?.classList.remove('at');
    this.#cursor = position;
    this.#host.children[position].classList.add('at');
    this.#describe();
    this.#onPoint(position);
  }

  #describe() {
    if (this.#cursor < this.#view.held.length) this.#note.textContent = describe(this.#view, this.#cursor, this.#why);
  }
}
