// What a sequence's heads hold of each place of its text.
import { getJson } from './api.js';
import { count } from './format.js';

/** Fetches it; reference is a sequence's number, or the id of a completion of one's own, which has the text, too. */
export function retention(reference, layer = '') {
  const path = `/api/sequences/${encodeURIComponent(reference)}`;
  return getJson(layer === '' ? path : `${path}/layers/${layer}`);
}

/** 0 evicted everywhere to 4 held everywhere. */
export function level(held, heads) {
  if (held === 0) return 0;
  return held === heads ? 4 : Math.max(1, Math.min(3, Math.round(4 * held / heads)));
}

/** One place in words. */
export function describe(view, position) {
  const piece = view.pieces?.[position];
  const held = view.held[position];
  const parts = [];
  if (piece !== undefined) parts.push(`“${piece.replaceAll('\n', '↵')}”`);
  parts.push(`place ${count(position)}`);
  parts.push(held === 0 ? 'evicted' : `held by ${held} of ${view.heads} heads`);
  if (held > 0 && view.scores) parts.push(`score ${view.scores[position].toPrecision(3)}`);
  parts.push(`age ${count(view.seen_tokens - 1 - position)}`);
  return parts.join(' · ');
}

/** Fills a menu of layers once it is known how many there are. */
export function fillLayers(select, layers) {
  if (select.options.length !== layers + 1) {
    const chosen = select.value;
    select.replaceChildren(new Option('all', ''), ...Array.from({ length: layers }, (_, index) => new Option(String(index), String(index))));
    select.value = chosen;
  }
}
