// A conversation, and what the cache remembers of it.
import { Answer } from './answer.js';
import { CacheChoice } from './cache-choice.js';
import { Generation } from './generation.js';
import { Memory } from './memory.js';
import { byId, eachFrame, el } from './dom.js';
import { suggestions } from './examples.js';

const NEAR_END = 120; // pixels

export class Chat {
  #ready = false;
  #shown = false;
  #messages = [];
  #running = null;
  #cache = new CacheChoice('chat-');
  #memory;
  #message = byId('message');

  constructor(feed) {
    this.#memory = new Memory('chat-memory', feed, 180);
    feed.on('server', server => this.#configure(server));
    byId('composer').addEventListener('submit', event => {
      event.preventDefault();
      this.#send(this.#message.value);
    });
    this.#message.addEventListener('keydown', event => {
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#send(this.#message.value);
    });
    document.addEventListener('keydown', event => {
      if (event.key === 'Escape' && this.#shown) this.#running?.stop();
    });
    byId('chat-stop').addEventListener('click', () => this.#running?.stop());
    byId('new-chat').addEventListener('click', () => this.#begin());
    byId('suggestions').append(...suggestions.map(({ title, prompt }) => {
      const button = el('button', { type: 'button' }, title);
      button.addEventListener('click', () => this.#send(prompt));
      return el('li', {}, button);
    }));
  }

  show(shown) {
    const opens = shown && !this.#shown;
    this.#shown = shown;
    if (opens) this.#focus();
  }

  repaint() {
    this.#memory.repaint();
  }

  #configure(server) {
    byId('welcome-title').textContent = `Chat with ${server.model}`;
    if (!this.#ready) this.#cache.configure(server);
    this.#ready = true;
  }

  /** Samples as the model's makers do, where they say how; else as small models need it. */
  suit({ generation_defaults: makers }) {
    if (!makers || (makers.temperature === 1 && makers.top_p === 1)) return;
    byId('chat-temperature').value = makers.temperature;
    byId('chat-top-p').value = makers.top_p;
  }

  /** Not where a keyboard would come up over half of the screen. */
  #focus() {
    if (navigator.maxTouchPoints === 0) this.#message.focus({ preventScroll: true });
  }

  #begin() {
    this.#running?.stop();
    this.#messages = [];
    byId('log').replaceChildren();
    byId('welcome').hidden = false;
    byId('new-chat').hidden = true;
    this.#complain('');
    this.#memory.clear();
    this.#focus();
  }

  async #send(text) {
    if (this.#running || text.trim() === '' || !this.#ready) return;
    this.#message.value = '';
    this.#messages.push({ role: 'user', content: text });
    byId('welcome').hidden = true;
    byId('new-chat').hidden = false;
    byId('log').append(el('article', { class: 'turn user', 'aria-label': 'You' }, text));
    this.#focus();
    await this.#ask();
  }

  /** Has the last message answered. */
  async #ask() {
    const conversation = this.#messages;
    const generation = new Generation();
    const answer = new Answer(() => this.#again(answer));
    this.#running = generation;
    this.#busy(true);
    this.#complain('');
    byId('log').append(answer.node);
    this.#memory.follow(generation);
    scrollToEnd();
    const draw = eachFrame(() => followingTheEnd(() => answer.draw(generation)));
    await generation.run('/v1/chat/completions', this.#body(), draw);
    this.#running = null;
    this.#busy(false);
    if (conversation !== this.#messages) return; // another has begun
    if (generation.answered) {
      conversation.push({ role: 'assistant', content: generation.text });
      followingTheEnd(() => answer.end(generation));
      this.#memory.refresh();
    } else {
      this.#giveBack(answer);
    }
    if (generation.failure) this.#complain(generation.failure.message);
  }

  #again(answer) {
    if (this.#running) return;
    this.#messages.pop();
    answer.node.remove();
    this.#focus();
    this.#ask();
  }

  /** Nothing came of it: the message can be sent again. */
  #giveBack(answer) {
    const { content } = this.#messages.pop();
    answer.node.previousElementSibling.remove();
    answer.node.remove();
    this.#message.value ||= content;
    byId('welcome').hidden = this.#messages.length > 0;
    byId('new-chat').hidden = this.#messages.length === 0;
    this.#focus();
  }

  #body() {
    const system = byId('system').value.trim();
    const number = (id, name) => byId(id).value === '' ? {} : { [name]: Number(byId(id).value) };
    return this.#cache.in({
      messages: system ? [{ role: 'system', content: system }, ...this.#messages] : this.#messages,
      ...number('chat-max-tokens', 'max_completion_tokens'),
      ...number('chat-temperature', 'temperature'),
      ...number('chat-top-p', 'top_p'),
      ...number('chat-seed', 'seed'),
      stream: true,
      stream_options: { include_usage: true },
    });
  }

  #busy(busy) {
    byId('chat-send').hidden = busy;
    byId('chat-stop').hidden = !busy;
  }

  #complain(message) {
    byId('chat-problem').textContent = message;
    byId('chat-problem').hidden = message === '';
  }
}

const hiddenBelow = () => byId('talk').getBoundingClientRect().bottom - innerHeight;

function scrollToEnd() {
  scrollBy(0, Math.max(0, hiddenBelow()));
}

/** Whoever has scrolled up to read stays there. */
function followingTheEnd(change) {
  const atEnd = hiddenBelow() < NEAR_END;
  change();
  if (atEnd) scrollToEnd();
}
