import { parseTwiml, plainText, spokenParts, TwimlProblem } from './twiml.js';

const mostDocumentsInARow = 50;
const longestPauseMilliseconds = 5000;

class HungUp extends Error {}

/**
 * One call, from dialling to the end: fetches TwiML, carries it out, posts what the caller does.
 * Listening has no clock of its own: the line stays open until the caller speaks, keys or says nothing, since reading takes longer than hearing.
 *
 * `screen` has: state(name), bubble(who, text), note(text), listen(what | null), dial(numbers | null), connected().
 * `post(path, parameters)` resolves to {status, body, parameters}.
 * `incoming` is a call that the service makes: {sid, path, statusPath}; without it the person calls.
 */
export class Call {
  #from; #to; #post; #voice; #screen; #incoming;
  #sid; #startedAt; #documents = 0;
  #inbox = null;
  #hangUp; #gone;

  constructor({ from, to, post, voice, screen, incoming }) {
    this.#incoming = incoming ?? null;
    this.#sid = incoming?.sid;
    this.#from = from;
    this.#to = to;
    this.#post = post;
    this.#voice = voice;
    this.#screen = screen;
    this.#gone = new Promise((_, reject) => { this.#hangUp = () => reject(new HungUp()); });
    this.#gone.catch(() => {});
  }

  /** Runs the whole call; resolves when it is over. */
  async run() {
    this.#startedAt = Date.now();
    this.#screen.state('ringing');
    try {
      let document = this.#incoming
        ? await this.#fetch(this.#incoming.path, { AnsweredBy: 'human', Direction: 'outbound-api', CallStatus: 'in-progress' })
        : await this.#fetch('/twilio/voice/incoming', {});
      this.#screen.state('in-progress');
      while (document) {
        document = await this.#perform(document);
      }

      this.#screen.note('The service hung up.');
    } catch (problem) {
      if (problem instanceof HungUp) {
        this.#screen.note('You hung up.');
      } else if (problem instanceof TwimlProblem) {
        this.#screen.note(`“We are sorry, an application error has occurred.” ${problem.message}`);
      } else {
        this.#screen.note(`The call broke off: ${problem.message}`);
      }
    } finally {
      this.#inbox = null;
      this.#voice.stop();
      this.#screen.listen(null);
      this.#screen.dial(null);
      this.#screen.state('ended');
      await this.#sayEnded();
    }
  }

  hangUp() {
    this.#hangUp();
  }

  press(key) {
    this.#inbox?.({ key });
  }

  speak(words) {
    this.#inbox?.({ words });
  }

  silence() {
    this.#inbox?.({ silence: true });
  }

  /** How the rung party reacts: answered, completed, busy or no-answer. */
  dialled(status) {
    this.#inbox?.({ dialled: status });
  }

  async #fetch(path, parameters) {
    this.#documents += 1;
    if (this.#documents > mostDocumentsInARow) {
      throw new TwimlProblem(`${mostDocumentsInARow} documents in a row without a word from the caller: the service goes round in circles.`);
    }

    const answer = await this.#orGone(this.#post(path, {
      ...(this.#sid ? { CallSid: this.#sid } : {}), From: this.#from, To: this.#to, ...parameters,
    }));
    this.#sid = answer.parameters.CallSid;
    if (answer.status !== 200) {
      throw new TwimlProblem(`The service answered with ${answer.status}.`);
    }

    return { path, verbs: parseTwiml(answer.body) };
  }

  /** The next document; null when this one ends the call. */
  async #perform({ path, verbs }) {
    for (const verb of verbs) {
      const action = verb.hasAttribute('action') ? resolve(verb.getAttribute('action'), path) : null;
      switch (verb.nodeName) {
        case 'Say':
          await this.#say(verb);
          break;
        case 'Play':
          this.#screen.note(`(plays ${verb.textContent.trim()})`);
          break;
        case 'Pause':
          await this.#orGone(wait(pauseOf(verb)));
          break;
        case 'Gather': {
          const parameters = await this.#gather(verb);
          if (parameters) {
            return this.#fetch(action ?? path, parameters);
          }

          break;
        }
        case 'Redirect':
          return this.#fetch(resolve(verb.textContent.trim(), path), {});
        case 'Dial': {
          const parameters = await this.#dial(verb);
          if (action) {
            return this.#fetch(action, parameters);
          }

          break;
        }
        case 'Hangup':
        case 'Reject':
          return null;
        default:
          this.#screen.note(`(<${verb.nodeName}> is not simulated)`);
      }
    }

    return null;
  }

  async #say(verb, interrupted = new Promise(() => {})) {
    const parts = spokenParts(verb);
    const times = Math.min(3, Number(verb.getAttribute('loop') ?? 1) || 1);
    const words = plainText(parts);
    for (let time = 0; time < times && words !== ''; time++) {
      this.#screen.bubble('service', words, verb.getAttribute('language'));
      await this.#orGone(Promise.race([this.#voice.speak(parts, verb.getAttribute('language')), interrupted]));
    }
  }

  /** What the caller gave, as request parameters; null for silence that the Gather does not report. */
  async #gather(verb) {
    const input = (verb.getAttribute('input') ?? 'dtmf').split(/\s+/);
    const takes = { keys: input.includes('dtmf'), speech: input.includes('speech'), hints: (verb.getAttribute('hints') ?? '').split(',') };
    const bargeIn = verb.getAttribute('bargeIn') !== 'false';
    const heard = this.#listen(verb, takes);
    let over = false;
    const interrupted = heard.first.then(() => {
      over = bargeIn;
      return bargeIn ? this.#voice.stop() : new Promise(() => {});
    });
    this.#screen.listen(takes);
    for (const prompt of verb.children) {
      if (over) {
        break;
      }

      if (prompt.nodeName === 'Say') {
        await this.#say(prompt, interrupted);
      } else if (prompt.nodeName === 'Pause') {
        await this.#orGone(Promise.race([wait(pauseOf(prompt)), interrupted]));
      } else {
        this.#screen.note(`(plays ${prompt.textContent.trim()})`);
      }
    }

    const parameters = await this.#orGone(heard.all);
    this.#inbox = null;
    this.#screen.listen(null);
    this.#documents = 0;
    return parameters ?? (verb.getAttribute('actionOnEmptyResult') === 'true' ? { Digits: '' } : null);
  }

  /** Collects keys until there are enough, or one utterance, or silence. `first` ends with the first of them, `all` with the parameters. */
  #listen(verb, takes) {
    const wanted = Number(verb.getAttribute('numDigits')) || Infinity;
    const finish = verb.getAttribute('finishOnKey') ?? '#';
    const betweenKeys = (Number(verb.getAttribute('timeout')) || 5) * 1000;
    let begin;
    const first = new Promise(done => { begin = done; });
    const all = new Promise(done => {
      let digits = '';
      let timer = null;
      this.#inbox = ({ key, words, silence }) => {
        if (key !== undefined) {
          if (!takes.keys) {
            this.#screen.note('Nobody listens for keys just now.');
            return;
          }

          begin();
          clearTimeout(timer);
          this.#screen.bubble('caller', key, null, 'key');
          const finished = finish.includes(key);
          digits += finished ? '' : key;
          if (finished || digits.length >= wanted) {
            done(digits === '' ? null : { Digits: digits, ...(finished ? { FinishedOnKey: key } : {}) });
          } else {
            timer = setTimeout(() => done({ Digits: digits }), betweenKeys);
          }
        } else if (words !== undefined) {
          if (!takes.speech) {
            this.#screen.note('Nobody listens for words just now: use the keys.');
            return;
          }

          begin();
          clearTimeout(timer);
          this.#screen.bubble('caller', words);
          done({ SpeechResult: words, Confidence: '0.9' });
        } else if (silence) {
          begin();
          clearTimeout(timer);
          this.#screen.bubble('caller', '(says nothing)', null, 'quiet');
          done(digits === '' ? null : { Digits: digits });
        }
      };
    });
    return { first, all };
  }

  async #dial(verb) {
    const numbers = [...verb.children].map(child => child.textContent.trim());
    const startedAt = Date.now();
    this.#screen.dial(numbers.length > 0 ? numbers : [verb.textContent.trim()]);
    let status = await this.#dialledNext();
    if (status === 'answered') {
      this.#screen.connected();
      this.#screen.note('You are through. (Nobody is really there: this is a simulation.)');
      status = await this.#dialledNext();
    } else {
      this.#screen.note(status === 'busy' ? 'The line is busy.' : 'Nobody answers.');
    }

    this.#screen.dial(null);
    this.#documents = 0;
    return {
      DialCallStatus: status,
      ...(status === 'completed' ? { DialCallDuration: String(Math.max(1, Math.round((Date.now() - startedAt) / 1000))) } : {}),
    };
  }

  #dialledNext() {
    return this.#orGone(new Promise(done => {
      this.#inbox = ({ dialled }) => {
        if (dialled) {
          this.#inbox = null;
          done(dialled);
        }
      };
    }));
  }

  async #sayEnded() {
    if (!this.#sid) {
      return;
    }

    try {
      await this.#post(this.#incoming?.statusPath ?? '/twilio/voice/ended', {
        CallSid: this.#sid, From: this.#from, To: this.#to, CallStatus: 'completed',
        CallDuration: String(Math.round((Date.now() - this.#startedAt) / 1000)),
        SequenceNumber: '0', Timestamp: new Date().toUTCString(), CallbackSource: 'call-progress-events',
      });
    } catch {
      // The call is over for the caller all the same.
    }
  }

  #orGone(promise) {
    return Promise.race([promise, this.#gone]);
  }
}

function resolve(address, path) {
  const url = new URL(address, new URL(path, location.origin));
  return url.pathname + url.search;
}

function pauseOf(verb) {
  return Math.min(longestPauseMilliseconds, (Number(verb.getAttribute('length') ?? 1) || 0) * 1000);
}

function wait(milliseconds) {
  return new Promise(done => setTimeout(done, milliseconds));
}
