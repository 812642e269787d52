// Whether a request is the carrier's: the official library signs, we check, and the library's own check says what is right.

import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { formOf, formType, newSid, random, send, sharedBot, startBot, token } from './server.mjs';

const { getExpectedBodyHash, getExpectedTwilioSignature, validateRequest, validateRequestWithBody } = createRequire(import.meta.url)('twilio');

const incoming = '/twilio/voice/incoming';
const call = (more = {}) => ({ CallSid: newSid('CA'), From: '+12025550123', To: '+12025550100', CallStatus: 'ringing', ...more });

// Servers by the address that the carrier is told; `served` has none configured, so its address is the one asked for.
const publicAddresses = {
  proxied: 'https://Help.Example.gov:8443/phone',
  plain: 'https://help.example.gov',
  explicit: 'https://help.example.gov:443',
};
const bots = {};

before(async () => {
  const settings = {
    proxied: ['--Twilio:AuthToken', token],
    plain: ['--Twilio:AuthToken', `${token}, retired-twilio-token`],
    explicit: ['--Twilio:AuthToken', token],
  };
  bots.served = await sharedBot();
  await Promise.all(Object.entries(publicAddresses).map(async ([name, address]) => {
    bots[name] = await startBot('--Twilio:PublicBaseUrl', address, ...settings[name]);
  }));
});

after(() => Promise.all(Object.values(bots).map((bot) => bot.stop())));

/**
 * Sends one request and expects both the library's check and ours to say `isOurs`.
 *
 * `signed` is the address that the carrier signed, `host` the Host header where none is configured, `parameters` the form; with `raw` the body
 * is that text, of the given `type`, and the signature covers the address alone.
 */
async function check({ bot = 'served', host, target = incoming, signed, parameters, raw, type = formType, key = token, signature, isOurs = true }) {
  const { origin } = bots[bot];
  const base = publicAddresses[bot] ?? (host ? `http://${host}` : origin);
  const url = base + target;
  const form = raw === undefined ? (parameters ?? call()) : {};
  const header = signature ?? getExpectedTwilioSignature(key, signed ?? url, form);
  const body = raw ?? formOf(form);

  const judged = url.includes('bodySHA256') ? validateRequestWithBody(token, header, url, body) : validateRequest(token, header, url, form);
  if (isOurs !== undefined && key === token) {
    assert.equal(judged, isOurs, `the library's check of ${url}`);
  }

  const answer = await send(origin, {
    target, body, headers: { 'Content-Type': type, 'X-Twilio-Signature': header, ...(host ? { Host: host } : {}) },
  });
  assert.equal(answer.status, (isOurs ?? judged) ? 200 : 403, `our check of ${url}, signed ${signed ?? url}`);
  if (answer.status === 200) {
    assert.match(answer.headers['content-type'], /^text\/xml/);
    assert.match(answer.body, /<Response/);
  } else {
    assert.equal(answer.body, '');
  }
}

// --- forms ------------------------------------------------------------------------------------------------------------

test('a form', () => check({}));
test('an empty form', () => check({ parameters: {} }));
test('a form of empty values', () => check({ parameters: call({ SpeechResult: '', Digits: '' }) }));
test('a Unicode body', () => check({ target: '/twilio/sms/incoming', parameters: { MessageSid: newSid('SM'), From: '+12025550123', Body: 'código — “¿dónde?” 密码 😀 e\u0301' } }));
test('line breaks and trailing spaces', () => check({ target: '/twilio/sms/incoming', parameters: { MessageSid: newSid('SM'), Body: ' a\r\nb\nc\t ' } }));
test('plus signs and spaces in values', () => check({ parameters: call({ SpeechResult: 'one + one  is two', CallerName: 'A+B C%20D' }) }));
test('a space written as %20', () => check({ raw: undefined, parameters: call({ SpeechResult: 'help desk' }) }));
test('marks of queries in values', () => check({ parameters: call({ SpeechResult: 'a=b&c=d;e?f#g%h' }) }));
test('names that differ in case', () => check({ parameters: call({ digits: '1', DIGITS: '2', Digits: '3' }) }));
test('names that sort by code unit', () => check({ parameters: call({ AB: '1', A_: '2', Ab: '3', a: '4', 'é': '5' }) }));
test('a repeated name', () => check({ parameters: call({ Digits: ['5678', '1234', '1234'] }) }));
test('a parameter that nobody knows yet', () => check({ parameters: call({ RawDlrDoneDate: '2611211015' }) }));
test('a parameter that was not signed', async () => {
  const parameters = call();
  await check({ parameters: { ...parameters, Digits: '0' }, signature: getExpectedTwilioSignature(token, bots.served.origin + incoming, parameters), isOurs: false });
});
test('a changed value', async () => {
  const parameters = call();
  await check({ parameters: { ...parameters, From: '+12025550199' }, signature: getExpectedTwilioSignature(token, bots.served.origin + incoming, parameters), isOurs: false });
});
test('a form with spaces as %20 and lower-case escapes', async () => {
  const parameters = { CallSid: newSid('CA'), SpeechResult: 'más ayuda' };
  const answer = await send(bots.served.origin, {
    target: '/twilio/voice/turn/1',
    body: `CallSid=${parameters.CallSid}&SpeechResult=m%c3%a1s%20ayuda`,
    headers: { 'Content-Type': formType, 'X-Twilio-Signature': getExpectedTwilioSignature(token, `${bots.served.origin}/twilio/voice/turn/1`, parameters) },
  });
  assert.equal(answer.status, 200);
});

// --- keys and headers ---------------------------------------------------------------------------------------------------

test('another account', () => check({ key: 'not-the-token', isOurs: false }));
test('the second token of a rotation', () => check({ bot: 'plain', key: 'retired-twilio-token' }));
test('the first token of a rotation', () => check({ bot: 'plain' }));
test('a token of another server', () => check({ bot: 'explicit', key: 'retired-twilio-token', isOurs: false }));
for (const [name, signature] of Object.entries({
  'an empty header': '',
  'a short header': 'AAAA',
  'a header of the right length and wrong content': `${'A'.repeat(27)}=`,
  'a header without Base64': '!'.repeat(28),
  'a header that is too long': 'A'.repeat(4000),
})) {
  test(name, () => check({ signature, isOurs: false }));
}

test('a right signature with something after it', async () => {
  const parameters = call();
  await check({ parameters, signature: `${getExpectedTwilioSignature(token, bots.served.origin + incoming, parameters)}A`, isOurs: false });
});
test('no header', async () => {
  const answer = await send(bots.served.origin, { target: incoming, body: formOf(call()), headers: { 'Content-Type': formType } });
  assert.deepEqual([answer.status, answer.body], [403, '']);
});
test('the header twice', async () => {
  const parameters = call();
  const signature = getExpectedTwilioSignature(token, bots.served.origin + incoming, parameters);
  const answer = await send(bots.served.origin, { target: incoming, body: formOf(parameters), headers: { 'Content-Type': formType, 'X-Twilio-Signature': [signature, signature] } });
  assert.equal(answer.status, 403);
});

// --- addresses ----------------------------------------------------------------------------------------------------------

test('a host that is asked for by name', () => check({ host: 'help.example.gov' }));
test('no port, signed with the default one', () => check({ host: 'help.example.gov', signed: `http://help.example.gov:80${incoming}` }));
test('no port, signed with that of the other scheme', () => check({ host: 'help.example.gov', signed: `http://help.example.gov:443${incoming}`, isOurs: false }));
test('port 80, signed with it', () => check({ host: 'help.example.gov:80' }));
test('port 80, signed without', () => check({ host: 'help.example.gov:80', signed: `http://help.example.gov${incoming}` }));
test('port 8443, signed with it', () => check({ host: 'help.example.gov:8443' }));
test('port 8443, signed without', () => check({ host: 'help.example.gov:8443', signed: `http://help.example.gov${incoming}` }));
test('port 8443, signed with 443', () => check({ host: 'help.example.gov:8443', signed: `http://help.example.gov:443${incoming}`, isOurs: false }));
test('a mixed-case host', () => check({ host: 'Help.Example.GOV:8443' }));
test('a mixed-case host, signed in lower case', () => check({ host: 'Help.Example.GOV', signed: `http://help.example.gov${incoming}` }));
test('a lower-case host, signed in mixed case', () => check({ host: 'help.example.gov', signed: `http://Help.Example.gov${incoming}`, isOurs: false }));
test('another host', () => check({ host: 'help.example.gov', signed: `http://other.example.gov${incoming}`, isOurs: false }));
test('another path', () => check({ signed: 'http://help.example.gov/twilio/voice/ended', host: 'help.example.gov', isOurs: false }));
test('the other scheme', () => check({ host: 'help.example.gov', signed: `https://help.example.gov${incoming}`, isOurs: false }));
test('the host in the query as well', () => check({ host: 'help.example.gov', target: `${incoming}?from=help.example.gov:80` }));

test('a proxy with port and path base', () => check({ bot: 'proxied' }));
test('a proxy, signed without its port', () => check({ bot: 'proxied', signed: `https://Help.Example.gov/phone${incoming}` }));
test('a proxy, signed with the default port', () => check({ bot: 'proxied', signed: `https://Help.Example.gov:443/phone${incoming}`, isOurs: false }));
test('a proxy, signed in lower case', () => check({ bot: 'proxied', signed: `https://help.example.gov:8443/phone${incoming}` }));
test('a proxy, signed without its path base', () => check({ bot: 'proxied', signed: `https://Help.Example.gov:8443${incoming}`, isOurs: false }));
test('a proxy, signed for the address behind it', () => check({ bot: 'proxied', signed: bots.proxied.origin + incoming, isOurs: false }));
test('headers of a proxy change nothing', async () => {
  const parameters = call();
  const answer = await send(bots.proxied.origin, {
    target: incoming,
    body: formOf(parameters),
    headers: {
      'Content-Type': formType, 'X-Forwarded-Proto': 'http', 'X-Forwarded-Host': 'other.example.gov', Forwarded: 'host=other.example.gov',
      'X-Twilio-Signature': getExpectedTwilioSignature(token, publicAddresses.proxied + incoming, parameters),
    },
  });
  assert.equal(answer.status, 200);
});
test('behind a path base the next turn is asked for below it', async () => {
  const parameters = call();
  const answer = await send(bots.proxied.origin, {
    target: incoming,
    body: formOf(parameters),
    headers: { 'Content-Type': formType, 'X-Twilio-Signature': getExpectedTwilioSignature(token, publicAddresses.proxied + incoming, parameters) },
  });
  assert.match(answer.body, /action="\/phone\/twilio\/voice\/turn\/1"/);
});
test('https without port', () => check({ bot: 'plain' }));
test('https without port, signed with 443', () => check({ bot: 'plain', signed: `https://help.example.gov:443${incoming}` }));
test('https without port, signed with 80', () => check({ bot: 'plain', signed: `https://help.example.gov:80${incoming}`, isOurs: false }));
test('https with 443, signed with it', () => check({ bot: 'explicit' }));
test('https with 443, signed without', () => check({ bot: 'explicit', signed: `https://help.example.gov${incoming}` }));

// --- queries ------------------------------------------------------------------------------------------------------------

const query = (received, signed, isOurs = true) => () =>
  check({ host: 'help.example.gov', target: `${incoming}?${received}`, signed: `http://help.example.gov${incoming}?${signed}`, isOurs });

test('a query', query('a=1&b=2', 'a=1&b=2'));
test('a query in another order', query('a=1&b=2', 'b=2&a=1', false));
test('a query that was not signed', query('a=1', '', false));
test('an apostrophe, signed escaped', query("a=it's", 'a=it%27s'));
test('an escaped apostrophe, signed bare', query('a=it%27s', "a=it's"));
test('a plus, signed as %20', query('a=one+two', 'a=one%20two'));
test('%20, signed as a plus', query('a=one%20two', 'a=one+two', false));
test('%20, signed as it is', query('a=one%20two', 'a=one%20two'));
test('escaped UTF-8, signed as it is', query('a=%C3%A9', 'a=%C3%A9'));
test('escaped UTF-8, signed in lower case', query('a=%C3%A9', 'a=%c3%a9', false));
test('lower-case escapes, signed in upper case', query('a=%c3%a9', 'a=%C3%A9'));
test('escapes of plain letters, signed bare', query('a=%41%2D', 'a=A-'));
test('a name without value, signed with an equals sign', query('a', 'a='));
test('a repeated name, signed grouped', query('a=1&b=2&a=3', 'a=1&a=3&b=2'));
test('an apostrophe in the path', () => check({ target: "/twilio/voice/turn/it's" }));
test('marks in the path, signed escaped', () => check({
  host: 'help.example.gov', target: '/twilio/voice/turn/{1}', signed: 'http://help.example.gov/twilio/voice/turn/%7B1%7D',
}));

test('random addresses and forms, as the library judges them', async () => {
  const { below, pick } = random(20261121);
  const words = ['a', 'Z', '7', '-', '.', '_', '~', "'", '(', ')', '*', '!', '+', '%20', '%27', '%2B', '%c3%a9', '%E2%82%AC', '$', ',', ';', ':', '@', '/', '?', '|', '[', ']', '{', '}', '^', '`', '=', '%3D', '%26'];
  const word = (most) => Array.from({ length: below(most) }, () => pick(words)).join('');
  let right = 0;
  for (let round = 0; round < 250; round++) {
    const asked = Array.from({ length: below(4) }, () => `${pick(['a', 'b', 'cc'])}${pick(['=', '=', '='])}${word(6)}`).join('&');
    const target = incoming + (asked ? `?${asked}` : '');
    const host = pick(['help.example.gov', 'Help.Example.gov', 'help.example.gov:80', 'help.example.gov:8443']);
    const url = `http://${host}${target}`;
    const normal = new URL(url).toString();
    const signed = pick([
      url, normal, url.replace(/^http:\/\/([^/:]+)(:\d+)?/i, 'http://$1'), url.replace(/^http:\/\/([^/:]+)(:\d+)?/i, 'http://$1:80'),
      normal.replace(/\?.*/, (found) => `?${new URLSearchParams(found)}`), normal.replace('a', 'A'), decodeURI(url),
    ]);
    const parameters = call(Object.fromEntries(Array.from({ length: below(3) }, () => [`P${word(3)}`, pick([word(6), [word(3), word(3)]])])));
    const signature = getExpectedTwilioSignature(token, signed, parameters);
    const isOurs = validateRequest(token, signature, url, parameters);
    right += isOurs ? 1 : 0;
    await check({ host, target, signed, parameters, signature, isOurs });
  }

  assert.ok(right > 60 && right < 245, `${right} of 250 were the carrier's`);
});

// --- JSON ---------------------------------------------------------------------------------------------------------------

const json = '{"CallSid":"CA1","text":"código 😀"}';
const covered = (body) => `${incoming}?bodySHA256=${getExpectedBodyHash(body)}`;
const asJson = { type: 'application/json', raw: json };

test('JSON whose hash is in the address', () => check({ ...asJson, target: covered(json) }));
test('JSON with more in its address', () => check({ ...asJson, target: `${incoming}?a=1&bodySHA256=${getExpectedBodyHash(json)}&b=2` }));
test('JSON with the hash of another body', () => check({ ...asJson, target: covered('{}'), isOurs: false }));
test('JSON with its hash in upper case', () => check({ ...asJson, target: `${incoming}?bodySHA256=${getExpectedBodyHash(json).toUpperCase()}`, isOurs: false }));
test('JSON with an empty hash', () => check({ ...asJson, target: `${incoming}?bodySHA256=`, isOurs: false }));
test('JSON with a nameless hash', () => check({ ...asJson, target: `${incoming}?a=1&bodySHA256`, isOurs: false }));
test('JSON with two hashes, the first right', () => check({ ...asJson, target: `${covered(json)}&bodySHA256=00` }));
test('JSON with two hashes, the second right', () => check({ ...asJson, target: `${incoming}?bodySHA256=00&bodySHA256=${getExpectedBodyHash(json)}`, isOurs: false }));
test('JSON with the right hash and a wrong signature', () => check({ ...asJson, target: covered(json), key: 'not-the-token', isOurs: false }));
test('JSON without a hash is not covered by its signature', async () => {
  const answer = await send(bots.served.origin, {
    target: incoming, body: json, headers: { 'Content-Type': 'application/json', 'X-Twilio-Signature': getExpectedTwilioSignature(token, bots.served.origin + incoming, {}) },
  });
  assert.deepEqual([answer.status, answer.body], [403, '']);
});

// --- methods ------------------------------------------------------------------------------------------------------------

for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
  for (const target of [incoming, '/twilio/voice/turn/1', '/twilio/voice/ended', '/twilio/sms/incoming']) {
    test(`${method} ${target} is not allowed, signed or not`, async () => {
      const { origin } = bots.served;
      const unsigned = await send(origin, { method, target });
      const signed = await send(origin, { method, target, headers: { 'X-Twilio-Signature': getExpectedTwilioSignature(token, origin + target, {}) } });
      assert.deepEqual([unsigned.status, signed.status], [405, 405]);
    });
  }
}
