// A prompt, its answer, and what the cache remembers of both.
import { CacheChoice } from './cache-choice.js';
import { Generation } from './generation.js';
import { Memory } from './memory.js';
import { byId, eachFrame, el, toast } from './dom.js';
import { commonLength, split } from './compare.js';
import { count } from './format.js';
import { examples } from './examples.js';
import { facts } from './facts.js';
import { formulaOf } from './budget.js';

const TAIL = 90; // characters

export class Playground {
  #ready = false;
  #pruned = null;
  #full = null;
  #given = '';
  #cache = new CacheChoice();
  #memory;
  #draw = eachFrame(() => this.#drawAnswers());

  constructor(feed) {
    this.#memory = new Memory('memory', feed, 220);
    feed.on('server', server => this.#configure(server));
    byId('ask').addEventListener('submit', event => {
      event.preventDefault();
      this.#send();
    });
    byId('stop').addEventListener('click', () => this.#stop());
    byId('example').addEventListener('change', event => this.#example(event.target));
    for (const radio of document.querySelectorAll('input[name=kind]')) {
      radio.addEventListener('change', () => this.#kindChanged());
    }
    document.addEventListener('keydown', event => {
      if (event.key === 'Escape' && this.#running()) this.#stop();
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !byId('playground').hidden) byId('ask').requestSubmit();
    });
  }

  show() {}

  repaint() {
    this.#memory.repaint();
  }

  #configure(server) {
    if (this.#ready) return;
    this.#ready = true;
    this.#cache.configure(server);
    byId('compare').disabled = !this.#cache.open;
  }

  #kind() {
    return document.querySelector('input[name=kind]:checked').value;
  }

  #kindChanged() {
    byId('prompt').placeholder = this.#kind() === 'chat' ? 'Message' : 'Text to continue';
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
    if (this.#cache.open) {
      this.#cache.budget = example.budget;
      byId('compare').checked = true;
    }
    byId('prompt').focus({ preventScroll: true });
  }

  #running() {
    return Boolean(this.#pruned?.running || this.#full?.running);
  }

  #stop() {
    this.#pruned?.stop();
    this.#full?.stop();
  }

  async #send() {
    const prompt = byId('prompt').value;
    if (this.#running() || prompt === '' || !this.#ready) return;
    const chat = this.#kind() === 'chat';
    this.#given = chat ? '' : tail(prompt);
    const compare = byId('compare').checked && !byId('compare').disabled;
    this.#begin(compare);
    const path = chat ? '/v1/chat/completions' : '/v1/completions';
    const body = this.#body(chat, prompt);
    this.#pruned = new Generation();
    this.#full = compare ? new Generation() : null;
    const onChange = () => this.#draw();
    this.#memory.follow(this.#pruned);
    const runs = [this.#pruned.run(path, this.#cache.in(body), onChange)];
    if (compare) runs.push(this.#full.run(path, { ...body, kv_cache: { budget: 'unlimited' } }, onChange));
    await Promise.all(runs);
    this.#end();
  }

  #body(chat, prompt) {
    const number = id => Number(byId(id).value);
    return {
      ...(chat ? { messages: [{ role: 'user', content: prompt }], max_completion_tokens: number('max-tokens') } : { prompt, max_tokens: number('max-tokens') }),
      temperature: number('temperature'),
      top_p: number('top-p'),
      seed: number('seed'),
      stream: true,
      stream_options: { include_usage: true },
    };
  }

  #begin(compare) {
    byId('send').hidden = true;
    byId('stop').hidden = false;
    byId('output-full').hidden = !compare;
    byId('outputs').classList.toggle('two', compare);
    byId('pruned-title').textContent = compare ? 'Pruned cache' : 'Answer';
    byId('pruned-budget').textContent = formulaOf(this.#cache.budget);
    byId('verdict').hidden = !compare;
    for (const side of ['pruned', 'full']) byId(`output-${side}`).setAttribute('aria-busy', 'true');
    this.#memory.clear();
  }

  #end() {
    byId('send').hidden = false;
    byId('stop').hidden = true;
    for (const side of ['pruned', 'full']) byId(`output-${side}`).setAttribute('aria-busy', 'false');
    const failure = this.#pruned.failure ?? this.#full?.failure;
    if (failure) toast(failure.message);
    this.#draw();
    this.#memory.refresh();
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
    const answer = el('p', { class: generation.running ? 'answer running' : 'answer' });
    if (this.#given) answer.append(el('span', { class: 'given' }, this.#given));
    const parted = other && same < generation.text.length && (same < other.text.length || !other.running);
    if (parted) {
      const [before, word, after] = split(generation.text, same);
      answer.append(before, el('mark', {}, word), after);
    } else {
      answer.append(generation.text);
    }
    host.replaceChildren(answer);
    if (atEnd) host.scrollTop = host.scrollHeight;
    byId(`${side}-facts`).replaceChildren(...facts(generation));
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
}

/** The end of a prompt, to be read before its continuation. */
function tail(prompt) {
  const line = prompt.slice(prompt.trimEnd().lastIndexOf('\n') + 1);
  return line.length > TAIL ? `… ${line.slice(line.indexOf(' ', line.length - TAIL) + 1)}` : line;
}
