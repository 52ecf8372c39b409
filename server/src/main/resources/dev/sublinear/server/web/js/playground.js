// A prompt, its answer, and what the cache remembers of both.
import { Chart } from './chart.js';
import { Generation } from './generation.js';
import { TokenText } from './token-text.js';
import { Traces, align } from './trace.js';
import { bindsAt, budgetOf, formulaOf } from './budget.js';
import { byId, eachFrame, el, toast } from './dom.js';
import { commonLength, split } from './compare.js';
import { bytes, count, percent, rate, seconds } from './format.js';
import { examples } from './examples.js';
import { fillLayers, retention } from './retention.js';

const BUDGETS = ['unlimited', 'fixed:128', 'fixed:192', 'fixed:256', 'fixed:512',
  'power-law:alpha=8,exponent=0.5', 'power-law:alpha=16,exponent=0.5', 'power-law:alpha=32,exponent=0.5',
  'fraction:0.25', 'logarithmic:scale=32'];
const OWN = 'own';
const MEMORY_MS = 300;
const TAIL = 90; // characters

export class Playground {
  #feed;
  #server = null;
  #pruned = null;
  #full = null;
  #messages = [];
  #given = '';
  #traces = new Traces();
  #sequence = null;
  #view = null;
  #fetching = false;
  #again = false;
  #tokens = new TokenText(byId('memory-tokens'), byId('memory-detail'));
  #chart = new Chart(byId('memory-chart'), { height: 220, x: { label: 'tokens seen' }, series: [
    { label: 'n', colour: 'seen', width: 1.5, dash: [4, 4] },
    { label: 'budget', colour: 'bound', width: 1.5, dash: [2, 3] },
    { label: 'retained', colour: 'accent', width: 2.5 },
  ] });
  #draw = eachFrame(() => this.#drawAnswers());
  #drawCurve = eachFrame(() => this.#drawChart());

  constructor(feed) {
    this.#feed = feed;
    feed.on('server', server => this.#configure(server));
    feed.on('snapshot', snapshot => {
      this.#traces.add(snapshot);
      if (this.#sequence !== null) this.#drawCurve();
    });
    byId('ask').addEventListener('submit', event => {
      event.preventDefault();
      this.#send();
    });
    byId('stop').addEventListener('click', () => this.#stop());
    byId('forget').addEventListener('click', () => this.#forget());
    byId('example').addEventListener('change', event => this.#example(event.target));
    byId('memory-layer').addEventListener('change', () => this.#remember());
    for (const id of ['budget', 'custom']) byId(id).addEventListener('input', () => this.#explain());
    for (const radio of document.querySelectorAll('input[name=kind]')) {
      radio.addEventListener('change', () => this.#kindChanged());
    }
    document.addEventListener('keydown', event => {
      if (event.key === 'Escape' && this.#running()) this.#stop();
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !byId('playground').hidden) byId('ask').requestSubmit();
    });
    setInterval(() => this.#running() && !this.#fetching && this.#remember(), MEMORY_MS);
  }

  show() {}

  repaint() {
    this.#chart.repaint();
  }

  #configure(server) {
    const first = this.#server === null;
    this.#server = server;
    if (!first) return;
    const budget = byId('budget');
    budget.append(new Option(`as the server: ${formulaOf(server.budget)}`, ''),
      ...BUDGETS.map(text => new Option(text === 'unlimited' ? 'unlimited' : `${formulaOf(text)} tokens`, text)),
      new Option('own …', OWN));
    byId('scorer').append(...server.scorers.map(name => new Option(name === server.scorer ? `${name} (server’s)` : name, name)));
    byId('scorer').value = server.scorer;
    if (!server.allow_override) {
      for (const id of ['budget', 'scorer', 'compare']) byId(id).disabled = true;
    }
    this.#explain();
  }

  #kind() {
    return document.querySelector('input[name=kind]:checked').value;
  }

  #kindChanged() {
    const chat = this.#kind() === 'chat';
    byId('prompt').placeholder = chat ? 'Message' : 'Text to continue';
    byId('send').textContent = chat ? 'Send' : 'Generate';
    byId('forget').hidden = !chat || this.#messages.length === 0;
  }

  #example(select) {
    const example = examples[select.value];
    select.value = '';
    if (!example) return;
    document.querySelector(`input[name=kind][value=${example.kind}]`).checked = true;
    this.#kindChanged();
    byId('prompt').value = example.prompt;
    byId('max-tokens').value = example.maxTokens;
    byId('temperature').value = example.temperature;
    if (!byId('budget').disabled) {
      byId('budget').value = example.budget;
      byId('compare').checked = true;
    }
    this.#explain();
    byId('prompt').focus({ preventScroll: true });
  }

  /** The budget that is chosen, as the server reads it. */
  #budget() {
    const chosen = byId('budget').value;
    return chosen === OWN ? byId('custom').value.trim() : chosen || this.#server?.budget || 'unlimited';
  }

  #explain() {
    byId('custom-field').hidden = byId('budget').value !== OWN;
    const hint = byId('budget-hint');
    if (this.#server && !this.#server.allow_override) {
      hint.textContent = `${formulaOf(this.#server.budget)} tokens a layer; this server lets no request choose.`;
      return;
    }
    const budget = budgetOf(this.#budget());
    const binds = bindsAt(this.#budget());
    if (!budget) {
      hint.textContent = 'For example power-law:alpha=16,exponent=0.5 or fixed:256.';
    } else if (binds === Infinity) {
      hint.textContent = 'Keeps every token: exact, and as large as the text.';
    } else {
      hint.textContent = `Exact up to ${count(binds - 1)} tokens; of 4,096 it keeps ${count(budget(4096))}.`;
    }
  }

  #running() {
    return Boolean(this.#pruned?.running || this.#full?.running);
  }

  #stop() {
    this.#pruned?.stop();
    this.#full?.stop();
  }

  #forget() {
    this.#messages = [];
    byId('pruned-text').replaceChildren(el('p', { class: 'empty' }, 'The answer streams in here.'));
    byId('forget').hidden = true;
    byId('prompt').focus();
  }

  async #send() {
    const prompt = byId('prompt').value;
    if (this.#running() || prompt === '' || !this.#server) return;
    const chat = this.#kind() === 'chat';
    if (chat) {
      this.#messages.push({ role: 'user', content: prompt });
      byId('prompt').value = '';
    }
    this.#given = chat ? '' : tail(prompt);
    const compare = byId('compare').checked && !byId('compare').disabled;
    this.#begin(compare);
    const path = chat ? '/v1/chat/completions' : '/v1/completions';
    const body = this.#body(chat, prompt);
    this.#pruned = new Generation();
    this.#full = compare ? new Generation() : null;
    const onChange = () => this.#draw();
    const runs = [this.#pruned.run(path, this.#chosen(body), onChange)];
    if (compare) runs.push(this.#full.run(path, { ...body, kv_cache: { budget: 'unlimited' } }, onChange));
    await Promise.all(runs);
    this.#end(chat);
  }

  #body(chat, prompt) {
    const number = id => Number(byId(id).value);
    return {
      ...(chat ? { messages: this.#messages, max_completion_tokens: number('max-tokens') } : { prompt, max_tokens: number('max-tokens') }),
      temperature: number('temperature'),
      top_p: number('top-p'),
      seed: number('seed'),
      stream: true,
      stream_options: { include_usage: true },
    };
  }

  #chosen(body) {
    return byId('budget').disabled ? body : { ...body, kv_cache: { budget: this.#budget(), scorer: byId('scorer').value } };
  }

  #begin(compare) {
    byId('send').hidden = true;
    byId('stop').hidden = false;
    byId('output-full').hidden = !compare;
    byId('outputs').classList.toggle('two', compare);
    byId('pruned-title').textContent = compare ? 'Pruned cache' : 'Answer';
    byId('pruned-budget').textContent = formulaOf(this.#budget());
    byId('verdict').hidden = !compare;
    for (const side of ['pruned', 'full']) byId(`output-${side}`).setAttribute('aria-busy', 'true');
    this.#sequence = null;
    this.#view = null;
    this.#tokens.clear();
    byId('memory').hidden = true;
  }

  #end(chat) {
    byId('send').hidden = false;
    byId('stop').hidden = true;
    for (const side of ['pruned', 'full']) byId(`output-${side}`).setAttribute('aria-busy', 'false');
    const failure = this.#pruned.failure ?? this.#full?.failure;
    if (failure) toast(failure.message);
    if (chat) {
      if (this.#pruned.text) {
        this.#messages.push({ role: 'assistant', content: this.#pruned.text });
      } else {
        byId('prompt').value ||= this.#messages.pop().content; // unanswered: to be sent again
      }
      byId('forget').hidden = this.#messages.length === 0;
    }
    this.#draw();
    this.#remember();
  }

  #drawAnswers() {
    const [pruned, full] = [this.#pruned, this.#full];
    if (!pruned) return;
    const same = full ? commonLength(pruned.text, full.text) : null;
    this.#drawText('pruned', pruned, same, full);
    if (full) {
      this.#drawText('full', full, same, pruned);
      this.#drawVerdict(same);
    }
  }

  #drawText(side, generation, same, other) {
    const host = byId(`${side}-text`);
    const atEnd = host.scrollTop + host.clientHeight >= host.scrollHeight - 40;
    const nodes = [];
    if (this.#kind() === 'chat') {
      const ended = !this.#running() && this.#messages.at(-1)?.role === 'assistant';
      for (const message of ended ? this.#messages.slice(0, -1) : this.#messages) {
        nodes.push(el('p', { class: `turn ${message.role}` }, message.content));
      }
    }
    const answer = el('p', { class: generation.running ? 'answer running' : 'answer' });
    if (this.#given) answer.append(el('span', { class: 'given' }, this.#given));
    const parted = other && same < generation.text.length && (same < other.text.length || !other.running);
    if (parted) {
      const [before, word, after] = split(generation.text, same);
      answer.append(before, el('mark', {}, word), after);
    } else {
      answer.append(generation.text);
    }
    nodes.push(answer);
    host.replaceChildren(...nodes);
    if (atEnd) host.scrollTop = host.scrollHeight;
    byId(`${side}-facts`).replaceChildren(...this.#facts(generation).map(fact => el('span', {}, fact)));
  }

  #facts(generation) {
    const facts = [];
    if (generation.finish && generation.finish !== 'length' && generation.finish !== 'stop') facts.push(generation.finish);
    const tokens = generation.usage?.completion_tokens ?? generation.tokens;
    facts.push(`${count(tokens)} ${tokens === 1 ? 'token' : 'tokens'}`);
    if (Number.isFinite(generation.speed)) facts.push(`${rate(generation.speed)} tokens/s`);
    if (Number.isFinite(generation.firstAfter)) facts.push(`first after ${seconds(generation.firstAfter)}`);
    const cache = generation.usage?.kv_cache;
    if (cache) {
      facts.push(`holds ${count(cache.retained_tokens)} of ${count(cache.seen_tokens)} (${percent(cache.retained_tokens / cache.seen_tokens)})`);
      facts.push(bytes(cache.bytes));
    }
    return facts;
  }

  #drawVerdict(same) {
    const [pruned, full] = [this.#pruned, this.#full];
    const parted = same < pruned.text.length && same < full.text.length;
    const ended = !this.#running();
    const verdict = byId('verdict');
    if (parted || (ended && pruned.text !== full.text)) {
      verdict.textContent = same < 2 ? 'The two part at once: the first word that differs is marked.'
        : `The two part after ${count(same)} characters: the first word that differs is marked.`;
      verdict.className = 'verdict differs';
    } else if (ended) {
      verdict.textContent = `Identical, all ${count(same)} characters.`;
      verdict.className = 'verdict same';
    } else {
      verdict.textContent = same > 0 ? `Identical so far, ${count(same)} characters.` : 'Reading the prompt …';
      verdict.className = 'verdict';
    }
  }

  /** Shows what is held now: whoever asks while an answer is on its way gets another, which is newer. */
  async #remember() {
    this.#again = true;
    if (this.#fetching) return;
    this.#fetching = true;
    while (this.#again) {
      this.#again = false;
      await this.#showHeld();
    }
    this.#fetching = false;
  }

  async #showHeld() {
    const reference = this.#pruned?.id;
    if (!reference) return;
    try {
      const view = await retention(reference, byId('memory-layer').value);
      if (reference !== this.#pruned.id) return;
      this.#view = view;
      this.#sequence = view.number;
      byId('memory').hidden = false;
      fillLayers(byId('memory-layer'), view.layers);
      this.#tokens.set(view);
      this.#drawCurve();
    } catch {
      // It has not begun, or has ended and is forgotten: what was shown last stays.
    }
  }

  #drawChart() {
    const trace = this.#traces.get(this.#sequence);
    if (trace) this.#chart.set(align([trace], [n => n, budgetOf(trace.last.budget)]));
  }
}

/** The end of a prompt, to be read before its continuation. */
function tail(prompt) {
  const line = prompt.slice(prompt.trimEnd().lastIndexOf('\n') + 1);
  return line.length > TAIL ? `… ${line.slice(line.indexOf(' ', line.length - TAIL) + 1)}` : line;
}
