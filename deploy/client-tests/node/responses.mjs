// Runs the openai package's Responses API against a server: node responses.mjs BASE_URL KEY MODEL
import assert from 'node:assert/strict';
import OpenAI from 'openai';

const [baseURL, apiKey, model] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const asked = { model, instructions: 'You are brief.', input: 'Tell me about the sea.', max_output_tokens: 12, temperature: 0 };

const whole = await client.responses.create(asked);
assert.ok(whole.output_text.length > 0);
assert.equal(whole.status, 'incomplete');
assert.equal(whole.incomplete_details.reason, 'max_output_tokens');
assert.equal(whole.usage.output_tokens, 12);
assert.equal(whole.store, false);

// The stream helper puts the events together, and reads what it has at each.
const helper = client.responses.stream(asked);
let snapshot = '';
helper.on('response.output_text.delta', (event) => { snapshot = event.snapshot; });
const final = await helper.finalResponse();
assert.equal(snapshot, whole.output_text);
assert.equal(final.output_text, whole.output_text);
assert.deepEqual(final.usage, whole.usage);

// Iteration broken off early: the connection is cut, and the server goes on for others.
let seen = 0;
for await (const event of await client.responses.create({ ...asked, max_output_tokens: 2000, stream: true })) {
  if (event.type === 'response.output_text.delta' && ++seen === 3) break;
}
assert.equal(seen, 3);

// A tool, called in a stream; its answer, with all that was said before sent back.
const tools = [{
  type: 'function',
  name: 'weather',
  parameters: { type: 'object', properties: { city: { enum: ['Oslo', 'Rome'] } }, required: ['city'], additionalProperties: false },
  strict: true,
}];
const called = await client.responses.stream({ ...asked, tools, tool_choice: 'required', max_output_tokens: 200 }).finalResponse();
assert.equal(called.status, 'completed');
const call = called.output.find((item) => item.type === 'function_call');
assert.equal(call.name, 'weather');
assert.ok(['Oslo', 'Rome'].includes(JSON.parse(call.arguments).city));
const input = [
  { role: 'user', content: asked.input },
  ...called.output,
  { type: 'function_call_output', call_id: call.call_id, output: 'It rains.' },
];
const next = await client.responses.create({ ...asked, input, tools, tool_choice: 'none' });
assert.ok(next.output_text.length > 0);

// A schema.
const schema = { type: 'object', properties: { rain: { type: 'boolean' } }, required: ['rain'], additionalProperties: false };
const parsed = await client.responses.parse({
  ...asked, max_output_tokens: 200, text: { format: { type: 'json_schema', name: 'forecast', strict: true, schema } },
});
assert.equal(typeof parsed.output_parsed.rain, 'boolean');

// What needs a store is refused by its name.
for (const [name, value] of Object.entries({ store: true, previous_response_id: 'resp_1', background: true })) {
  await assert.rejects(client.responses.create({ ...asked, [name]: value }), (error) =>
    error instanceof OpenAI.BadRequestError && error.param === name && error.code === 'unsupported_parameter');
}
