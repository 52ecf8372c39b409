// Runs the openai package against a server: node client.mjs BASE_URL KEY MODEL
import assert from 'node:assert/strict';
import OpenAI from 'openai';

const [baseURL, apiKey, model] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const asked = { model, messages: [{ role: 'user', content: 'Tell me about the sea.' }], max_tokens: 12, temperature: 0 };

const whole = await client.chat.completions.create(asked);
const text = whole.choices[0].message.content;
assert.ok(text.length > 0);
assert.equal(whole.usage.completion_tokens, 12);

// The stream helper.
const helper = client.chat.completions.stream({ ...asked, stream_options: { include_usage: true } });
const final = await helper.finalChatCompletion();
assert.equal(final.choices[0].message.content, text);
assert.equal(final.choices[0].finish_reason, 'length');
assert.equal(final.usage.completion_tokens, 12);

// Iteration broken off early: the connection is cut, and the server goes on for others.
let seen = 0;
for await (const chunk of await client.chat.completions.create({ ...asked, max_tokens: 2000, stream: true })) {
  if (chunk.choices[0].delta.content && ++seen === 3) break;
}
assert.equal(seen, 3);

// Tools.
const tools = [{
  type: 'function',
  function: {
    name: 'weather',
    parameters: { type: 'object', properties: { city: { enum: ['Oslo', 'Rome'] } }, required: ['city'], additionalProperties: false },
  },
}];
const called = await client.chat.completions.stream({ ...asked, tools, tool_choice: 'required', max_tokens: 200 }).finalChatCompletion();
assert.equal(called.choices[0].finish_reason, 'tool_calls');
const call = called.choices[0].message.tool_calls[0];
assert.equal(call.function.name, 'weather');
assert.ok(['Oslo', 'Rome'].includes(JSON.parse(call.function.arguments).city));

const completion = await client.completions.create({ model, prompt: ['Once upon', 'It was'], max_tokens: 3 });
assert.equal(completion.choices.length, 2);

const models = await client.models.list();
assert.deepEqual(models.data.map((one) => one.id), [model]);
assert.equal((await client.models.retrieve(model)).id, model);

// Errors, as the classes of the package.
await assert.rejects(client.chat.completions.create({ ...asked, temperature: 3 }), (error) =>
  error instanceof OpenAI.BadRequestError && error.param === 'temperature' && error.code === 'invalid_value');
await assert.rejects(client.chat.completions.create({ ...asked, model: 'other' }), OpenAI.NotFoundError);
await assert.rejects(new OpenAI({ baseURL, apiKey: 'wrong', maxRetries: 0 }).models.list(), OpenAI.AuthenticationError);

// What may not help is not tried again; a server that is not there is.
let tries = 0;
const counting = new OpenAI({ baseURL, apiKey, maxRetries: 2, fetch: (...all) => { tries++; return fetch(...all); } });
await assert.rejects(counting.chat.completions.create({ ...asked, max_tokens: -1 }), OpenAI.BadRequestError);
assert.equal(tries, 1);
const absent = new OpenAI({ baseURL: 'http://127.0.0.1:9/v1', apiKey, maxRetries: 1, fetch: (...all) => { tries++; return fetch(...all); } });
await assert.rejects(absent.models.list(), OpenAI.APIConnectionError);
assert.equal(tries, 3);
