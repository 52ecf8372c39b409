// Which heads a view counts: all, those of a layer (its menu), or one (the map); and what keeps a token in them.
import { HeadMap } from './head-map.js';
import { KeptBy, whyIn } from './kept-by.js';
import { byId } from './dom.js';

export class HeadChoice {
  #menu;
  #map;
  #head;
  #token = null;
  #keptBy = new KeptBy(token => this.#explain(token));
  #onChange;
  #onWhy;

  /** In the elements whose ids begin with this one. Calls back when others are chosen, and with the words for a token asked about. */
  constructor(id, onChange, onWhy) {
    this.#menu = byId(`${id}-layer`);
    this.#map = new HeadMap(byId(`${id}-map`), byId(`${id}-map-detail`), chosen => this.#choose(chosen));
    this.#onChange = onChange;
    this.#onWhy = onWhy;
    this.#menu.addEventListener('change', () => {
      this.#head = undefined;
      this.#map.select(null);
      this.#changed();
    });
  }

  /** { layer, head }, each undefined where all are counted. */
  get chosen() {
    return { layer: this.#menu.value === '' ? undefined : Number(this.#menu.value), head: this.#head };
  }

  /** Shows what the heads of a view hold. */
  set(view) {
    if (this.#menu.options.length !== view.layers + 1) {
      const { value } = this.#menu;
      this.#menu.replaceChildren(new Option('all', ''), ...Array.from({ length: view.layers }, (_, index) => new Option(String(index), String(index))));
      this.#menu.value = value;
    }
    this.#map.set(view);
  }

  /** Counts all, and shows nothing. */
  clear() {
    this.#menu.value = '';
    this.#head = undefined;
    this.#map.clear();
    this.#keptBy.forget();
  }

  /** Asks what keeps a place of a sequence. */
  ask(reference, position) {
    this.#keptBy.ask(reference, position);
  }

  /** What was said of a token is no longer shown. */
  forget() {
    this.#keptBy.forget();
  }

  #choose(chosen) {
    this.#menu.value = chosen ? String(chosen.layer) : '';
    this.#head = chosen?.head;
    this.#changed();
  }

  #changed() {
    this.#explain(this.#token);
    this.#onChange();
  }

  #explain(token) {
    this.#token = token;
    this.#map.mark(token);
    this.#onWhy(token ? whyIn(token, this.chosen) : '');
  }
}
