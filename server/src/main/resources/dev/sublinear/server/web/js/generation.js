// One request for text, streamed.
import { call, readEvents } from './api.js';

export class Generation {
  text = '';
  tokens = 0;
  id = null;
  usage = null;
  finish = null;
  failure = null;
  #abort = new AbortController();
  #begun = performance.now();
  #first = 0;
  #last = 0;

  /** Streams; calls back whenever something has changed, and once more at the end. */
  async run(path, body, onChange) {
    try {
      const response = await call(path, { body, signal: this.#abort.signal });
      await readEvents(response, ({ data }) => {
        if (data !== '[DONE]') this.#take(JSON.parse(data));
        onChange(this);
      });
      this.finish ??= 'broken off';
    } catch (failure) {
      if (this.#abort.signal.aborted) {
        this.finish = 'stopped';
      } else {
        this.finish = 'failed';
        this.failure = failure;
      }
    }
    onChange(this);
    return this;
  }

  stop() {
    this.#abort.abort();
  }

  #take(event) {
    if (event.error) throw new Error(event.error.message);
    this.id ??= event.id;
    this.usage = event.usage ?? this.usage;
    const choice = event.choices?.[0];
    if (!choice) return;
    this.finish = choice.finish_reason ?? this.finish;
    const piece = choice.text ?? choice.delta?.content ?? '';
    if (piece) {
      this.text += piece;
      this.tokens++;
      this.#last = performance.now();
      this.#first ||= this.#last;
    }
  }

  get running() {
    return this.finish === null || (this.finish !== 'stopped' && this.finish !== 'failed' && this.usage === null && this.finish !== 'broken off');
  }

  /** Seconds to the first text. */
  get firstAfter() {
    return this.#first ? (this.#first - this.#begun) / 1000 : NaN;
  }

  /** Tokens per second after the first. */
  get speed() {
    const tokens = this.usage?.completion_tokens ?? this.tokens;
    return this.#last > this.#first ? (tokens - 1) / ((this.#last - this.#first) / 1000) : NaN;
  }
}
