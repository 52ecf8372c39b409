// One request for text, streamed.
import { call, readEvents } from './api.js';

const BROKEN = ['stopped', 'failed', 'broken off'];

export class Generation {
  text = '';
  reasoning = '';
  toolCalls = []; // {name, arguments}
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
      if (this.finish === null) {
        this.finish = 'broken off';
        this.failure = new Error('The connection broke before the answer had ended.');
      }
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
    const thought = choice.delta?.reasoning_content ?? '';
    const calls = choice.delta?.tool_calls ?? [];
    this.text += piece;
    this.reasoning += thought;
    calls.forEach(call => this.#takeCall(call));
    if (piece || thought || calls.length > 0) {
      this.tokens++;
      this.#last = performance.now();
      this.#first ||= this.#last;
    }
  }

  #takeCall({ index, function: called = {} }) {
    this.toolCalls[index] ??= { name: '', arguments: '' };
    this.toolCalls[index].name += called.name ?? '';
    this.toolCalls[index].arguments += called.arguments ?? '';
  }

  /** Whether anything has come of it. */
  get answered() {
    return this.text !== '' || this.reasoning !== '' || this.toolCalls.length > 0 || !BROKEN.includes(this.finish);
  }

  get running() {
    return this.finish === null || (this.usage === null && !BROKEN.includes(this.finish));
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
