// What a sequence's heads hold of each place of its text.
import { getJson } from './api.js';
import { count } from './format.js';

/**
 * Fetches it; reference is a sequence's number, or the id of a completion of one's own, which has the text, too. Counts all
 * heads, those of a layer, or one.
 */
export function retention(reference, { layer, head }) {
  const path = `/api/sequences/${encodeURIComponent(reference)}`;
  return getJson(path + (layer === undefined ? '' : `/layers/${layer}`) + (head === undefined ? '' : `/heads/${head}`));
}

/** 0 evicted everywhere to 4 held everywhere. */
export function level(held, heads) {
  if (held === 0) return 0;
  return held === heads ? 4 : Math.max(1, Math.min(3, Math.round(4 * held / heads)));
}

/** One place in words; why says what keeps it, where that is known. */
export function describe(view, position, why) {
  const piece = view.pieces?.[position];
  const held = view.held[position];
  const parts = [];
  if (piece !== undefined) parts.push(`“${piece.replaceAll('\n', '↵')}”`);
  parts.push(`place ${count(position)}`);
  if (held === 0) parts.push('evicted');
  else parts.push(view.heads === 1 ? 'held' : `held by ${held} of ${view.heads} heads`);
  if (why) parts.push(why);
  if (held > 0 && view.scores) parts.push(`score ${view.scores[position].toPrecision(3)}`);
  parts.push(`age ${count(view.seen_tokens - 1 - position)}`);
  return parts.join(' · ');
}
