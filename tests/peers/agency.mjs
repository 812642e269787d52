// A bot with a key for its API, as an agency's sign-in system uses it.

import { execFileSync } from 'node:child_process';
import { program, startBot } from './bot.mjs';

export async function startService(...settings) {
  const bot = await startBot(...settings);
  const added = execFileSync('dotnet', [program, 'keys', 'add', 'agency', '--scope', 'passcodes,consents', ...bot.storage], { encoding: 'utf8' });
  const key = added.trimEnd().split('\n').at(-1);
  let number = 0;
  const call = async (method, path, body, headers = {}) => {
    const answer = await fetch(bot.origin + path, {
      method, headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json', ...headers }, body: body === undefined ? undefined : JSON.stringify(body),
    });
    return { status: answer.status, body: answer.status === 204 ? null : await answer.json() };
  };
  return {
    ...bot, key, call,
    issue: (body) => call('POST', '/v1/passcodes', { kind: 'security', account: `account ${(number += 1)}`, locale: 'en', siteHost: 'secure.example.gov', ...body }, { 'Idempotency-Key': `key ${number}` }),
    until: async (id, fits) => {
      for (let tries = 0; tries < 300; tries += 1) {
        const { body } = await call('GET', `/v1/passcodes/${id}`);
        if (fits(body)) {
          return body;
        }

        await new Promise((resolve) => { setTimeout(resolve, 50); });
      }

      throw new Error(`The story does not come to it: ${JSON.stringify((await call('GET', `/v1/passcodes/${id}`)).body)}`);
    },
  };
}
