// What we sign ourselves, the simulated carrier's calls and reports, arrives at a server that checks it with the official library.

import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { formOf, formType, newSid, send, startBot, token } from './server.mjs';

const { getExpectedTwilioSignature, validateRequest } = createRequire(import.meta.url)('twilio');

const received = [];
let waiting = [];
let base;
let bot;
const receiver = createServer((request, answer) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const parameters = {};
    for (const [name, value] of new URLSearchParams(Buffer.concat(chunks).toString('utf8'))) {
      parameters[name] = name in parameters ? [parameters[name], value].flat() : value;
    }

    received.push({ path: request.url, type: request.headers['content-type'], signature: request.headers['x-twilio-signature'], parameters });
    waiting.forEach((look) => look());
    answer.writeHead(200, { 'Content-Type': 'text/xml' }).end('<Response/>');
  });
});

before(async () => {
  await new Promise((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${receiver.address().port}/hooks`;
  bot = await startBot('--Twilio:PublicBaseUrl', base, '--Twilio:AuthToken', token);
});

after(async () => {
  await bot.stop();
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
});

/** Resolves to the first request that fits, now or when it comes. */
function arrives(fits) {
  return new Promise((resolve) => {
    const look = () => {
      const found = received.find(fits);
      if (found) {
        waiting = waiting.filter((other) => other !== look);
        resolve(found);
      }
    };
    waiting.push(look);
    look();
  });
}

const isValid = ({ path, signature, parameters }) => validateRequest(token, signature, new URL(base).origin + path, parameters);

const call = (target, parameters) => send(bot.origin, {
  target, body: formOf(parameters), headers: { 'Content-Type': formType, 'X-Twilio-Signature': getExpectedTwilioSignature(token, base + target, parameters) },
});

const person = { From: '+12025550147', To: '+12025550100' };

for (const [name, path, parameters] of [
  ['a call', '/twilio/voice/incoming', person],
  ['a turn with speech', '/twilio/voice/turn/3', { ...person, SpeechResult: 'Mi código, “¿dónde?” + 100 % & more = 😀', Confidence: '0.91' }],
  ['a turn without anything', '/twilio/voice/turn/4', { ...person, Digits: '' }],
  ['a text', '/twilio/sms/incoming', { ...person, Body: 'a\r\nb  c ~*!()\'' }],
  ['a path and query with marks', "/twilio/voice/turn/it's%20{1}?b=%C3%A9&a=é ü&c='+'", person],
]) {
  test(`the simulated phone signs ${name}`, async () => {
    const answer = await send(bot.origin, {
      target: '/simulator/webhook', body: JSON.stringify({ path, parameters }), headers: { 'Content-Type': 'application/json' },
    });
    assert.equal(answer.status, 200, answer.body);

    const posted = JSON.parse(answer.body);
    const arrived = received.at(-1);
    assert.match(arrived.type, /^application\/x-www-form-urlencoded/);
    assert.deepEqual(arrived.parameters, posted.parameters);
    assert.ok(isValid(arrived));
    assert.ok(!isValid({ ...arrived, parameters: { ...arrived.parameters, From: '+12025550199' } }));
    assert.ok(!isValid({ ...arrived, path: '/hooks/twilio/voice/ended' }));
  });
}

test('a text is reported as sent, then delivered, each report signed', async () => {
  const CallSid = newSid('CA');
  await call('/twilio/voice/incoming', { ...person, CallSid });
  const answer = await call('/twilio/voice/turn/1', { ...person, CallSid, SpeechResult: 'how long is my activation code valid' });
  const [, key] = /this as a text message, say it or press (\d)/.exec(answer.body) ?? assert.fail(answer.body);
  await call('/twilio/voice/turn/2', { ...person, CallSid, Digits: key });

  for (const status of ['sent', 'delivered']) {
    const report = await arrives(({ path, parameters }) => path.startsWith('/hooks/twilio/deliveries/') && parameters.MessageStatus === status);
    assert.equal(report.parameters.To, person.From);
    assert.ok(isValid(report), status);
    assert.ok(!isValid({ ...report, parameters: { ...report.parameters, MessageStatus: 'failed' } }));
  }

  const [text] = JSON.parse((await send(bot.origin, { method: 'GET', target: `/simulator/messages?to=${encodeURIComponent(person.From)}` })).body);
  assert.equal(text.status, 'delivered');
});
