const pollMilliseconds = 1000;

const states = {
  queued: 'On its way.',
  sent: 'Handed over.',
  delivered: 'Delivered.',
  undeliverable: 'It could not be delivered.',
  expired: 'This code has expired.',
  voided: 'This code no longer works.',
  locked: 'This code was locked after too many wrong tries.',
  accepted: 'Signed in.',
};

const results = {
  accepted: 'Signed in: the code was right, and is used up.',
  wrong: 'That is not the code.',
  expired: 'That code has expired. Ask for a new one.',
  used: 'That code was used already.',
  superseded: 'A newer code took its place. Type the newest one.',
  voided: 'That code no longer works. Ask for a new one.',
  locked: 'Too many wrong tries. Ask for a new code, or wait ten minutes.',
};

const home = { name: 'Sam Sample', line1: '1 Main Street', city: 'Washington', state: 'DC', zip: '20001' };

/** The stand-in for the agency's page: asks for a code, shows what arrives, tries what is typed. */
export class SignIn {
  #at; #post; #answer; #isBusy; #yours;
  #id = null;
  #shown = new Set();

  /** @param answer runs a call that the service makes; `isBusy` tells whether the phone is in use */
  constructor({ at, post, answer, isBusy, yours }) {
    this.#at = at;
    this.#post = post;
    this.#answer = answer;
    this.#isBusy = isBusy;
    this.#yours = yours;
    at('signin').addEventListener('submit', event => { event.preventDefault(); this.#ask(); });
    at('signin-check').addEventListener('submit', event => { event.preventDefault(); this.#try(); });
    at('signin-kind').addEventListener('change', () => {
      at('signin-channel').value = at('signin-kind').value === 'reset' ? 'mail' : 'text';
    });
  }

  /** Looks for what arrives, while the page is seen. */
  watch() {
    setInterval(() => document.visibilityState === 'visible' && this.#poll().catch(() => {}), pollMilliseconds);
  }

  async #ask() {
    const channel = this.#at('signin-channel').value;
    const answer = await send('/simulator/signin', {
      kind: this.#at('signin-kind').value,
      account: this.#yours(),
      contact: { phone: this.#yours(), email: 'sam@example.com', address: home },
      channel,
      locale: this.#at('signin-locale').value,
      siteHost: location.hostname,
    });
    const body = await answer.json();
    if (!answer.ok) {
      this.#say(Object.values(body.errors ?? {}).flat().join(' ') || body.title);
      return;
    }

    this.#id = body.id;
    this.#at('signin-arrived').replaceChildren();
    this.#at('signin-check').hidden = false;
    this.#at('signin-code').value = '';
    this.#say(states[body.state]);
    if (channel === 'mail') {
      await this.#print();
    }

    await this.#poll();
  }

  async #try() {
    const answer = await send(`/simulator/signin/${this.#id}/check`, { code: this.#at('signin-code').value });
    const body = await answer.json();
    this.#say(answer.ok
      ? results[body.result] + (body.result === 'wrong' ? ` Tries left: ${body.attemptsLeft}.` : '')
      : Object.values(body.errors ?? {}).flat().join(' '));
    if (body.result === 'accepted') {
      this.#at('signin-check').hidden = true;
      this.#id = null;
    }
  }

  async #print() {
    const letters = await (await send('/simulator/letters', {})).json();
    for (const { name, url } of letters) {
      const link = document.createElement('a');
      link.href = url;
      link.target = '_blank';
      link.textContent = `Letter ${name}`;
      const line = document.createElement('p');
      line.append('Printed tonight, in a few days in the mailbox: ', link);
      this.#at('signin-arrived').append(line);
    }
  }

  async #poll() {
    const calls = await get(`/simulator/calls?to=${encodeURIComponent(this.#yours())}`);
    for (const call of calls.filter(({ sid, status }) => status === 'ringing' && !this.#shown.has(sid))) {
      this.#shown.add(call.sid);
      this.#ring(call);
    }

    if (this.#id) {
      const { state, channel } = await get(`/simulator/signin/${this.#id}`);
      this.#say(`${states[state]} (${channel})`);
      for (const email of channel === 'email' ? await get('/simulator/emails?to=sam@example.com') : []) {
        if (!this.#shown.has(email.at)) {
          this.#shown.add(email.at);
          this.#show(`${email.subject}\n\n${email.body}`);
        }
      }
    }
  }

  #ring(call) {
    const line = document.createElement('div');
    line.className = 'row';
    line.append('Your phone rings.');
    const path = new URL(call.url).pathname;
    const statusPath = new URL(call.statusCallback).pathname;
    const finish = async status => {
      line.remove();
      await fetch(`/simulator/calls/${call.sid}/${status}`, { method: 'POST' });
    };
    line.append(
      button('Answer', async () => {
        if (!this.#isBusy()) {
          await finish('in-progress');
          await this.#answer({ sid: call.sid, path, statusPath, from: call.from, to: call.to });
        }
      }),
      button('Let it ring', async () => {
        await finish('no-answer');
        await this.#post(statusPath, { CallSid: call.sid, From: call.from, To: call.to, CallStatus: 'no-answer' });
      }),
      button('Voicemail takes it', async () => {
        await finish('completed');
        await this.#post(path, { CallSid: call.sid, From: call.from, To: call.to, AnsweredBy: 'machine_start' });
        await this.#post(statusPath, { CallSid: call.sid, From: call.from, To: call.to, CallStatus: 'completed' });
      }));
    this.#at('signin-arrived').append(line);
  }

  #show(words) {
    const made = document.createElement('p');
    made.textContent = words;
    this.#at('signin-arrived').append(made);
  }

  #say(words) {
    if (this.#at('signin-state').textContent !== words) {
      this.#at('signin-state').textContent = words;
    }
  }
}

function button(words, act) {
  const made = document.createElement('button');
  made.type = 'button';
  made.textContent = words;
  made.addEventListener('click', act);
  return made;
}

const send = (path, body) => fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });

async function get(path) {
  const answer = await fetch(path);
  if (!answer.ok) {
    throw new Error(String(answer.status));
  }

  return answer.json();
}
