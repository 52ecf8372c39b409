// Which cache a request asks for: budget and scorer, and what they promise.
import { bindsAt, budgetOf, formulaOf } from './budget.js';
import { byId } from './dom.js';
import { count } from './format.js';

const BUDGETS = ['unlimited', 'fixed:128', 'fixed:192', 'fixed:256', 'fixed:512',
  'power-law:alpha=8,exponent=0.5', 'power-law:alpha=16,exponent=0.5', 'power-law:alpha=32,exponent=0.5',
  'fraction:0.25', 'logarithmic:scale=32'];
const OWN = 'own';

export class CacheChoice {
  #prefix;
  #server = null;

  constructor(prefix = '') {
    this.#prefix = prefix;
    this.#field('budget').addEventListener('change', () => this.explain());
    this.#field('custom').addEventListener('input', () => this.explain());
  }

  #field(id) {
    return byId(this.#prefix + id);
  }

  configure(server) {
    this.#server = server;
    this.#field('budget').append(new Option(`as the server: ${formulaOf(server.budget)}`, ''),
      ...BUDGETS.map(text => new Option(text === 'unlimited' ? 'unlimited' : `${formulaOf(text)} tokens`, text)),
      new Option('own …', OWN));
    const scorers = server.scorers.includes(server.scorer) ? server.scorers : [server.scorer, ...server.scorers]; // one may be composed
    this.#field('scorer').append(...scorers.map(name => new Option(name === server.scorer ? `${name} (server’s)` : name, name)));
    this.#field('scorer').value = server.scorer;
    for (const id of ['budget', 'scorer']) this.#field(id).disabled = !server.allow_override;
    this.explain();
  }

  get open() {
    return Boolean(this.#server?.allow_override);
  }

  set budget(text) {
    this.#field('budget').value = text;
    this.explain();
  }

  /** The budget that is chosen, as the server reads it. */
  get budget() {
    const chosen = this.#field('budget').value;
    return chosen === OWN ? this.#field('custom').value.trim() : chosen || this.#server?.budget || 'unlimited';
  }

  /** The request with what is chosen. */
  in(body) {
    return this.open ? { ...body, kv_cache: { budget: this.budget, scorer: this.#field('scorer').value } } : body;
  }

  explain() {
    this.#field('custom-field').hidden = this.#field('budget').value !== OWN;
    this.#field('budget-hint').textContent = this.#promise();
  }

  #promise() {
    if (this.#server && !this.open) {
      return `${formulaOf(this.#server.budget)}, in tokens; this server lets no request choose.`;
    }
    if (this.budget.startsWith('head-laws')) return 'Each head keeps as many tokens as its own law says: the map of heads shows them.';
    const budget = budgetOf(this.budget);
    const binds = bindsAt(this.budget);
    if (!budget) return 'For example power-law:alpha=16,exponent=0.5 or fixed:256.';
    if (binds === Infinity) return 'Keeps every token: exact, and as large as the text.';
    return `Exact up to ${count(binds - 1)} tokens; of 4,096 it keeps ${count(budget(4096))}.`;
  }
}
