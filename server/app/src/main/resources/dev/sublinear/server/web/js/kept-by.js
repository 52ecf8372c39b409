// Why a token is still held: the server says it, head by head, once the pointer rests on the token.
import { count } from './format.js';
import { getJson } from './api.js';

const REST_MS = 150;

export class KeptBy {
  #timer;
  #asked = 0;
  #onAnswer;

  /** Calls back with what the server says of a token, or with null while it has not. */
  constructor(onAnswer) {
    this.#onAnswer = onAnswer;
  }

  /** Asks for a place of a sequence, which is named as for its retention. */
  ask(reference, position) {
    this.forget();
    const asked = this.#asked;
    this.#timer = setTimeout(async () => {
      try {
        const token = await getJson(`/api/sequences/${encodeURIComponent(reference)}/tokens/${position}`);
        if (asked === this.#asked) this.#onAnswer(token);
      } catch {
        // The sequence is forgotten: what is known of the token without its heads stays.
      }
    }, REST_MS);
  }

  forget() {
    clearTimeout(this.#timer);
    this.#asked++;
    this.#onAnswer(null);
  }
}

const REASONS = {
  sink: 'one of the first',
  pinned: 'pinned',
  recent: 'recent',
  room: 'nothing evicted yet',
  score: 'by its score',
  next_trim: 'until the next trim',
};

const ranks = kept => kept.rank > 0;

/** What keeps a token in one head, in words. */
export function whyOf(kept) {
  if (!kept) return 'evicted';
  const rank = ranks(kept) ? `, rank ${count(kept.rank)} of ${count(kept.ranked)}` : '';
  return `${REASONS[kept.reason]}${rank}`;
}

/** What keeps it in those heads that a view counts: all, one layer's, or one. */
export function whyIn(token, { layer, head }) {
  const counted = token.layers.flatMap((row, at) => layer === undefined || layer === at
    ? row.map((kept, index) => ({ ...kept, where: `layer ${at}, head ${index}` })).filter((_, index) => head === undefined || head === index) : []);
  const holding = counted.filter(kept => kept.reason);
  if (holding.length === 0) return '';
  if (counted.length === 1) return whyOf(holding[0]);
  const parts = Object.keys(REASONS).map(reason => [reason, holding.filter(kept => kept.reason === reason)])
    .filter(([, kept]) => kept.length > 0)
    .map(([reason, kept]) => `${REASONS[reason]} in ${kept.length}`);
  const ranked = holding.filter(ranks);
  if (ranked.length > 0) {
    const best = ranked.reduce((one, other) => other.rank < one.rank ? other : one);
    parts.push(`best rank ${count(best.rank)} of ${count(best.ranked)} in ${best.where}`);
  }
  return parts.join(', ');
}
