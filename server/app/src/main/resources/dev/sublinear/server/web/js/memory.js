// What the cache still holds of a text: a curve, and the text itself, fading.
import { Chart } from './chart.js';
import { HeadChoice } from './head-choice.js';
import { TokenText } from './token-text.js';
import { Traces, align, budgetAlong } from './trace.js';
import { byId, eachFrame } from './dom.js';
import { retention } from './retention.js';

const EVERY_MS = 300;

export class Memory {
  #card;
  #heads;
  #generation = null;
  #sequence = null;
  #fetching = false;
  #again = false;
  #traces = new Traces();
  #tokens;
  #chart;
  #drawCurve = eachFrame(() => this.#draw());

  /** In the card of this id, whose parts' ids begin with it. */
  constructor(id, feed, height) {
    this.#card = byId(id);
    this.#tokens = new TokenText(byId(`${id}-tokens`), byId(`${id}-detail`), position => this.#heads.ask(this.#generation.id, position));
    this.#heads = new HeadChoice(id, () => this.refresh(), why => this.#tokens.explain(why));
    this.#chart = new Chart(byId(`${id}-chart`), { height, x: { label: 'tokens seen' }, series: [
      { label: 'n', colour: 'seen', width: 1.5, dash: [4, 4] },
      { label: 'budget', colour: 'bound', width: 1.5, dash: [2, 3] },
      { label: 'retained', colour: 'accent', width: 2.5 },
    ] });
    feed.on('snapshot', snapshot => {
      this.#traces.add(snapshot);
      if (this.#sequence !== null) this.#drawCurve();
    });
    setInterval(() => this.#generation?.running && !this.#fetching && this.refresh(), EVERY_MS);
  }

  repaint() {
    this.#chart.repaint();
  }

  /** Shows nothing. */
  clear() {
    this.#generation = null;
    this.#sequence = null;
    this.#tokens.clear();
    this.#heads.clear();
    this.#card.hidden = true;
  }

  /** Follows an answer from now on. */
  follow(generation) {
    this.#generation = generation;
    this.#sequence = null;
  }

  /** Shows what is held now: whoever asks while an answer is on its way gets another, which is newer. */
  async refresh() {
    this.#again = true;
    if (this.#fetching) return;
    this.#fetching = true;
    while (this.#again) {
      this.#again = false;
      await this.#fetch();
    }
    this.#fetching = false;
  }

  async #fetch() {
    const reference = this.#generation?.id;
    if (!reference) return;
    try {
      const view = await retention(reference, this.#heads.chosen);
      if (reference !== this.#generation?.id) return;
      if (view.number !== this.#sequence) {
        this.#tokens.clear();
        this.#heads.forget();
      }
      this.#sequence = view.number;
      this.#card.hidden = false;
      this.#heads.set(view);
      this.#tokens.set(view);
      this.#drawCurve();
    } catch {
      // It has not begun, or has ended and is forgotten: what was shown last stays.
    }
  }

  #draw() {
    const trace = this.#traces.get(this.#sequence);
    if (trace) this.#chart.set(align([trace], [n => n, budgetAlong(trace)]));
  }
}
