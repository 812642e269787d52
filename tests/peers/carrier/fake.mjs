// A carrier that takes only what the official library can send: the names of its parameters are read from the library's own declarations.

import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import twilio from 'twilio';

export const account = 'AC0123456789abcdef0123456789abcdef';
export const token = 'token-of-the-fake';

const library = dirname(createRequire(import.meta.url).resolve('twilio'));

/** Wire names of an options interface: camelCase members, PascalCase on the wire. */
function namesOf(file, declaration) {
  const text = readFileSync(join(library, 'rest', 'api', 'v2010', 'account', file), 'utf8');
  const body = text.slice(text.indexOf(`interface ${declaration} {`)).split('\n}')[0];
  return new Set([...body.matchAll(/^ {4}"?([A-Za-z]+)"?\??:/gm)].map(([, name]) => name[0].toUpperCase() + name.slice(1)));
}

export const names = {
  Messages: namesOf('message.d.ts', 'MessageListInstanceCreateOptions'),
  Calls: namesOf('call.d.ts', 'CallListInstanceCreateOptions'),
};

const refused = { '+15005550001': 21211, '+15005550004': 21610, '+15005550009': 21614 };

/** Listens on the loopback interface; what it accepts is in `carried`. */
export async function startFake() {
  const carried = [];
  const unknown = [];
  let number = 0;
  const server = createServer((request, answer) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const reply = (status, body) => answer.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
      const refuse = (status, code) => reply(status, { code, message: 'refused', more_info: `https://www.twilio.com/docs/errors/${code}`, status });
      const [, resource] = new RegExp(`^/2010-04-01/Accounts/${account}/(Messages|Calls)\\.json`).exec(request.url) ?? [];
      if (request.headers.authorization !== `Basic ${Buffer.from(`${account}:${token}`).toString('base64')}`) {
        return refuse(401, 20003);
      }

      if (!resource || request.method !== 'POST') {
        return refuse(404, 20404);
      }

      const form = new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
      const strange = [...form.keys()].filter((name) => !names[resource].has(name));
      if (strange.length > 0) {
        unknown.push(...strange);
        return refuse(400, 599);
      }

      const to = form.get('To');
      if (!to) {
        return refuse(400, 21604);
      }

      if (refused[to]) {
        return refuse(400, refused[to]);
      }

      const sid = `${resource === 'Messages' ? 'SM' : 'CA'}${(number += 1).toString(16).padStart(32, '0')}`;
      carried.push({ resource, sid, form: Object.fromEntries([...new Set(form.keys())].map((name) => [name, form.getAll(name)])) });
      const now = new Date().toUTCString();
      return reply(201, {
        sid, account_sid: account, to, from: form.get('From'), status: 'queued', direction: 'outbound-api', body: form.get('Body'), error_code: null, error_message: null,
        num_segments: '1', num_media: '0', price: null, price_unit: 'USD', api_version: '2010-04-01', date_created: now, date_updated: now, date_sent: null,
        messaging_service_sid: null, uri: '', subresource_uris: {},
      });
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${server.address().port}`;
  return {
    origin, carried, unknown,
    stop: () => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve); }),
  };
}

/** The official client, pointed at another address. */
export function clientOf(origin, sid, authToken) {
  class Redirected extends twilio.RequestClient {
    request(options) {
      return super.request({ ...options, uri: options.uri.replace('https://api.twilio.com', origin) });
    }
  }

  return twilio(sid, authToken, { httpClient: new Redirected() });
}
