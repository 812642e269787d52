// A bot of our own to talk to, and requests exactly as written: no client may tidy the target or the host.

import { createRequire } from 'node:module';
import { request } from 'node:http';
import { startBot } from '../bot.mjs';

export { repository, startBot } from '../bot.mjs';

const { getExpectedTwilioSignature } = createRequire(import.meta.url)('twilio');

export const token = process.env.TWILIO_AUTH_TOKEN ?? 'peers-twilio-token';

/** The bot that the test run started, or one of our own when the suite runs by itself. */
export async function sharedBot() {
  return process.env.BASE_URL ? { origin: process.env.BASE_URL, stop: async () => {} } : startBot('--Twilio:AuthToken', token);
}

/** Sends one request as it is; resolves to status, headers and body. */
export function send(origin, { method = 'POST', target, headers = {}, body = '' }) {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const outgoing = request({ hostname, port, method, path: target, headers: { 'Content-Length': Buffer.byteLength(body), ...headers } }, (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks).toString('utf8') }));
      answer.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** A form as carriers write it; arrays repeat their name. */
export function formOf(parameters) {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    [value].flat().forEach((item) => form.append(name, item));
  }

  return form.toString();
}

export const formType = 'application/x-www-form-urlencoded; charset=UTF-8';

/** Posts a signed form to a path of a bot without configured public address. */
export function post(origin, target, parameters) {
  return send(origin, {
    target,
    body: formOf(parameters),
    headers: { 'Content-Type': formType, 'X-Twilio-Signature': getExpectedTwilioSignature(token, origin + target, parameters) },
  });
}

let counter = 0;

/** A name as the carrier gives them. */
export const newSid = (prefix) => prefix + (Date.now() * 1000 + (counter += 1)).toString(16).padStart(32, '0');

/** Numbers that look random and are the same in every run (mulberry32). */
export function random(seed) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const below = (most) => Math.floor(next() * most);
  return { below, pick: (items) => items[below(items.length)] };
}
