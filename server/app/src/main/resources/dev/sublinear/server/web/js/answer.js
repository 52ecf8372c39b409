// One answer of a conversation as it grows: thoughts, calls of tools, text, and what it took.
import { Markdown } from './markdown.js';
import { copyButton } from './code.js';
import { el } from './dom.js';
import { facts } from './facts.js';

export class Answer {
  #thoughts = el('div', { class: 'thoughts' });
  #thinking = el('details', { class: 'thinking', hidden: '' }, el('summary', {}, 'Thinking'), this.#thoughts);
  #calls = el('div', { class: 'calls' });
  #text = el('div', { class: 'md running' });
  #markdown = new Markdown(this.#text);
  #facts = el('div', { class: 'facts' });
  #actions = el('div', { class: 'row answer-actions', hidden: '' });

  /** Calls back when the answer shall be given again. */
  constructor(onAgain) {
    const again = el('button', { type: 'button', class: 'small again' }, 'Try again');
    again.addEventListener('click', onAgain);
    this.again = again;
    this.node = el('article', { class: 'turn assistant', 'aria-label': 'Answer', 'aria-busy': 'true' },
      this.#thinking, this.#text, this.#calls,
      el('footer', { class: 'row between wrap answer-foot' }, this.#facts, this.#actions));
  }

  draw(generation) {
    this.#drawAside(generation);
    if (generation.running) this.#markdown.grow(generation.text);
  }

  end(generation) {
    this.#drawAside(generation);
    this.#markdown.end(generation.text);
    this.#text.classList.remove('running');
    this.node.setAttribute('aria-busy', 'false');
    this.#actions.hidden = false;
    this.#actions.replaceChildren(...(generation.text ? [copyButton('answer', () => generation.text)] : []), this.again);
    if (generation.text === '' && generation.toolCalls.length === 0) {
      this.#text.replaceChildren(el('p', { class: 'hint' }, generation.finish === 'length' ? 'It has used all its tokens before it said anything.' : 'It said nothing.'));
    }
  }

  #drawAside(generation) {
    this.#thinking.hidden = generation.reasoning === '';
    if (this.#thoughts.textContent !== generation.reasoning) this.#thoughts.textContent = generation.reasoning;
    this.#calls.replaceChildren(...generation.toolCalls.map(call => el('p', { class: 'call' },
      el('span', { class: 'hint' }, 'calls '), el('code', {}, `${call.name}(${call.arguments})`))));
    this.#facts.replaceChildren(...facts(generation));
  }
}
