// A person answers the text with "not me": the code is void, and its owner hears of it, signed.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { startService } from '../agency.mjs';

const secret = `whsec_${randomBytes(32).toString('base64')}`;
const received = [];
let refusals = 0;
let receiver;
let service;

before(async () => {
  receiver = createServer((request, answer) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      received.push({ body: Buffer.concat(chunks).toString('utf8'), headers: request.headers });
      answer.writeHead(refusals > 0 ? 503 : 204).end();
      refusals -= 1;
    });
  });
  await new Promise((resolve) => { receiver.listen(0, '127.0.0.1', resolve); });
  service = await startService('--Owners:agency:WebhookUrl', `http://127.0.0.1:${receiver.address().port}/notices`, '--Owners:agency:WebhookSecret', secret);
});

after(async () => {
  await service?.stop();
  receiver?.close();
});

const until = async (fits) => {
  for (let tries = 0; tries < 600 && !fits(); tries += 1) {
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }

  assert.ok(fits());
};

let texts = 0;

/** The simulated phone sends a text, as a signed webhook. */
const text = async (from, body) => {
  const answer = await fetch(`${service.origin}/simulator/webhook`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      path: '/twilio/sms/incoming',
      parameters: { MessageSid: `SM${String((texts += 1)).padStart(32, '0')}`, AccountSid: 'AC'.padEnd(34, '0'), From: from, To: '+12025550100', Body: body, NumMedia: '0' },
    }),
  });
  assert.equal(answer.status, 200, await answer.clone().text());
  return answer.text();
};

const issued = async (phone) => {
  const { status, body } = await service.issue({ contact: phone, channel: 'text' });
  assert.equal(status, 201);
  await service.until(body.id, (story) => story.state !== 'queued');
  return body.id;
};

test('"not me" reaches the owner once, signed, without number or code', async () => {
  const id = await issued('+12025550131');

  const answer = await text('+12025550131', 'NOT ME');
  await text('+12025550131', 'not me');

  assert.match(answer, /canceled/);
  await until(() => received.length === 1);
  const [notice] = received;
  const event = new Webhook(secret).verify(notice.body, notice.headers);
  assert.equal(event.type, 'passcode.disavowed');
  assert.deepEqual(event.data, { id, kind: 'security' });
  assert.ok(!notice.body.includes('2025550131'));
  assert.throws(() => new Webhook(`whsec_${randomBytes(32).toString('base64')}`).verify(notice.body, notice.headers));
  const story = (await service.call('GET', `/v1/passcodes/${id}`)).body;
  assert.equal(story.state, 'voided');
  assert.equal(story.timeline.at(-1).reason, 'not-asked');
  assert.equal((await service.call('POST', `/v1/passcodes/${id}/check`, { code: '000000' })).body.result, 'voided');
});

test('an owner who is away hears of it later, under the same id', async () => {
  received.length = 0;
  refusals = 1;
  await issued('+12025550132');

  await text('+12025550132', 'I did not ask for this code');

  await until(() => received.length === 2);
  assert.equal(received[0].headers['webhook-id'], received[1].headers['webhook-id']);
  assert.ok(new Webhook(secret).verify(received[1].body, received[1].headers));
});
