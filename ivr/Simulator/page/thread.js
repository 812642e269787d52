import { messageText, parseTwiml } from './twiml.js';

const pollMilliseconds = 1500;
const optOutTypes = new Map([
  ...['STOP', 'STOPALL', 'UNSUBSCRIBE', 'END', 'QUIT', 'CANCEL', 'REVOKE', 'OPTOUT'].map(word => [word, 'STOP']),
  ...['START', 'YES', 'UNSTOP'].map(word => [word, 'START']),
  ...['HELP', 'INFO'].map(word => [word, 'HELP']),
]);

/**
 * The text thread of one number: what the person writes, what the service answers, and what it hands to the carrier by itself.
 *
 * `screen` has: text(who, words, status) → {status(words)}, note(words), clear().
 */
export class Thread {
  #numbers; #post; #screen;
  #shown = new Map();

  /** @param numbers returns {yours, ours} as they stand in the fields */
  constructor({ numbers, post, screen }) {
    this.#numbers = numbers;
    this.#post = post;
    this.#screen = screen;
  }

  /** @param carrierAnswers the carrier has answered its own words, as Twilio's Advanced Opt-Out does */
  async send(body, carrierAnswers) {
    const { yours, ours } = this.#numbers();
    const optOutType = carrierAnswers ? optOutTypes.get(body.trim().toUpperCase()) : undefined;
    const line = this.#screen.text('person', body, 'sending');
    try {
      const answer = await this.#post('/twilio/sms/incoming', {
        From: yours, To: ours, Body: body, ...(optOutType ? { OptOutType: optOutType } : {}),
      });
      line.status(answer.status === 200 ? 'delivered' : `not taken: ${answer.status}`);
      if (optOutType) {
        this.#screen.note(`(here the carrier's own answer to ${optOutType} would arrive)`);
      }

      const messages = answer.status === 200 ? parseTwiml(answer.body).filter(verb => verb.nodeName === 'Message').map(messageText) : [];
      for (const words of messages) {
        this.#screen.text('service', words, 'reply');
      }

      if (messages.length === 0 && !optOutType) {
        this.#screen.note('(no reply)');
      }
    } catch (problem) {
      line.status('not sent');
      this.#screen.note(problem.message);
    }

    await this.poll();
  }

  /** Shows what the carrier was handed for this number since the last look. */
  async poll() {
    const { yours } = this.#numbers();
    if (!/\d/.test(yours)) {
      return;
    }

    const answer = await fetch(`/simulator/messages?to=${encodeURIComponent(yours)}`);
    if (!answer.ok || yours !== this.#numbers().yours) {
      return;
    }

    for (const message of await answer.json()) {
      const shown = this.#shown.get(message.sid);
      if (!shown) {
        this.#shown.set(message.sid, { status: message.status, line: this.#screen.text('service', message.body, `text · ${message.status}`, message.at) });
      } else if (shown.status !== message.status) {
        shown.status = message.status;
        shown.line.status(`text · ${message.status}`);
      }
    }
  }

  /** Looks now and then, while the page is seen. */
  watch() {
    setInterval(() => document.visibilityState === 'visible' && this.poll().catch(() => {}), pollMilliseconds);
    this.poll().catch(() => {});
  }

  /** Another number is another thread. */
  restart() {
    this.#shown.clear();
    this.#screen.clear();
    this.poll().catch(() => {});
  }
}
