// Line charts in the page's colours.
/* global uPlot */
import { count } from './format.js';

const colour = name => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/**
 * A chart that follows its container's width.
 *
 * series: [{label, colour, width, dash, fill}], colours by the names of the style sheet's variables.
 */
export class Chart {
  #host;
  #options;
  #plot = null;
  #data = null;

  constructor(host, { series, height = 300, x = {}, y = {} }) {
    this.#host = host;
    this.#options = { series, height, x, y };
    host.chart = this; // for whoever inspects the page
    new ResizeObserver(() => this.#resize()).observe(host);
  }

  get data() {
    return this.#data;
  }

  set(data) {
    this.#data = data;
    if (this.#plot) {
      this.#plot.setData(data);
    } else {
      this.repaint();
    }
  }

  /** Replaces the series, when there are others. */
  setSeries(series) {
    this.#options.series = series;
    this.#plot?.destroy();
    this.#plot = null;
  }

  /** Draws anew, because the theme has changed. */
  repaint() {
    this.#plot?.destroy();
    this.#plot = null;
    if (this.#data && this.#host.clientWidth > 0) {
      this.#plot = new uPlot(this.#settings(), this.#data, this.#host);
    }
  }

  #resize() {
    const width = this.#host.clientWidth;
    if (width === 0) return;
    if (!this.#plot) {
      this.repaint();
    } else if (this.#plot.width !== width) {
      this.#plot.setSize({ width, height: this.#options.height });
    }
  }

  #settings() {
    const { series, height, x, y } = this.#options;
    const axis = {
      stroke: colour('muted'),
      font: '12px Inter, system-ui, sans-serif',
      labelFont: '12px Inter, system-ui, sans-serif',
      grid: { stroke: colour('line'), width: 1 },
      ticks: { show: false },
    };
    return {
      width: this.#host.clientWidth,
      height,
      legend: { show: false },
      cursor: { show: x.cursor ?? false, points: { size: 6 }, y: false },
      scales: { x: { time: false, range: x.range }, y: { range: y.range ?? ((_, __, most) => [0, Math.max(1, most * 1.05)]) } },
      axes: [
        { ...axis, size: 28, label: x.label, labelSize: 18, labelGap: -2, values: (_, ticks) => ticks.map(x.format ?? count), space: 70, ...(x.incrs && { incrs: x.incrs }) },
        { ...axis, size: 52, values: (_, ticks) => ticks.map(y.format ?? count), ...(y.incrs && { incrs: y.incrs }) },
      ],
      series: [
        {},
        ...series.map(each => ({
          label: each.label,
          stroke: colour(each.colour),
          width: each.width ?? 2,
          dash: each.dash,
          fill: each.fill ? `${colour(each.colour)}22` : undefined,
          points: { show: false },
          spanGaps: true,
        })),
      ],
    };
  }
}
