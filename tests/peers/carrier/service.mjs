// A bot of our own with a real carrier account, and a key for its API.

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const program = join(import.meta.dirname, '..', '..', '..', 'bot', 'bin', 'Debug', 'net10.0', 'supportbot.dll');

export async function startService(...settings) {
  const folder = mkdtempSync(join(tmpdir(), 'supportbot-carrier-'));
  const storage = ['--Storage:ConnectionString', `Data Source=${join(folder, 'supportbot.db')}`];
  const bot = spawn('dotnet', [program, '--urls', 'http://127.0.0.1:0', ...storage, ...settings], { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  let isOver = false;
  const ended = new Promise((resolve) => bot.on('close', () => { isOver = true; resolve(); }));
  const origin = await new Promise((resolve, reject) => {
    ended.then(() => reject(new Error(`The bot ended: ${log}`)));
    const read = (text) => {
      log += text;
      const match = /SupportBot answers on (http:\/\/127\.0\.0\.1:\d+)/.exec(log);
      if (match) {
        resolve(match[1]);
      }
    };
    bot.stdout.on('data', read);
    bot.stderr.on('data', read);
  });
  const added = execFileSync('dotnet', [program, 'keys', 'add', 'agency', '--scope', 'passcodes,consents', ...storage], { encoding: 'utf8' });
  const key = added.trimEnd().split('\n').at(-1);
  let number = 0;
  const call = async (method, path, body, headers = {}) => {
    const answer = await fetch(origin + path, {
      method, headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json', ...headers }, body: body === undefined ? undefined : JSON.stringify(body),
    });
    return { status: answer.status, body: answer.status === 204 ? null : await answer.json() };
  };
  return {
    origin, key, call,
    log: () => log,
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
    stop: async () => {
      if (!isOver) {
        bot.kill('SIGTERM');
        await ended;
      }

      rmSync(folder, { recursive: true, force: true });
    },
  };
}
