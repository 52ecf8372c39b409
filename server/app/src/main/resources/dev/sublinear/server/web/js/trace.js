// The way of each sequence: what it held when it had read so many tokens.
import { budgetOf } from './budget.js';

const MOST_POINTS = 1500;
const KEEP_ENDED = 12;

export class Traces {
  #bySequence = new Map();

  /** Takes in a snapshot. */
  add(snapshot) {
    for (const sequence of snapshot.sequences) {
      let trace = this.#bySequence.get(sequence.number);
      if (!trace) {
        trace = { number: sequence.number, seen: [0], retained: [0], budget: [0] };
        this.#bySequence.set(sequence.number, trace);
      }
      trace.last = sequence;
      if (sequence.seen_tokens > trace.seen.at(-1)) {
        trace.seen.push(sequence.seen_tokens);
        trace.retained.push(sequence.retained_tokens);
        trace.budget.push(sequence.budget_tokens);
        if (trace.seen.length > MOST_POINTS) thin(trace);
      } else if (sequence.seen_tokens === trace.seen.at(-1)) {
        trace.retained[trace.retained.length - 1] = sequence.retained_tokens;
        trace.budget[trace.budget.length - 1] = sequence.budget_tokens;
      }
    }
    const present = new Set(snapshot.sequences.map(sequence => sequence.number));
    for (const trace of this.#bySequence.values()) {
      if (!present.has(trace.number) && !trace.last.ended) trace.last = { ...trace.last, phase: 'ended', ended: true };
    }
    const ended = [...this.#bySequence.values()].filter(trace => trace.last.ended);
    ended.slice(0, Math.max(0, ended.length - KEEP_ENDED)).forEach(trace => this.#bySequence.delete(trace.number));
  }

  get(number) {
    return this.#bySequence.get(number);
  }

  all() {
    return [...this.#bySequence.values()];
  }
}

/** Drops every second point but the ends. */
function thin(trace) {
  const keep = (_, index, all) => index % 2 === 0 || index === all.length - 1;
  trace.seen = trace.seen.filter(keep);
  trace.retained = trace.retained.filter(keep);
  trace.budget = trace.budget.filter(keep);
}

/** The budget of a sequence after n tokens: by its formula or, where each head has its own law, where the server has told it. */
export function budgetAlong(trace) {
  const at = new Map(trace.seen.map((seen, index) => [seen, trace.budget[index]]));
  return budgetOf(trace.last.budget) ?? (n => at.get(n) ?? null);
}

/** Aligns curves over one x axis for the chart: [xs, ys of the first, ys of the second, ...]. */
export function align(curves, lines) {
  const xs = [...new Set(curves.flatMap(curve => curve.seen))].sort((a, b) => a - b);
  const most = xs.at(-1) ?? 0;
  for (let i = 1; i < 64; i++) xs.push(Math.round(most * i / 64));
  const all = [...new Set(xs)].sort((a, b) => a - b);
  const columns = curves.map(curve => {
    const at = new Map(curve.seen.map((seen, index) => [seen, curve.retained[index]]));
    return all.map(x => at.has(x) ? at.get(x) : null);
  });
  return [all, ...lines.map(line => all.map(x => line ? line(x) : null)), ...columns];
}
