// The stream of what the caches hold: one connection for all views, made again when it breaks.
import { ApiFailure, call, readEvents } from './api.js';

const RETRY_MS = 1500;

export class Feed {
  #listeners = { server: [], snapshot: [], link: [], refused: [] };
  #abort = null;
  server = null;
  latest = null;

  /** Events: server (what it runs), snapshot (what it holds), link (true or false), refused (it asks for a key). */
  on(event, listener) {
    this.#listeners[event].push(listener);
  }

  #tell(event, value) {
    this.#listeners[event].forEach(listener => listener(value));
  }

  async start() {
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    while (!abort.signal.aborted) {
      try {
        const response = await call('/api/sequences', { signal: abort.signal });
        this.#tell('link', true);
        await readEvents(response, event => this.#take(event));
      } catch (failure) {
        if (failure instanceof ApiFailure && failure.status === 401) {
          this.#tell('refused', failure);
          return;
        }
      }
      this.#tell('link', false);
      await new Promise(done => setTimeout(done, RETRY_MS));
    }
  }

  stop() {
    this.#abort?.abort();
  }

  #take({ name, data }) {
    if (data === '[DONE]') return;
    const value = JSON.parse(data);
    if (name === 'server') {
      this.server = value;
      this.#tell('server', value);
    } else if (name === 'message') {
      value.time = performance.now() / 1000;
      this.latest = value;
      this.#tell('snapshot', value);
    }
  }
}
