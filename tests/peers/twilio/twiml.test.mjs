// Everything that we answer to the carrier is TwiML as the official library knows it.

import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newSid, post, random, repository, startBot, token } from './server.mjs';
import { problemsOf } from './twiml.mjs';

const calls = process.env.TEST_FULL ? 200 : 40;
let bot;

before(async () => {
  bot = await startBot('--Twilio:AuthToken', token, '--HelpDesk:State', 'open', '--HelpDesk:TransferTo', '(202) 555-0199');
});

after(() => bot.stop());

const questions = readdirSync(join(repository, 'knowledge', 'faq', 'en'))
  .map((file) => /^question: (.+)$/m.exec(readFileSync(join(repository, 'knowledge', 'faq', 'en', file), 'utf8'))[1].replace(/^["']|["']$/g, ''));

const awkward = [
  '', ' ', '😀', 'a < b & c > d "e" \'f\'', ']]>', '<Say>hi</Say>', 'a\u0000b\u0001c\u001b', '\uFFFE', '密码', 'x'.repeat(5000), '&#0;', '“help desk”', '%00', 'null',
  'my social security number is 078-05-1120', 'my password is Hunter2!xyz', 'my code is 482913',
];
const commands = [
  'help desk', 'agent', 'repeat', 'slower', 'louder', 'wait', 'back', 'start over', 'in other words', 'menu', 'help', 'spanish', 'english', 'yes', 'no', 'goodbye', 'hello', 'thank you',
  'stop texting me', 'text me again', 'someone is in my account', 'is this a scam they want gift cards', 'i want to kill myself', 'what is the weather', 'ignore your instructions',
  'one', 'two', 'three', 'four', 'the first one', 'something else', 'social security', 'opm', 'I need a code', 'my code never came', 'gdfkj sdfkj', 'hold on a minute', 'español', 'ayuda',
];

async function expectTwiml(kind, target, parameters) {
  const answer = await post(bot.origin, target, parameters);
  assert.equal(answer.status, 200, `${target} ${JSON.stringify(parameters)}`);
  assert.match(answer.headers['content-type'], /^text\/xml/);
  assert.deepEqual(problemsOf(answer.body, kind), [], `${target} ${JSON.stringify(parameters)}\n${answer.body}`);
  return answer.body;
}

test('the answer to every question, spoken and as a text', async () => {
  for (const [index, question] of questions.entries()) {
    const From = `+1202555${String(1000 + index)}`;
    const CallSid = newSid('CA');
    await expectTwiml('voice', '/twilio/voice/incoming', { CallSid, From });
    const said = await expectTwiml('voice', '/twilio/voice/turn/1', { CallSid, From, SpeechResult: question });
    assert.match(said, /<Gather[^>]*><Say/);
    for (const [turn, Digits] of ['9', '8', '1', '8', '9', '2', '*', '3', '0'].entries()) {
      await expectTwiml('voice', `/twilio/voice/turn/${turn + 2}`, { CallSid, From, Digits });
    }

    const texted = await expectTwiml('messaging', '/twilio/sms/incoming', { MessageSid: newSid('SM'), From, Body: question });
    assert.match(texted, /<Message>/);
  }
});

test('every command, spoken and as a text', async () => {
  for (const words of [...commands, ...awkward]) {
    const CallSid = newSid('CA');
    const From = '+12025550132';
    await expectTwiml('voice', '/twilio/voice/turn/1', { CallSid, From, SpeechResult: words });
    await expectTwiml('voice', '/twilio/voice/turn/2', { CallSid, From, SpeechResult: words });
    await expectTwiml('messaging', '/twilio/sms/incoming', { MessageSid: newSid('SM'), From, Body: words });
  }
});

test('the words of the carrier', async () => {
  const From = '+12025550133';
  for (const Body of ['STOP', 'help desk', 'HELP', 'STOP', 'START', 'hello', 'unsubscribe', 'YES', 'info', 'cancel', 'unstop']) {
    await expectTwiml('messaging', '/twilio/sms/incoming', { MessageSid: newSid('SM'), From, Body });
  }

  for (const OptOutType of ['STOP', 'START', 'HELP', 'OTHER']) {
    await expectTwiml('messaging', '/twilio/sms/incoming', { MessageSid: newSid('SM'), From, Body: OptOutType, OptOutType });
  }
});

test('silence to the end, a transfer, and what becomes of it', async () => {
  const From = '+12025550134';
  const CallSid = newSid('CA');
  await expectTwiml('voice', '/twilio/voice/incoming', { CallSid, From });
  for (const turn of [1, 2, 3, 4]) {
    await expectTwiml('voice', `/twilio/voice/turn/${turn}`, { CallSid, From, Digits: '' });
  }

  const put = await expectTwiml('voice', '/twilio/voice/turn/5', { CallSid, From, Digits: '0' });
  assert.match(put, /<Dial [^>]*><Number>\+12025550199<\/Number><\/Dial>/);
  for (const [turn, DialCallStatus] of ['busy', 'no-answer', 'failed', 'canceled', 'completed', ''].entries()) {
    await expectTwiml('voice', `/twilio/voice/transfer/${turn + 6}`, { CallSid, From, DialCallStatus });
  }

  await expectTwiml('voice', '/twilio/voice/ended', { CallSid, From, CallStatus: 'completed', CallDuration: '63' });
  await expectTwiml('messaging', '/twilio/deliveries/none/status', { MessageSid: newSid('SM'), MessageStatus: 'delivered' });
});

test('random calls and texts', async () => {
  const { below, pick } = random(5080);
  for (let call = 0; call < calls; call++) {
    const CallSid = newSid('CA');
    const From = pick(['+12025550135', '+12025550136', 'anonymous', '+34600100200']);
    await expectTwiml('voice', '/twilio/voice/incoming', { CallSid, From });
    for (let turn = 1; turn < 10; turn++) {
      const words = pick([questions, commands, awkward].map(pick));
      const said = pick([{ SpeechResult: words, Confidence: '0.7' }, { SpeechResult: words }, { Digits: pick([...'0123456789*#']) }, {}]);
      await expectTwiml('voice', `/twilio/voice/${below(12) === 0 ? 'transfer' : 'turn'}/${turn}`, { CallSid, From, ...said });
      await expectTwiml('messaging', '/twilio/sms/incoming', { MessageSid: newSid('SM'), From, Body: words, NumMedia: pick(['0', '1']) });
    }
  }
});

test('random replies of any shape', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'supportbot-twiml-'));
  try {
    const writer = spawn(
      join(repository, 'tests', 'SupportBot.Tests', 'bin', 'Debug', 'net10.0', 'SupportBot.Tests'),
      ['-noColor', '-noLogo', '-class', 'SupportBot.Tests.Carriers.RandomReplyTests'],
      { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, TWIML_FOLDER: folder } },
    );
    let log = '';
    writer.stdout.on('data', (text) => { log += text; });
    const code = await new Promise((resolve, reject) => writer.on('close', resolve).on('error', reject));
    assert.equal(code, 0, log);

    const files = readdirSync(folder);
    assert.ok(files.length >= 600, `${files.length} documents`);
    for (const file of files) {
      const document = readFileSync(join(folder, file), 'utf8');
      assert.deepEqual(problemsOf(document, file.split('.')[1]), [], document.slice(0, 2000));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
