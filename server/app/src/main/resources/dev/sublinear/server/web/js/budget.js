// Budgets as the server writes them, so that the page can draw the line that a budget promises.
const DEFAULT_FLOOR = 64;

/** Returns b(n), or null for a text that is no budget. */
export function budgetOf(text) {
  const [kind, rest = ''] = text.split(/:(.*)/s);
  const options = Object.fromEntries(rest.split(',').filter(part => part.includes('=')).map(part => part.split('=')));
  const plain = Number(rest.split(',')[0]);
  const floor = Number(options.floor ?? DEFAULT_FLOOR);
  const clamp = tokens => n => Math.min(n, Math.max(floor, Math.ceil(tokens(n) - 1e-6)));
  switch (kind) {
    case 'unlimited': return n => n;
    case 'fixed': return plain >= 1 ? n => Math.min(n, plain) : null;
    case 'fraction': return plain > 0 ? clamp(n => plain * n) : null;
    case 'logarithmic': return options.scale > 0 ? clamp(n => options.scale * Math.log(n)) : null;
    case 'power-law': return options.alpha > 0 && options.exponent > 0
      ? clamp(n => options.alpha * n ** options.exponent) : null;
    default: return null;
  }
}

/** Returns the formula that a budget stands for. */
export function formulaOf(text) {
  const [kind, rest = ''] = text.split(/:(.*)/s);
  const options = Object.fromEntries(rest.split(',').filter(part => part.includes('=')).map(part => part.split('=')));
  switch (kind) {
    case 'unlimited': return 'n';
    case 'fixed': return rest;
    case 'fraction': return `${rest.split(',')[0]}·n`;
    case 'logarithmic': return `${options.scale}·ln n`;
    case 'power-law': return `${options.alpha}·n^${options.exponent}`;
    case 'head-laws': return !options.scale || Number(options.scale) === 1 ? 'a law for each head' : `${options.scale} × a law for each head`;
    default: return text;
  }
}

/** Returns the number of tokens from which on something is evicted; Infinity if never. */
export function bindsAt(text) {
  const budget = budgetOf(text);
  if (!budget || text === 'unlimited') return Infinity;
  let exact = 0;
  for (let n = 1; n < 1e7; n = Math.ceil(n * 1.02) + 1) {
    if (budget(n) < n) return firstBetween(exact, n, seen => budget(seen) < seen);
    exact = n;
  }
  return Infinity;
}

/** Returns the first number at which something holds that does not at one and does at another. */
function firstBetween(not, does, holds) {
  while (does - not > 1) {
    const middle = Math.floor((not + does) / 2);
    if (holds(middle)) does = middle;
    else not = middle;
  }
  return does;
}
