// A map of a text: a cell for each place, as dark as the share of heads that still hold it.
import { describe, level } from './retention.js';

const CELL = 7;
const GAP = 1;

export class Strip {
  #canvas;
  #note;
  #view = null;
  #cursor = -1;
  #why = '';
  #onPoint;

  /** Calls back with the place that the pointer has come to. */
  constructor(canvas, note, onPoint) {
    this.#canvas = canvas;
    this.#note = note;
    this.#onPoint = onPoint;
    canvas.addEventListener('pointermove', event => this.#point(this.#at(event)));
    canvas.addEventListener('pointerdown', event => this.#point(this.#at(event)));
    canvas.addEventListener('keydown', event => this.#key(event));
    new ResizeObserver(() => this.draw()).observe(canvas.parentElement);
  }

  set(view) {
    this.#view = view;
    this.draw();
    if (this.#cursor >= 0) this.#describe();
  }

  /** Says what keeps the place that is pointed at. */
  explain(why) {
    this.#why = why;
    if (this.#view && this.#cursor >= 0) this.#describe();
  }

  #layout() {
    const width = this.#canvas.clientWidth;
    const places = this.#view.held.length;
    // Long texts get narrower cells, so that a strip never grows beyond some twenty lines.
    let cell = CELL;
    while (cell > 2 && Math.ceil(places / Math.floor(width / (cell + GAP))) > 20) cell--;
    const columns = Math.max(1, Math.floor(width / (cell + GAP)));
    return { cell, columns, width, rows: Math.ceil(places / columns) };
  }

  draw() {
    if (!this.#view || this.#canvas.clientWidth === 0) return;
    const { cell, columns, width, rows } = this.#layout();
    const height = Math.max(1, rows) * (cell + GAP + 3);
    const scale = devicePixelRatio || 1;
    this.#canvas.width = width * scale;
    this.#canvas.height = height * scale;
    this.#canvas.style.height = `${height}px`;
    const pen = this.#canvas.getContext('2d');
    pen.scale(scale, scale);
    const style = getComputedStyle(document.documentElement);
    const shades = [0, 1, 2, 3, 4].map(index => style.getPropertyValue(`--held-${index}`).trim());
    this.#view.held.forEach((held, position) => {
      pen.fillStyle = shades[level(held, this.#view.heads)];
      pen.fillRect((position % columns) * (cell + GAP), Math.floor(position / columns) * (cell + GAP + 3), cell, cell + 2);
    });
    if (this.#cursor >= 0 && this.#cursor < this.#view.held.length) {
      pen.strokeStyle = style.getPropertyValue('--ink').trim();
      pen.lineWidth = 1.5;
      pen.strokeRect((this.#cursor % columns) * (cell + GAP), Math.floor(this.#cursor / columns) * (cell + GAP + 3), cell, cell + 2);
    }
  }

  #at(event) {
    if (!this.#view) return -1;
    const { cell, columns } = this.#layout();
    const column = Math.min(columns - 1, Math.floor(event.offsetX / (cell + GAP)));
    const position = Math.floor(event.offsetY / (cell + GAP + 3)) * columns + column;
    return position >= 0 && position < this.#view.held.length ? position : -1;
  }

  #key(event) {
    if (!this.#view) return;
    const { columns } = this.#layout();
    const moves = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns, Home: -Infinity, End: Infinity };
    if (event.key in moves) {
      event.preventDefault();
      this.#point(Math.max(0, Math.min(this.#view.held.length - 1, Math.max(0, this.#cursor) + moves[event.key])));
    }
  }

  #point(position) {
    if (position >= 0 && position !== this.#cursor) {
      this.#cursor = position;
      this.draw();
      this.#describe();
      this.#onPoint(position);
    }
  }

  #describe() {
    if (this.#cursor < this.#view.held.length) this.#note.textContent = describe(this.#view, this.#cursor, this.#why);
  }
}
