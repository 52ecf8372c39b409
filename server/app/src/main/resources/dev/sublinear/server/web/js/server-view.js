// How the server fares: load, latency, memory, and what it runs with.
import { Chart } from './chart.js';
import { TokenRate } from './live-cache.js';
import { byId, el, fillTiles } from './dom.js';
import { call } from './api.js';
import { bytes, count, percent, rate, seconds } from './format.js';
import { parseMetrics, quantile, sum, value } from './metrics-text.js';

const EVERY_MS = 2000;
const HISTORY = 300; // seconds
const LATENCIES = [
  ['Time to first token', 'sublinear_time_to_first_token_seconds'],
  ['Between tokens', 'sublinear_inter_token_latency_seconds'],
  ['Waiting in the queue', 'sublinear_queue_duration_seconds'],
  ['Whole request', 'sublinear_request_duration_seconds'],
];

export class ServerView {
  #feed;
  #shown = false;
  #rate = new TokenRate();
  #history = { time: [], rate: [], running: [], waiting: [] };
  #rates;
  #loads;

  constructor(feed) {
    this.#feed = feed;
    const time = { format: at => at === 0 ? 'now' : `${at / 60} min`, range: () => [-HISTORY, 0], incrs: [60] };
    this.#rates = new Chart(byId('chart-rate'), { height: 180, x: time, series: [{ label: 'tokens/s', colour: 'accent', fill: true }] });
    this.#loads = new Chart(byId('chart-load'), { height: 180, x: time, y: { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] }, series: [
      { label: 'running', colour: 'accent', fill: true }, { label: 'waiting', colour: 'bound' }] });
    feed.on('snapshot', snapshot => {
      this.#rate.add(snapshot);
      this.#remember(snapshot);
      if (this.#shown) this.#draw(snapshot);
    });
    feed.on('server', server => this.#configure(server));
    setInterval(() => this.#readMetrics(), EVERY_MS);
  }

  show(shown) {
    this.#shown = shown;
    if (shown && this.#feed.latest) {
      this.#draw(this.#feed.latest);
      this.#readMetrics();
    }
  }

  repaint() {
    this.#rates.repaint();
    this.#loads.repaint();
  }

  #remember(snapshot) {
    const { time } = this.#history;
    if (time.length > 0 && snapshot.time - time.at(-1) < 0.5) return;
    time.push(snapshot.time);
    this.#history.rate.push(this.#rate.value);
    this.#history.running.push(snapshot.running);
    this.#history.waiting.push(snapshot.waiting);
    while (snapshot.time - time[0] > HISTORY) Object.values(this.#history).forEach(column => column.shift());
  }

  #draw(snapshot) {
    const ago = this.#history.time.map(at => at - snapshot.time);
    this.#rates.set([ago, this.#history.rate]);
    this.#loads.set([ago, this.#history.running, this.#history.waiting]);
    fillTiles(byId('server-tiles'), [
      ['Running', count(snapshot.running)],
      ['Waiting', count(snapshot.waiting)],
      ['Tokens per second', rate(this.#rate.value)],
      ['Cache in use', bytes(snapshot.used_bytes), percent(snapshot.used_bytes / snapshot.capacity_bytes)],
      ['Cache reserved', bytes(snapshot.reserved_bytes), percent(snapshot.reserved_bytes / snapshot.capacity_bytes)],
    ]);
  }

  async #readMetrics() {
    if (!this.#shown || document.hidden) return;
    let samples;
    try {
      samples = parseMetrics(await (await call('/metrics')).text());
    } catch {
      return; // the link in the header says so
    }
    byId('latency').replaceChildren(...LATENCIES.map(([label, name]) => el('tr', {}, el('th', { scope: 'row' }, label),
      ...[0.5, 0.95, 0.99].map(q => el('td', { class: 'num' }, seconds(quantile(samples, name, q)))))));
    this.#memory(samples);
  }

  #memory(samples) {
    const capacity = value(samples, 'sublinear_kvcache_capacity_bytes');
    const heapMost = samples.filter(sample => sample.name === 'jvm_memory_max_bytes' && sample.labels.area === 'heap' && sample.value > 0)
      .reduce((all, sample) => all + sample.value, 0);
    const heap = samples.filter(sample => sample.name === 'jvm_memory_used_bytes' && sample.labels.area === 'heap')
      .reduce((all, sample) => all + sample.value, 0);
    const rows = [
      ['Caches', value(samples, 'sublinear_kvcache_bytes'), capacity],
      ['Set aside for caches', value(samples, 'sublinear_kvcache_reserved_bytes'), capacity],
      ['Java heap', heap, heapMost],
      ['Netty’s buffers', sum(samples, 'sublinear_netty_direct_bytes'), null],
      ['Whole process', value(samples, 'process_resident_memory_bytes'), null],
    ].filter(([, used]) => Number.isFinite(used));
    const host = byId('memory-meters');
    host.replaceChildren(...rows.map(([label, used, most]) => el('div', { class: 'meter-row' },
      el('span', {}, label),
      most ? el('meter', { min: 0, max: most, value: used, 'aria-label': label }) : el('span'),
      el('span', { class: 'num' }, most ? `${bytes(used)} of ${bytes(most)}` : bytes(used)))));
  }

  #configure(server) {
    byId('config').replaceChildren(...server.configuration.map(([term, text]) => el('div', {}, el('dt', {}, term), el('dd', {}, text))));
  }
}
