// The chat of this page: Direct Line 3.0 with fetch and WebSocket, no library.
(() => {
  'use strict';

  const words = {
    you: 'You',
    assistant: 'Assistant',
    says: 'said at',
    newTab: '(opens in a new tab)',
    sending: 'Sending…',
    notSent: 'Not sent.',
    notSentAloud: 'Your message was not sent. You can try again.',
    refused: 'This message cannot be sent. Please write it shorter.',
    tryAgain: 'Try again',
    busy: 'Many people are asking right now. Your message goes out in a moment.',
    offline: 'The connection is lost. Trying to reconnect…',
    unavailable: 'The chat cannot be reached right now. It keeps trying. You can also use the phone number on this page.',
    replaced: 'The earlier chat has ended. This is a new one.',
    cleared: 'The chat was cleared.',
    person: 'Talk to a person',
    reallyClear: 'Clear this chat and start again?\n\nIf you were given a case number, write it down first.',
  };

  const api = 'v3/directline/';
  const locale = document.documentElement.lang;
  const agency = new URLSearchParams(location.search).get('agency') ?? '';
  const sendingShownAfter = 1500;
  const giveUpAfter = 20000;
  const element = id => document.getElementById(id);
  const [scroller, log, list, choices, starters, notice, composer, box] =
    ['scroller', 'log', 'messages', 'choices', 'starters', 'notice', 'composer', 'text'].map(element);

  // ---- The conversation -------------------------------------------------------------------------------------------

  // Kept for this tab only: on a shared computer the next person must not find it.
  const resume = {
    key: 'supportbot.resume',
    get() { try { return sessionStorage.getItem(this.key); } catch { return null; } },
    set(value) { try { sessionStorage.setItem(this.key, value); } catch { /* Storage is off: a reload starts anew. */ } },
    clear() { try { sessionStorage.removeItem(this.key); } catch { /* Nothing was kept. */ } },
  };

  /** A failure that trying again cannot mend. */
  class Refused extends Error {}

  /** The server answered, but not now: tells how long it asked us to wait. */
  class Later extends Error {
    constructor(response) {
      super(`status ${response.status}`);
      this.wait = waitAsked(response);
    }
  }

  let session = null;
  let watermark = '';
  let seen = new Set();
  let life = 0;
  let caughtUp = false;
  let renewing = null;

  /** A token for the conversation of this tab, or for a new one. Callers who come together share one request. */
  function renew() {
    renewing ??= (async () => {
      const response = await request('chat/token', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ locale, agency, resume: resume.get() ?? undefined }),
      });
      if (!response.ok) {
        throw new Later(response);
      }

      const granted = await response.json();
      const replaced = session && session.conversationId !== granted.conversationId;
      session = { conversationId: granted.conversationId, token: granted.token, expiresAt: Date.now() + granted.expires_in * 1000 - 30000 };
      resume.set(granted.resume);
      if (replaced) {
        forget();
        say(words.replaced);
      }
    })().finally(() => { renewing = null; });
    return renewing;
  }

  function request(path, options) {
    return fetch(path, { ...options, cache: 'no-store', signal: timeLimit(giveUpAfter) });
  }

  /** One Direct Line request. `path` is told the conversation, which renewing a token may change. */
  async function call(path, options = {}, again = true) {
    if (!session || Date.now() > session.expiresAt) {
      await renew();
    }

    const response = await request(api + path(session.conversationId), {
      ...options,
      headers: { Authorization: `Bearer ${session.token}`, ...(options.body ? { 'Content-Type': 'application/json' } : {}) },
    });
    if (response.status === 403 && again) {
      await renew();
      return call(path, options, false);
    }

    return response;
  }

  /** Starts the conversation, or finds it again. Resolves to the address of its stream. */
  async function begin() {
    const response = await call(() => 'conversations', { method: 'POST', body: JSON.stringify({ user: {}, locale }) });
    return streamOf(response);
  }

  async function reconnect() {
    const response = await call(id => `conversations/${id}?watermark=${encodeURIComponent(watermark)}`);
    if (response.status !== 404) {
      return streamOf(response);
    }

    forget();
    say(words.replaced);
    return begin();
  }

  async function streamOf(response) {
    if (!response.ok) {
      throw new Later(response);
    }

    // The server may not know the name that this page has from outside.
    const stream = new URL((await response.json()).streamUrl);
    const here = new URL(api, document.baseURI);
    stream.protocol = here.protocol === 'https:' ? 'wss:' : 'ws:';
    stream.host = here.host;
    return stream.href;
  }

  /** Stays connected for as long as this life of the chat lasts: by socket, or by asking where sockets are blocked. */
  async function live() {
    const mine = ++life;
    let failures = 0;
    let blocked = 0;
    let open = begin;
    while (mine === life) {
      let wait = 0;
      try {
        const stream = await open();
        open = reconnect;
        if (blocked >= 2) {
          await poll(mine);
        } else if (await listen(stream, mine)) {
          failures = 0;
          blocked = 0;
        } else {
          blocked++;
          wait = 1;
        }
      } catch (error) {
        wait = error instanceof Later ? error.wait : 0;
      }

      if (mine === life) {
        failures++;
        tellOffline(mine, failures);
        await pause(wait || backoff(failures));
      }
    }
  }

  /** Ends when the socket does. Resolves to whether it was ever open. */
  function listen(address, mine) {
    return new Promise(resolve => {
      const socket = new WebSocket(address);
      let opened = false;
      const impatience = setTimeout(() => socket.close(), giveUpAfter / 2);
      const ping = setInterval(() => socket.readyState === WebSocket.OPEN && socket.send(''), 20000);
      wake.socket = () => socket.close();
      socket.onopen = () => {
        opened = true;
        clearTimeout(impatience);
        tellOnline();
      };
      socket.onmessage = frame => {
        if (mine !== life) {
          socket.close();
        } else if (frame.data) {
          receive(JSON.parse(frame.data));
        }
      };
      socket.onclose = () => {
        clearTimeout(impatience);
        clearInterval(ping);
        resolve(opened);
      };
    });
  }

  async function poll(mine) {
    wake.poll = () => wake.timer();
    while (mine === life) {
      await look();
      tellOnline();
      await pause(document.hidden ? 30000 : 3000);
    }
  }

  /** Asks once for what is new. */
  async function look() {
    const response = await call(id => `conversations/${id}/activities?watermark=${encodeURIComponent(watermark)}`);
    if (!response.ok) {
      throw new Later(response);
    }

    receive(await response.json());
  }

  // ---- Sending ----------------------------------------------------------------------------------------------------

  const waiting = new Map();
  const failed = new Set();
  let line = Promise.resolve();

  function send(text) {
    text = text.trim();
    if (!text) {
      return;
    }

    offer([]);
    say('');
    const message = { id: randomWord(), text, item: add({ mine: true, text, at: new Date() }) };
    waiting.set(message.id, message);
    settle();
    toEnd();
    queue(message);
  }

  /** One after the other: what was written first arrives first. */
  function queue(message) {
    line = line.then(() => deliver(message));
  }

  async function deliver(message) {
    const mine = life;
    const slow = setTimeout(() => annotate(message, words.sending), sendingShownAfter);
    try {
      await post(message);
      annotate(message, '');
      wake.poll();

      // A socket can be dead without knowing it. The answer is there already: fetch it and open another.
      setTimeout(() => {
        if (mine === life && waiting.has(message.id)) {
          look().catch(() => {}).then(() => wake.socket());
        }
      }, 2500);
    } catch (error) {
      if (mine === life) {
        fail(message, error);
      }
    } finally {
      clearTimeout(slow);
    }
  }

  /** Tries a few times. The id stays the same, so that a lost answer does not make a second message. */
  async function post(message) {
    for (let attempt = 1; ; attempt++) {
      let wait = backoff(attempt);
      try {
        const response = await call(id => `conversations/${id}/activities`, {
          method: 'POST',
          body: JSON.stringify({ type: 'message', text: message.text, textFormat: 'plain', locale, from: { id: 'user' }, channelData: { clientActivityID: message.id } }),
        });
        if (response.ok) {
          return;
        }

        if (response.status === 404) {
          forget(message);
          await begin();
          wake.socket();
        } else if (response.status === 400 || response.status === 413) {
          throw new Refused();
        } else if (response.status === 429 || response.status === 503) {
          wait = waitAsked(response) || wait;
          say(words.busy);
        }
      } catch (error) {
        if (error instanceof Refused || attempt >= 4) {
          throw error;
        }
      }

      if (attempt >= 4) {
        throw new Error('not sent');
      }

      await sleep(wait);
    }
  }

  function fail(message, error) {
    message.item.classList.add('failed');
    if (error instanceof Refused) {
      annotate(message, words.refused);
      say(words.refused);
      return;
    }

    failed.add(message);
    const again = make('button', words.tryAgain);
    again.type = 'button';
    again.addEventListener('click', () => {
      box.focus();
      retry(message);
    });
    annotate(message, words.notSent, again);
    say(words.notSentAloud);
  }

  function retry(message) {
    failed.delete(message);
    message.item.classList.remove('failed');
    annotate(message, '');
    say('');
    queue(message);
  }

  function annotate(message, text, ...more) {
    keepingEnd(() => message.item.querySelector('.note').replaceChildren(...(text ? [text, ...more] : [])));
  }

  // ---- Receiving --------------------------------------------------------------------------------------------------

  function receive(set) {
    const news = (set.activities ?? []).filter(activity => activity.id && !seen.has(activity.id));
    const wasAtEnd = isAtEnd();
    let firstAnswer = null;
    for (const activity of news) {
      seen.add(activity.id);
      const item = show(activity);
      if (item && activity.from?.role !== 'user') {
        firstAnswer ??= item;
      }
    }

    watermark = set.watermark || watermark;
    const last = news.at(-1);
    if (last) {
      offer(last.from?.role === 'user' ? [] : last.suggestedActions?.actions ?? []);
      settle();
      notice.textContent === words.busy && say('');
    }

    if (!caughtUp) {
      // What was said before is not read out again; from here on everything is.
      caughtUp = true;
      toEnd(list.querySelector('.mine') ? null : list.firstElementChild);
      setTimeout(() => log.setAttribute('aria-live', caughtUp ? 'polite' : 'off'), 500);
    } else if (wasAtEnd && news.length) {
      toEnd(firstAnswer);
    }
  }

  function show(activity) {
    if (activity.type !== 'message' && activity.from?.role !== 'user') {
      return null;
    }

    const text = activity.text ?? (typeof activity.value === 'string' ? activity.value : '');
    const own = waiting.get(activity.channelData?.clientActivityID);
    if (activity.from?.role === 'user' && own) {
      // As it was stored: what should not have been typed is masked now.
      waiting.delete(own.id);
      own.item.classList.remove('failed');
      own.item.querySelector('.bubble').textContent = text;
      annotate(own, '');
      return own.item;
    }

    return text ? add({
      mine: activity.from?.role === 'user',
      name: activity.from?.name && activity.from.name !== 'SupportBot' ? activity.from.name : words.assistant,
      text,
      markdown: activity.textFormat === 'markdown',
      lang: activity.locale,
      at: new Date(activity.timestamp),
    }) : null;
  }

  function add({ mine, name, text, markdown, lang, at }) {
    const item = make('li');
    const who = mine ? words.you : name;
    item.className = mine ? 'message mine' : 'message';
    item.dataset.who = who;
    if (list.lastElementChild?.dataset.who !== who) {
      item.classList.add('begins');
    }

    const time = make('time', at.toLocaleTimeString(locale, { hour: 'numeric', minute: '2-digit' }));
    time.dateTime = at.toISOString();
    const head = make('p');
    head.className = 'who';
    head.append(make('b', who), hidden(` ${words.says}`), ' ', time);
    const bubble = make('div');
    bubble.className = 'bubble';
    if (lang && lang.split('-')[0] !== locale.split('-')[0]) {
      bubble.lang = lang;
    }

    bubble.append(...(markdown ? blocks(text) : [text]));
    const note = make('p');
    note.className = 'note';
    item.append(head, bubble, note);
    list.append(item);
    return item;
  }

  /** Whether somebody has spoken yet decides what the page shows besides. */
  function settle() {
    const talking = list.querySelector('.mine') !== null;
    starters.hidden = talking;
    document.body.classList.toggle('talking', talking);
  }

  /** Buttons for what may be said next, under the last message only. */
  function offer(actions) {
    const held = choices.contains(document.activeElement);
    choices.replaceChildren(...actions.filter(action => action.title).map(action => {
      const button = make('button', action.title);
      button.type = 'button';
      button.addEventListener('click', event => choose(typeof action.value === 'string' ? action.value : action.title, event));
      return button;
    }));
    choices.hidden = choices.childElementCount === 0;
    if (held) {
      scroller.focus({ preventScroll: true });
    }
  }

  /** The button goes away, so focus needs a place: the box for a keyboard, the messages for a finger (no keyboard pops up). */
  function choose(text, event) {
    (event.detail === 0 ? box : scroller).focus({ preventScroll: true });
    send(text);
  }

  // ---- Markdown, by building nodes: nothing that was sent to us is ever read as HTML ---------------------------------

  function blocks(text) {
    const made = [];
    let current = null;
    for (const row of text.replaceAll('\r', '').split('\n')) {
      const item = /^\s*(?:([-*•])|(\d{1,3})[.)])\s+(.*)$/.exec(row);
      const heading = /^#{1,6}\s+(.*)$/.exec(row);
      if (!row.trim()) {
        current = current?.localName === 'p' ? null : current;
      } else if (item) {
        const kind = item[1] ? 'ul' : 'ol';
        if (current?.localName !== kind) {
          made.push(current = make(kind));
          if (item[2] && item[2] !== '1') {
            current.start = Number(item[2]);
          }
        }

        const entry = make('li');
        entry.append(...inline(item[3]));
        current.append(entry);
      } else if (heading) {
        const paragraph = make('p');
        const strong = make('strong');
        strong.append(...inline(heading[1]));
        paragraph.append(strong);
        made.push(paragraph);
        current = null;
      } else if (current && /^\s{2,}/.test(row) && current.localName !== 'p') {
        current.lastElementChild.append(' ', ...inline(row.trim()));
      } else if (current?.localName === 'p') {
        current.append(make('br'), ...inline(row.trim()));
      } else {
        made.push(current = make('p'));
        current.append(...inline(row.trim()));
      }
    }

    return made;
  }

  function inline(text) {
    const marks = /\*\*(.+?)\*\*|\[([^\]]+)\]\((https?:\/\/[^\s)]+|tel:[+\d-]+|mailto:[^\s)]+)\)|\*([^*\s][^*]*)\*|(https?:\/\/[^\s)\]]*[^\s)\].,;:!?])|(?<![\d-])(1-8\d\d-\d{3}-\d{4})(?![\d-])|\\([\\*_[\]()#])/g;
    const made = [];
    let from = 0;
    for (const found of text.matchAll(marks)) {
      made.push(text.slice(from, found.index));
      from = found.index + found[0].length;
      const [, bold, title, address, italic, bare, phone, escaped] = found;
      if (bold || italic) {
        const emphasis = make(bold ? 'strong' : 'em');
        emphasis.append(...inline(bold || italic));
        made.push(emphasis);
      } else if (escaped) {
        made.push(escaped);
      } else {
        made.push(link(phone ? `tel:+${phone}` : address || bare, title ? inline(title) : [phone || bare]));
      }
    }

    made.push(text.slice(from));
    return made.filter(part => part !== '');
  }

  function link(address, content) {
    const made = make('a');
    made.href = address;
    made.append(...content);
    if (address.startsWith('http')) {
      made.target = '_blank';
      made.rel = 'noopener noreferrer';
      made.append(hidden(` ${words.newTab}`));
    }

    return made;
  }

  // ---- Small things -----------------------------------------------------------------------------------------------

  function make(name, text) {
    const made = document.createElement(name);
    if (text) {
      made.textContent = text;
    }

    return made;
  }

  function hidden(text) {
    const made = make('span', text);
    made.className = 'hidden-text';
    return made;
  }

  /** Read out only when it changes. */
  function say(text) {
    if (notice.textContent !== text) {
      keepingEnd(() => { notice.textContent = text; });
    }
  }

  let online = true;

  function tellOffline(mine, failures) {
    online = false;
    setTimeout(() => {
      if (mine === life && wake.sleeping) {
        say(failures > 3 ? words.unavailable : words.offline);
      }
    }, failures === 1 ? 2000 : 0);
  }

  /** What could not be sent goes out by itself once the server is back. */
  function tellOnline() {
    if (!online) {
      online = true;
      failed.forEach(retry);
    }

    if (notice.textContent === words.offline || notice.textContent === words.unavailable) {
      say('');
    }
  }

  /** What was in view at the bottom stays in view when something beside it grows. */
  function keepingEnd(change) {
    const wasAtEnd = isAtEnd();
    change();
    if (wasAtEnd) {
      toEnd();
    }
  }

  function isAtEnd() {
    return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 60;
  }

  /** To the end, but not past the beginning of what is new: a long answer is read from its first line. */
  function toEnd(first) {
    const end = scroller.scrollHeight - scroller.clientHeight;
    const top = first ? first.offsetTop - list.offsetTop : Infinity;
    scroller.scrollTop = Math.max(0, Math.min(end, top));
  }

  /** Lets go of a conversation that is gone. A message on its way into the new one stays. */
  function forget(kept) {
    watermark = '';
    seen = new Set();
    waiting.clear();
    failed.clear();
    caughtUp = false;
    log.setAttribute('aria-live', 'off');
    list.replaceChildren();
    offer([]);
    if (kept) {
      waiting.set(kept.id, kept);
      list.append(kept.item);
    }
  }

  const wake = { socket() {}, timer() {}, poll() {}, sleeping: false };

  const sleep = milliseconds => new Promise(resolve => { setTimeout(resolve, milliseconds); });

  /** Waits, unless there is a reason to look at once: the network or the reader is back. */
  function pause(milliseconds) {
    return new Promise(resolve => {
      wake.sleeping = true;
      const done = () => {
        clearTimeout(timer);
        wake.sleeping = false;
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      wake.timer = done;
    });
  }

  function backoff(failures) {
    return Math.min(30000, 500 * 2 ** Math.min(failures - 1, 6)) * (0.75 + Math.random() / 2);
  }

  function waitAsked(response) {
    const seconds = Number(response.headers.get('Retry-After'));
    return seconds > 0 ? Math.min(seconds, 60) * 1000 : 0;
  }

  function timeLimit(milliseconds) {
    const limit = new AbortController();
    setTimeout(() => limit.abort(), milliseconds);
    return limit.signal;
  }

  function randomWord() {
    return Array.from(crypto.getRandomValues(new Uint8Array(12)), value => value.toString(16).padStart(2, '0')).join('');
  }

  // ---- The page ---------------------------------------------------------------------------------------------------

  composer.addEventListener('submit', event => {
    event.preventDefault();
    send(box.value);
    box.value = '';
    fit();
    box.focus();
  });

  box.addEventListener('keydown', event => {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      composer.requestSubmit();
    }
  });

  /** Grows with what is written, where the style sheet alone cannot. */
  function fit() {
    if (!CSS.supports('field-sizing', 'content')) {
      box.style.height = 'auto';
      box.style.height = `${box.scrollHeight + 2}px`;
    }
  }

  box.addEventListener('input', fit);

  element('person').addEventListener('click', event => choose(words.person, event));

  element('clear').addEventListener('click', () => {
    if (list.querySelector('.mine') && !confirm(words.reallyClear)) {
      return;
    }

    life++;
    wake.socket();
    resume.clear();
    session = null;
    forget();
    say(words.cleared);
    box.focus();
    live();
  });

  for (const button of starters.querySelectorAll('button')) {
    button.hidden = ['ssa', 'opm'].includes(agency) ? button.dataset.agency !== agency : 'only' in button.dataset;
    button.addEventListener('click', event => choose(button.textContent, event));
  }

  addEventListener('online', () => wake.timer());
  document.addEventListener('visibilitychange', () => document.hidden || wake.timer());

  element('fallback').hidden = true;
  element('tools').hidden = false;
  composer.hidden = false;
  live();
})();
