// End to end with an independent carrier: it takes our requests and signs its callbacks.

import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { startService } from '../agency.mjs';

const account = 'AC00000000000000000000000000000000';
const token = 'twilio_test_auth_token';
const ours = '+15551234567';

let carrier;
let emulator;
let service;

const freePort = () => new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

const ask = async (method, path, form) => {
  const answer = await fetch(carrier + path, {
    method,
    headers: { Authorization: `Basic ${Buffer.from(`${account}:${token}`).toString('base64')}`, 'Content-Type': 'application/x-www-form-urlencoded' },
    body: form && new URLSearchParams(form),
  });
  return answer.json();
};

before(async () => {
  const port = await freePort();
  carrier = `http://127.0.0.1:${port}`;
  emulator = spawn(
    process.execPath,
    ['--require', join(import.meta.dirname, 'bind.cjs'), join(import.meta.dirname, 'node_modules', 'emulate', 'dist', 'index.js'), 'start', '--service', 'twilio', '--port', String(port)],
    { stdio: 'ignore' },
  );
  for (let tries = 0; ; tries += 1) {
    try {
      await fetch(carrier);
      break;
    } catch (error) {
      assert.ok(tries < 200, error.message);
      await new Promise((resolve) => { setTimeout(resolve, 50); });
    }
  }

  service = await startService('--Twilio:AccountSid', account, '--Twilio:AuthToken', token, '--Twilio:From', ours, '--Twilio:ApiBaseUrl', carrier);
});

after(async () => {
  await service?.stop();
  emulator?.kill('SIGTERM');
});

const carriedTo = async (resource, to) => (await ask('GET', `/2010-04-01/Accounts/${account}/${resource}.json?To=${encodeURIComponent(to)}`))[resource.toLowerCase()].filter((item) => item.to === to);

test('a text goes out, its signed receipts come back, and its code is accepted', async () => {
  const to = '+12025550141';
  const { status, body: { id } } = await service.issue({ contact: to, channel: 'text' });
  assert.equal(status, 201);
  await service.until(id, ({ state }) => state === 'sent' || state === 'delivered');

  const [message] = await carriedTo('Messages', to);
  assert.match(message.body, /\n@secure\.example\.gov #\d{6}$/);
  await ask('POST', '/_twilio/simulate/message-status', { MessageSid: message.sid, Status: 'delivered' });
  await ask('POST', '/_twilio/simulate/message-status', { MessageSid: message.sid, Status: 'sent' });
  await service.until(id, ({ state }) => state === 'delivered');

  const code = message.body.split('#').at(-1);
  assert.deepEqual((await service.call('POST', `/v1/passcodes/${id}/check`, { code })).body, { result: 'accepted', attemptsLeft: 0 });
});

test('a text that fails is followed by a call that is answered by nobody', async () => {
  const to = '+12025550142';
  const { body: { id } } = await service.issue({ contact: to, channel: ['text', 'call'] });
  await service.until(id, ({ state }) => state === 'sent' || state === 'delivered');
  const [message] = await carriedTo('Messages', to);
  await ask('POST', '/_twilio/simulate/message-status', { MessageSid: message.sid, Status: 'undelivered' });

  await service.until(id, ({ timeline }) => timeline.some(({ channel, state }) => channel === 'call' && state === 'sent'));
  const [call] = await carriedTo('Calls', to);
  await ask('POST', '/_twilio/simulate/call-status', { CallSid: call.sid, Status: 'no-answer' });

  const { timeline } = await service.until(id, ({ state }) => state === 'undeliverable');
  assert.equal(timeline.at(-1).reason, 'no-answer');
});

test('a STOP that the carrier passes on closes texts', async () => {
  const to = '+12025550143';
  const { body: { state } } = await service.call('POST', '/v1/consents/lookup', { contact: to });
  assert.equal(state, 'unknown');
  await service.call('POST', '/v1/consents', { contact: to, state: 'opted-out', who: 'test', why: 'asked' });

  const { status, body } = await service.issue({ contact: to, channel: 'text' });

  assert.equal(status, 201);
  assert.equal(body.state, 'undeliverable');
  assert.deepEqual(await carriedTo('Messages', to), []);
});
