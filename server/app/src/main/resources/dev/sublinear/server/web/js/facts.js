// What an answer took, in words.
import { el } from './dom.js';
import { bytes, count, percent, rate, seconds } from './format.js';

export function facts(generation) {
  const all = [];
  if (generation.finish && generation.finish !== 'length' && generation.finish !== 'stop') all.push(generation.finish);
  const tokens = generation.usage?.completion_tokens ?? generation.tokens;
  all.push(`${count(tokens)} ${tokens === 1 ? 'token' : 'tokens'}`);
  if (Number.isFinite(generation.speed)) all.push(`${rate(generation.speed)} tokens/s`);
  if (Number.isFinite(generation.firstAfter)) all.push(`first after ${seconds(generation.firstAfter)}`);
  const cache = generation.usage?.kv_cache;
  if (cache) {
    all.push(`holds ${count(cache.retained_tokens)} of ${count(cache.seen_tokens)} (${percent(cache.retained_tokens / cache.seen_tokens)})`);
    all.push(bytes(cache.bytes));
  }
  return all.map(fact => el('span', {}, fact));
}
