// Microsoft's own Direct Line client against a running server: BASE_URL, and DIRECTLINE_SECRET when the server has one.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';

const require = createRequire(import.meta.url);
globalThis.XMLHttpRequest = require('xhr2');
const WebSocket = globalThis.WebSocket = recording(require('ws'));
const { DirectLine, ConnectionStatus } = require('botframework-directlinejs');
const { activityZodSchema } = require('@microsoft/agents-activity');

const base = (process.env.BASE_URL ?? 'http://127.0.0.1:5080').replace(/\/$/, '');
const domain = `${base}/v3/directline`;
const question = 'My activation code never came';

/** The client opens its sockets itself; a test that drops one must find it. */
function recording(Socket) {
  return class extends Socket {
    static opened = [];
    constructor(...args) {
      super(...args);
      this.constructor.opened.push(this);
    }
  };
}

async function newToken(body = {}) {
  const response = await fetch(`${base}/chat/token`, { method: 'POST', body: JSON.stringify(body) });
  assert.equal(response.status, 200);
  return response.json();
}

function connect(options) {
  const client = new DirectLine({ domain, random: () => 0, timeout: 2000, ...options });
  const heard = [];
  const waiters = new Set();
  client.activity$.subscribe({
    next: activity => {
      heard.push(activity);
      waiters.forEach(look => look());
    },
    error: () => {},
  });
  client.connectionStatus$.subscribe({ error: () => {} });
  const until = condition => new Promise((resolve, reject) => {
    const impatience = setTimeout(() => reject(new Error(`never came: ${condition}; heard ${JSON.stringify(heard.map(activity => activity.text))}`)), 20000);
    const look = () => {
      const found = heard.find(condition);
      if (found) {
        clearTimeout(impatience);
        waiters.delete(look);
        resolve(found);
      }
    };
    waiters.add(look);
    look();
  });
  const post = (text, more = {}) => new Promise((resolve, reject) =>
    client.postActivity({ type: 'message', text, from: { id: 'someone' }, ...more }).subscribe(resolve, reject));
  return { client, heard, until, post };
}

const isBot = activity => activity.from.role === 'bot';
const authorised = token => ({ Authorization: `Bearer ${token}` });

async function start(token) {
  const response = await fetch(`${domain}/conversations`, { method: 'POST', headers: authorised(token) });
  return { status: response.status, body: await response.json() };
}

async function postRaw(conversation, token, body) {
  const response = await fetch(`${domain}/conversations/${conversation}/activities`, { method: 'POST', headers: authorised(token), body });
  return { status: response.status, body: await response.json() };
}

async function read(conversation, token, watermark = '') {
  const response = await fetch(`${domain}/conversations/${conversation}/activities?watermark=${watermark}`, { headers: authorised(token) });
  return { status: response.status, body: await response.json() };
}

test('a conversation starts with a greeting, echoes a message and answers it', async () => {
  const { token, conversationId } = await newToken();
  const { client, until, post } = connect({ token });

  const greeting = await until(isBot);
  const id = await post(question, { channelData: { clientActivityID: 'first' } });
  const echo = await until(activity => activity.id === id);
  const reply = await until(activity => isBot(activity) && activity.replyToId === id);

  assert.equal(greeting.conversation.id, conversationId);
  assert.equal(echo.channelData.clientActivityID, 'first');
  assert.equal(echo.from.role, 'user');
  assert.match(echo.from.id, /^dl_/);
  assert.equal(echo.text, question);
  assert.match(reply.text, /\d/);
  client.end();
});

test('what is offered comes as suggested actions and can be picked', async () => {
  const { token } = await newToken({ agency: 'ssa' });
  const { client, until, post } = connect({ token });
  await until(isBot);
  await post(question);

  const offer = await until(activity => activity.suggestedActions?.actions.length > 0);
  const picked = await post(offer.suggestedActions.actions[0].value);
  await until(activity => isBot(activity) && activity.replyToId === picked);

  assert.deepEqual(offer.suggestedActions.to, []);
  client.end();
});

test('every activity fits the official schema, with growing times and no nulls', async () => {
  const { token, conversationId } = await newToken();
  await start(token);
  for (const text of [question, 'help desk', '', 'my SSN is 123-45-6789']) {
    await postRaw(conversationId, token, JSON.stringify({ type: 'message', text }));
  }

  const { body } = await read(conversationId, token);

  for (const activity of body.activities) {
    const checked = activityZodSchema.safeParse(activity);
    assert.ok(checked.success, `${JSON.stringify(activity)} ${checked.error}`);
    assert.ok(!JSON.stringify(activity).includes('null'));
    assert.ok(!JSON.stringify(activity).includes('123-45-6789'));
    assert.equal(activity.channelId, 'directline');
  }

  const times = body.activities.map(activity => activity.timestamp);
  assert.deepEqual(times, [...new Set(times)].sort());
  assert.equal(new Set(body.activities.map(activity => activity.id)).size, body.activities.length);
});

test('a dropped socket loses nothing, repeats nothing and keeps the order', async () => {
  const { token, conversationId } = await newToken();
  const { client, heard, until, post } = connect({ token });
  await until(isBot);
  const socket = WebSocket.opened.at(-1);

  const texts = Array.from({ length: 12 }, (_, at) => `question number ${at} about my activation code`);
  for (const [at, text] of texts.entries()) {
    if (at === 4) {
      socket.terminate();
    }

    await post(text);
  }

  await until(activity => activity.text === texts.at(-1));
  const all = (await read(conversationId, token)).body.activities.map(activity => activity.id);
  await until(activity => activity.id === all.at(-1));
  assert.deepEqual(heard.map(activity => activity.id), all);
  assert.deepEqual(heard.filter(activity => activity.from.role === 'user').map(activity => activity.text), texts);
  client.end();
});

test('polling serves a client without sockets', async () => {
  const { token } = await newToken();
  const { client, until, post } = connect({ token, webSocket: false, pollingInterval: 200 });
  await until(isBot);
  const id = await post(question);
  await until(activity => activity.replyToId === id);
  client.end();
});

test('a page that comes back gets the same conversation with all that was said', async () => {
  const first = await newToken();
  const before = connect({ token: first.token });
  await before.until(isBot);
  const id = await before.post(question);
  await before.until(activity => activity.replyToId === id);
  before.client.end();

  const again = await newToken({ resume: first.resume });
  const after = connect({ token: again.token, conversationId: again.conversationId });
  await after.until(activity => activity.id === before.heard.at(-1).id);

  assert.equal(again.conversationId, first.conversationId);
  assert.deepEqual(after.heard.slice(0, before.heard.length).map(activity => activity.id), before.heard.map(activity => activity.id));
  assert.equal((await start(again.token)).status, 200);
  after.client.end();
});

test('an unknown resume value gives a new conversation', async () => {
  const first = await newToken();
  const other = await newToken({ resume: `${first.resume}x` });
  assert.notEqual(other.conversationId, first.conversationId);
  assert.equal((await start(other.token)).status, 201);
});

test('two sockets of one conversation hear the same', async () => {
  const { token, conversationId } = await newToken();
  const one = connect({ token });
  await one.until(isBot);
  const two = connect({ token, conversationId });
  const id = await one.post(question);
  await Promise.all([one, two].map(each => each.until(activity => activity.replyToId === id)));
  one.client.end();
  two.client.end();
});

test('the same message sent twenty times at once makes one turn', async () => {
  const { token, conversationId } = await newToken();
  await start(token);
  const body = JSON.stringify({ type: 'message', text: question, channelData: { clientActivityID: 'once' } });

  const answers = await Promise.all(Array.from({ length: 20 }, () => postRaw(conversationId, token, body)));

  assert.deepEqual([...new Set(answers.map(answer => answer.body.id))].length, 1);
  const said = (await read(conversationId, token)).body.activities.filter(activity => activity.from.role === 'user');
  assert.equal(said.length, 1);
});

test('a watermark gives only what is new; nonsense and too much are no error', async () => {
  const { token, conversationId } = await newToken();
  await start(token);
  const seen = (await read(conversationId, token)).body.watermark;
  const { body: { id } } = await postRaw(conversationId, token, JSON.stringify({ type: 'message', text: question }));

  const news = (await read(conversationId, token, seen)).body;
  const all = (await read(conversationId, token, 'nonsense')).body;

  assert.equal(news.activities[0].id, id);
  assert.ok(all.activities.length > news.activities.length);
  assert.deepEqual((await read(conversationId, token, '99999999999999999999')).status, 200);
  assert.deepEqual((await read(conversationId, token, '4000')).body, { activities: [], watermark: all.watermark });
});

test('tokens: refreshed, refused when wrong, bound to one conversation', async () => {
  const { token, conversationId } = await newToken();
  await start(token);
  const refreshed = await fetch(`${domain}/tokens/refresh`, { method: 'POST', headers: authorised(token) }).then(response => response.json());
  const claims = JSON.parse(Buffer.from(refreshed.token.split('.')[1], 'base64url'));
  const other = await newToken();
  await start(other.token);

  assert.equal(refreshed.conversationId, conversationId);
  assert.equal(claims.conv, conversationId);
  assert.match(claims.user, /^dl_/);
  assert.equal((await read(conversationId, refreshed.token)).status, 200);
  for (const [wrong, status] of [[other.token, 403], [`${token}x`, 403], ['nonsense', 403]]) {
    const refused = await read(conversationId, wrong);
    assert.equal(refused.status, status);
    assert.ok(refused.body.error.code);
  }
});

test('the secret makes tokens, and nothing else does', async () => {
  const generate = (secret, body) => fetch(`${domain}/tokens/generate`, { method: 'POST', headers: authorised(secret), body });
  assert.equal((await generate('not-the-secret')).status, 403);
  const secret = process.env.DIRECTLINE_SECRET;
  if (!secret) {
    return;
  }

  const granted = await generate(secret, JSON.stringify({ user: { id: 'dl_visitor' } })).then(response => response.json());
  const { client, until, post } = connect({ token: granted.token });
  const id = await post(question);
  const echo = await until(activity => activity.id === id);
  assert.equal(echo.from.id, 'dl_visitor');
  assert.equal((await generate(secret, JSON.stringify({ user: { id: 'visitor' } }))).status, 400);
  client.end();

  const server = connect({ secret });
  await server.until(isBot);
  server.client.end();
});

test('an unknown conversation is not found, and the client ends', async () => {
  const { token } = await newToken();
  assert.equal((await read('nope', token)).status, 404);
  assert.equal((await read('nope', token)).body.error.code, 'NotFound');

  const { client } = connect({ token, conversationId: 'nope' });
  const ended = await new Promise(resolve => client.connectionStatus$.subscribe({
    next: status => status >= ConnectionStatus.FailedToConnect && resolve(status),
    error: () => {},
  }));
  assert.ok([ConnectionStatus.FailedToConnect, ConnectionStatus.Ended].includes(ended));
});

test('bad input gets an error that says so, and the conversation goes on', async () => {
  const { token, conversationId } = await newToken();
  await start(token);
  for (const [body, status, code] of [
    ['{', 400, 'BadSyntax'],
    ['', 400, 'BadSyntax'],
    ['[]', 400, 'BadSyntax'],
    ['{"type":"message","text":"\\ud800"}', 400, 'BadSyntax'],
    ['{}', 400, 'MissingProperty'],
    ['{"type":"message","text":7}', 400, 'BadArgument'],
    [JSON.stringify({ type: 'message', text: 'x'.repeat(1 << 20) }), 413, 'MessageSizeTooBig'],
  ]) {
    const answer = await postRaw(conversationId, token, body);
    assert.equal(answer.status, status, body.slice(0, 40));
    assert.equal(answer.body.error.code, code);
  }

  for (const text of ['', '\u0000\u0007', '😀'.repeat(300), 'a'.repeat(200000), '"; drop table turns; --', '\u202eevil']) {
    const answer = await postRaw(conversationId, token, JSON.stringify({ type: 'message', text }));
    assert.equal(answer.status, 200);
  }

  for (const body of [{ type: 'typing' }, { type: 'event', name: 'webchat/join', value: { language: 'en' } }, { type: 'conversationUpdate' }]) {
    assert.equal((await postRaw(conversationId, token, JSON.stringify(body))).status, 200);
  }

  assert.equal((await postRaw(conversationId, token, JSON.stringify({ type: 'message', text: question }))).status, 200);
  const longest = (await read(conversationId, token)).body.activities.filter(activity => activity.from.role === 'user').map(activity => activity.text?.length ?? 0);
  assert.ok(Math.max(...longest) <= 4000);
});

test('a socket needs a fresh address and a trusted page', async () => {
  const { token } = await newToken();
  const { streamUrl } = (await start(token)).body;
  const outcome = (address, options) => new Promise(resolve => {
    const socket = new WebSocket(address, options);
    socket.on('open', () => { socket.close(); resolve(101); });
    socket.on('unexpected-response', (_, response) => resolve(response.statusCode));
    socket.on('error', () => {});
  });

  assert.equal(await outcome(streamUrl), 101);
  assert.equal(await outcome(streamUrl, { origin: base }), 101);
  assert.equal(await outcome(streamUrl, { origin: 'https://elsewhere.example' }), 403);
  assert.equal(await outcome(streamUrl.replace(/t=.*/, 't=nonsense')), 403);
  assert.equal(await outcome(streamUrl.replace(/t=.*/, `t=${token}`)), 403);
});
