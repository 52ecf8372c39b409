// All sequences: what they hold against what they have read.
import { Chart } from './chart.js';
import { HeadChoice } from './head-choice.js';
import { Strip } from './strip.js';
import { Traces, align, budgetAlong } from './trace.js';
import { formulaOf } from './budget.js';
import { byId, eachFrame, el, fillTiles } from './dom.js';
import { bytes, count, percent, rate } from './format.js';
import { retention } from './retention.js';

const DETAIL_MS = 700;
const MOST_CURVES = 8;
const LINES = [
  { label: 'n', colour: 'seen', width: 1.5, dash: [4, 4] },
  { label: 'budget', colour: 'bound', width: 1.5, dash: [2, 3] },
];

export class LiveCache {
  #feed;
  #traces = new Traces();
  #chart = new Chart(byId('cache-chart'), { series: LINES, height: 320, x: { label: 'tokens seen' } });
  #strip = new Strip(byId('strip'), byId('strip-detail'), position => this.#heads.ask(this.#selected, position));
  #heads = new HeadChoice('detail', () => this.#fetchDetail(), why => this.#strip.explain(why));
  #shown = false;
  #selected = null;
  #followsLatest = true;
  #curves = '';
  #rate = new TokenRate();
  #draw = eachFrame(snapshot => this.#drawNow(snapshot));

  constructor(feed) {
    this.#feed = feed;
    feed.on('snapshot', snapshot => {
      this.#traces.add(snapshot);
      this.#rate.add(snapshot);
      if (this.#shown) this.#draw(snapshot);
    });
    byId('sequences').addEventListener('click', event => {
      const row = event.target.closest('tr');
      if (row) this.#select(row.dataset.number);
    });
    setInterval(() => this.#fetchDetail(), DETAIL_MS);
  }

  show(shown) {
    this.#shown = shown;
    if (shown && this.#feed.latest) this.#draw(this.#feed.latest);
  }

  repaint() {
    this.#chart.repaint();
    this.#strip.draw();
  }

  #select(number) {
    this.#selected = number;
    this.#followsLatest = false;
    this.#heads.clear();
    if (this.#feed.latest) this.#draw(this.#feed.latest);
    this.#fetchDetail();
  }

  #drawNow(snapshot) {
    const traces = this.#traces.all();
    if (this.#followsLatest || !this.#traces.get(this.#selected)) this.#follow(latest(traces)?.number ?? null);
    this.#drawTiles(snapshot);
    this.#drawRows(traces);
    this.#drawChart(traces);
    this.#drawDetail();
  }

  #follow(number) {
    if (number !== this.#selected) this.#heads.forget();
    this.#selected = number;
  }

  #drawTiles(snapshot) {
    const live = snapshot.sequences.filter(sequence => !sequence.ended);
    const seen = live.reduce((all, each) => all + each.seen_tokens, 0);
    const retained = live.reduce((all, each) => all + each.retained_tokens, 0);
    const saved = live.reduce((all, each) => all + each.full_bytes - each.bytes, 0);
    const losses = live.map(each => each.lost_mass).filter(loss => loss !== null);
    fillTiles(byId('cache-tiles'), [
      ['Sequences', count(live.length)],
      ['Tokens seen', count(seen)],
      ['Retained', count(retained), seen ? percent(retained / seen) : ''],
      ['Bytes held', bytes(snapshot.used_bytes)],
      ['Bytes saved', bytes(Math.max(0, saved))],
      ['Tokens per second', rate(this.#rate.value)],
      ['Mass lost by a trim', losses.length ? percent(losses.reduce((a, b) => a + b) / losses.length) : '–'],
    ]);
  }

  #drawRows(traces) {
    const body = byId('sequences');
    const rows = new Map([...body.children].map(row => [row.dataset.number, row]));
    byId('sequences-count').textContent = traces.length ? `${traces.filter(trace => !trace.last.ended).length} live` : 'none yet';
    for (const { last } of traces) {
      const row = rows.get(last.number) ?? body.insertBefore(newRow(last.number), body.firstChild);
      rows.delete(last.number);
      row.classList.toggle('selected', last.number === this.#selected);
      row.classList.toggle('ended', last.ended);
      const share = last.seen_tokens ? last.retained_tokens / last.seen_tokens : 1;
      const [number, phase, seen, retained, bar, saved, lost] = row.children;
      number.firstChild.setAttribute('aria-pressed', String(last.number === this.#selected));
      setText(phase, last.phase);
      setText(seen, count(last.seen_tokens));
      setText(retained, count(last.retained_tokens));
      bar.firstChild.value = share;
      setText(bar.lastChild, percent(share));
      setText(saved, bytes(Math.max(0, last.full_bytes - last.bytes)));
      setText(lost, last.lost_mass === null ? '–' : percent(last.lost_mass));
    }
    rows.forEach(row => row.remove());
  }

  #drawChart(traces) {
    const chosen = this.#traces.get(this.#selected);
    const others = traces.filter(trace => trace !== chosen).slice(-(MOST_CURVES - 1));
    const curves = chosen ? [...others, chosen] : others;
    byId('cache-note').hidden = curves.length > 0;
    if (curves.length === 0) return;
    const key = curves.map(curve => curve.number).join();
    if (key !== this.#curves) {
      this.#curves = key;
      this.#chart.setSeries([...LINES, ...curves.map(curve => ({
        label: `sequence ${curve.number}`,
        colour: curve === chosen ? 'accent' : 'quiet',
        width: curve === chosen ? 2.5 : 1.25,
      }))]);
    }
    this.#chart.set(align(curves, [n => n, chosen && budgetAlong(chosen)]));
  }

  #drawDetail() {
    const chosen = this.#traces.get(this.#selected)?.last;
    byId('detail').hidden = !chosen;
    if (!chosen) return;
    setText(byId('detail-title'), `Sequence ${chosen.number}`);
    setText(byId('detail-facts'), `Budget ${formulaOf(chosen.budget)} (${chosen.budget}) · scorer ${chosen.scorer} · `
      + `${count(chosen.prompt_tokens)} tokens of prompt, ${count(chosen.generated_tokens)} generated · ${bytes(chosen.bytes)} of ${bytes(chosen.full_bytes)}`);
  }

  async #fetchDetail() {
    if (!this.#shown || this.#selected === null || document.hidden) return;
    const number = this.#selected;
    try {
      const view = await retention(number, this.#heads.chosen);
      if (number !== this.#selected) return;
      this.#strip.set(view);
      this.#heads.set(view);
    } catch {
      // The sequence has ended and is forgotten: what was shown last stays.
    }
  }
}

/** The newest sequence, rather one that is pruned. */
function latest(traces) {
  return traces.findLast(trace => trace.last.budget !== 'unlimited') ?? traces.at(-1);
}

function newRow(number) {
  const button = el('button', { type: 'button', class: 'pick', 'aria-pressed': 'false' }, String(number));
  const share = el('td', { class: 'share' }, el('meter', { min: 0, max: 1, 'aria-label': `sequence ${number}, share retained` }), el('span', { class: 'num' }));
  return el('tr', { 'data-number': number },
    el('td', {}, button), el('td'), el('td', { class: 'num' }), el('td', { class: 'num' }), share, el('td', { class: 'num' }), el('td', { class: 'num' }));
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Tokens per second, over the last two seconds of snapshots. */
export class TokenRate {
  #points = [];
  #total = 0;
  #generated = new Map();

  add(snapshot) {
    const now = new Map(snapshot.sequences.map(sequence => [sequence.number, sequence.generated_tokens]));
    now.forEach((tokens, number) => { this.#total += Math.max(0, tokens - (this.#generated.get(number) ?? 0)); });
    this.#generated = now;
    this.#points.push([snapshot.time, this.#total]);
    while (this.#points.length > 2 && snapshot.time - this.#points[0][0] > 2) this.#points.shift();
  }

  get value() {
    const [first, last] = [this.#points[0], this.#points.at(-1)];
    return first && last[0] > first[0] ? (last[1] - first[1]) / (last[0] - first[0]) : 0;
  }
}
