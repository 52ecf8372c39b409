// Reads Prometheus' text format, as far as this page needs it.

/** Returns the samples of a text: [{name, labels, value}]. */
export function parseMetrics(text) {
  const samples = [];
  for (const line of text.split('\n')) {
    const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line);
    if (match) {
      const labels = {};
      for (const [, key, value] of (match[2] ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) labels[key] = value;
      samples.push({ name: match[1], labels, value: Number(match[3]) });
    }
  }
  return samples;
}

export function value(samples, name, labels = {}) {
  return samples.find(sample => sample.name === name
    && Object.entries(labels).every(([key, wanted]) => sample.labels[key] === wanted))?.value ?? NaN;
}

export function sum(samples, name) {
  return samples.filter(sample => sample.name === name).reduce((all, sample) => all + sample.value, 0);
}

/** Estimates a quantile of a histogram as Prometheus does: linear within a bucket. */
export function quantile(samples, name, q) {
  const buckets = samples
    .filter(sample => sample.name === `${name}_bucket`)
    .map(sample => ({ bound: sample.labels.le === '+Inf' ? Infinity : Number(sample.labels.le), count: sample.value }))
    .sort((a, b) => a.bound - b.bound);
  const total = buckets.at(-1)?.count ?? 0;
  if (total === 0) return NaN;
  const rank = q * total;
  const index = buckets.findIndex(bucket => bucket.count >= rank);
  const below = index === 0 ? { bound: 0, count: 0 } : buckets[index - 1];
  if (buckets[index].bound === Infinity) return below.bound;
  const share = (rank - below.count) / (buckets[index].count - below.count);
  return below.bound + share * (buckets[index].bound - below.bound);
}
