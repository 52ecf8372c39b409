// In place of the server's model: answers as the test says, token by token. Before the page's own scripts.
const fetched = window.fetch;

window.scripted = {
  template: new URLSearchParams(location.search).get('template') ?? 'checkpoint',
  refusal: null, // what the next chat is refused with
  asked: [], // what was asked for
  stream: null,

  send(event) {
    this.stream.enqueue(new TextEncoder().encode(`data: ${JSON.stringify({ id: 'chatcmpl-scripted', ...event })}\n\n`));
  },
  delta(delta) {
    this.send({ choices: [{ delta, finish_reason: null }] });
  },
  say(text) {
    this.delta({ content: text });
  },
  end(reason = 'stop') {
    this.send({ choices: [{ delta: {}, finish_reason: reason }] });
    this.send({ choices: [], usage: { completion_tokens: 7, kv_cache: { seen_tokens: 652, retained_tokens: 163, bytes: 1030000 } } });
    this.close();
  },
  fail(message) {
    this.send({ error: { message } });
    this.close();
  },
  close() {
    this.stream.close();
    this.stream = null;
  },
  answer(options) {
    this.asked.push(JSON.parse(options.body));
    if (this.refusal) return Response.json({ error: { message: this.refusal } }, { status: 400 });
    return new Response(new ReadableStream({
      start: controller => {
        this.stream = controller;
        options.signal.addEventListener('abort', () => controller.error(options.signal.reason));
      },
    }));
  },
};

window.fetch = async (path, options) => {
  if (path === '/v1/models') return Response.json({ data: [{ id: 'scripted', chat_template: scripted.template, generation_defaults: { temperature: 0.6, top_p: 0.95 } }] });
  if (path === '/v1/chat/completions') return scripted.answer(options);
  if (path.startsWith('/api/sequences/chatcmpl-scripted')) return new Response('', { status: 404 });
  return fetched(path, options);
};
