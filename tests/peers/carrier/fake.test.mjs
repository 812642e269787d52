// The fake carrier is believable to the official library, and the service sends it nothing that the library could not.

import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { account, clientOf, names, startFake, token } from './fake.mjs';
import { startService } from '../agency.mjs';

let fake;
let service;

before(async () => {
  fake = await startFake();
  service = await startService('--Twilio:AccountSid', account, '--Twilio:AuthToken', token, '--Twilio:From', '+12025550100', '--Twilio:ApiBaseUrl', fake.origin);
});

after(async () => {
  await service?.stop();
  await fake?.stop();
});

test('the official library sends and reads a message and a call', async () => {
  const client = clientOf(fake.origin, account, token);

  const message = await client.messages.create({
    to: '+12025550151', from: '+12025550100', body: 'hello', statusCallback: 'https://example.gov/x', validityPeriod: 600, contentRetention: 'discard',
  });
  const call = await client.calls.create({
    to: '+12025550151', from: '+12025550100', url: 'https://example.gov/v', statusCallbackEvent: ['ringing', 'completed'], machineDetection: 'Enable', timeout: 30,
  });

  assert.equal(message.status, 'queued');
  assert.ok(message.dateCreated instanceof Date);
  assert.match(call.sid, /^CA[0-9a-f]{32}$/);
  assert.deepEqual(fake.carried.at(-1).form.StatusCallbackEvent, ['ringing', 'completed']);
});

for (const [to, code] of [['+15005550001', 21211], ['+15005550004', 21610], ['+15005550009', 21614]]) {
  test(`the official library reads refusal ${code}`, async () => {
    await assert.rejects(clientOf(fake.origin, account, token).messages.create({ to, from: '+12025550100', body: 'x' }), (error) => error.code === code && error.status === 400);
  });
}

test('a wrong token is refused', async () => {
  await assert.rejects(clientOf(fake.origin, account, 'wrong').messages.create({ to: '+12025550151', from: '+1', body: 'x' }), (error) => error.code === 20003);
});

test('the names are those of the library', () => {
  assert.ok(names.Messages.has('ValidityPeriod') && names.Messages.has('ContentRetention') && !names.Messages.has('StatusCalback'));
  assert.ok(names.Calls.has('MachineDetection') && names.Calls.has('TimeLimit') && !names.Calls.has('ContentRetention'));
});

test('the service sends only what the library could, with the life of the code as validity', async () => {
  const text = await service.issue({ contact: '+12025550152', channel: 'text' });
  const call = await service.issue({ contact: '+12025550153', channel: 'call' });
  await service.until(text.body.id, ({ state }) => state === 'sent');
  await service.until(call.body.id, ({ state }) => state === 'sent');

  assert.deepEqual(fake.unknown, []);
  const { form } = fake.carried.find((item) => item.form.To[0] === '+12025550152');
  assert.ok(Number(form.ValidityPeriod[0]) > 500 && Number(form.ValidityPeriod[0]) <= 600, form.ValidityPeriod[0]);
  assert.equal(form.ContentRetention[0], 'discard');
  assert.match(form.StatusCallback[0], /\/twilio\/deliveries\/[0-9a-f]{24}-1\/status$/);
  const called = fake.carried.find((item) => item.form.To[0] === '+12025550153').form;
  assert.match(called.Url[0], /\/twilio\/voice\/passcode\/[0-9a-f]{24}-1$/);
  assert.equal(called.MachineDetection[0], 'Enable');
  assert.ok(!called.Twiml);
});

test('an opt-out that only the carrier knew is written down', async () => {
  const { body: { id } } = await service.issue({ contact: '+15005550004', channel: 'text' });
  const story = await service.until(id, ({ state }) => state === 'undeliverable');
  assert.equal(story.timeline.at(-1).reason, 'opted-out');
  assert.equal((await service.call('POST', '/v1/consents/lookup', { contact: '+15005550004' })).body.state, 'opted-out');
});
