// A bot of a suite's own, on a free port and an empty database.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const repository = join(import.meta.dirname, '..', '..');

export const program = join(repository, 'bot', 'bin', 'Debug', 'net10.0', 'supportbot.dll');

/** Resolves to its address, the settings of its database for commands, what it logged, and how to end it. */
export async function startBot(...settings) {
  const folder = mkdtempSync(join(tmpdir(), 'supportbot-peer-'));
  const storage = ['--Storage:ConnectionString', `Data Source=${join(folder, 'supportbot.db')}`];
  const bot = spawn('dotnet', [program, '--urls', 'http://127.0.0.1:0', ...storage, ...settings], { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  let isOver = false;
  const ended = new Promise((resolve) => bot.on('close', () => { isOver = true; resolve(); }));
  bot.on('error', (error) => { log += error.message; });
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
  return {
    origin,
    storage,
    log: () => log,
    stop: async () => {
      if (!isOver) {
        bot.kill('SIGTERM');
        await ended;
      }

      rmSync(folder, { recursive: true, force: true });
    },
  };
}
