// Requests to the server. The key, if it asks for one, lives in this tab alone.
const KEY = 'api-key';

export class ApiFailure extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export const setKey = key => sessionStorage.setItem(KEY, key);

function headers(more = {}) {
  const key = sessionStorage.getItem(KEY);
  return key ? { ...more, authorization: `Bearer ${key}` } : more;
}

export async function call(path, { body, signal } = {}) {
  const response = await fetch(path, {
    method: body ? 'POST' : 'GET',
    headers: headers(body ? { 'content-type': 'application/json' } : {}),
    body: body && JSON.stringify(body),
    signal,
  });
  if (!response.ok) {
    throw new ApiFailure(response.status, await message(response));
  }
  return response;
}

async function message(response) {
  try {
    return (await response.json()).error.message;
  } catch {
    return `the server answered ${response.status}`;
  }
}

export const getJson = async (path, options) => (await call(path, options)).json();

/** Reads a reply of server-sent events; calls back with each event's name and data. */
export async function readEvents(response, onEvent) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split('\n\n');
    rest = blocks.pop();
    for (const block of blocks) {
      const event = parse(block);
      if (event.data) onEvent(event);
    }
  }
}

function parse(block) {
  const event = { name: 'message', data: '' };
  for (const line of block.split('\n')) {
    if (line.startsWith('event: ')) event.name = line.slice(7);
    if (line.startsWith('data: ')) event.data += line.slice(6);
  }
  return event;
}
