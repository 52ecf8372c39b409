// Numbers as people read them.
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

export const count = value => whole.format(value);

export function bytes(value) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let unit = 0;
  let size = value;
  while (Math.abs(size) >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${unit === 0 ? size : size.toFixed(Math.abs(size) < 10 ? 2 : Math.abs(size) < 100 ? 1 : 0)} ${units[unit]}`;
}

export const percent = share => `${(100 * share).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;

export function seconds(value) {
  if (!Number.isFinite(value)) return '–';
  if (value < 0.001) return `${(value * 1e6).toFixed(0)} µs`;
  if (value < 1) return `${(value * 1000).toFixed(value < 0.01 ? 1 : 0)} ms`;
  return `${value.toFixed(value < 10 ? 2 : 0)} s`;
}

export const rate = value => value >= 100 ? count(value) : value.toFixed(1);
