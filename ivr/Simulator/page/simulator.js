import { Call } from './call.js';
import { SignIn } from './signin.js';
import { Thread } from './thread.js';
import { Voice } from './voice.js';

const mostExchanges = 200;
const at = id => document.getElementById(id);
const voice = new Voice();
let call = null;
let clock = null;

// ---- What is posted, and shown to the curious

async function post(path, parameters) {
  const answer = await fetch('/simulator/webhook', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ path, parameters }),
  });
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({}));
    const words = problem.detail ?? `The simulator answered with ${answer.status}.`;
    showExchange(path, { url: path, parameters, status: answer.status, contentType: '', body: words, milliseconds: 0 });
    throw new Error(words);
  }

  const exchange = await answer.json();
  showExchange(path, exchange);
  return exchange;
}

let posted = 0;

function showExchange(path, { url, parameters, status, contentType, body, milliseconds }) {
  posted += 1;
  const table = element('table', {}, element('caption', {}, `Posted to ${url}`));
  for (const [name, value] of Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1))) {
    table.append(element('tr', {}, element('th', { scope: 'row' }, name), element('td', {}, value)));
  }

  const item = element('li', {},
    element('details', {},
      element('summary', {},
        element('span', { class: 'method' }, `POST ${path}`),
        element('span', { class: status === 200 ? 'status good' : 'status bad' }, String(status)),
        element('span', { class: 'took' }, `${milliseconds} ms`)),
      element('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Parameters' }, table),
      element('p', { class: 'state' }, contentType || 'no content type'),
      element('pre', { tabindex: '0' }, indent(body) || '(empty)')));
  at('exchanges').prepend(item);
  if (at('exchanges').children.length > mostExchanges) {
    at('exchanges').lastElementChild.remove();
  }

  at('count').textContent = posted === 1 ? '1 webhook posted' : `${posted} webhooks posted`;
}

/** Verbs on lines of their own; words inside a Say stay as they are. */
function indent(xml) {
  let depth = 0;
  return xml.replace(/(<\/?(?:Response|Gather|Dial|Say|Pause|Redirect|Hangup|Message|Number|Sip|Reject|Play)\b[^>]*>)/g, tag => {
    if (tag.startsWith('</')) {
      depth -= 1;
      return /^<\/(?:Response|Gather|Dial)/.test(tag) ? `\n${'  '.repeat(depth)}${tag}` : tag;
    }

    const line = `\n${'  '.repeat(depth)}${tag}`;
    depth += tag.endsWith('/>') ? 0 : 1;
    return line;
  }).trim();
}

// ---- The call

// Fields are disabled while the service thinks; the person goes on where they were.
let wasFocused = null;

const callScreen = {
  state(name) {
    clearInterval(clock);
    const isOver = name === 'ended';
    at('call').textContent = isOver ? 'Call' : 'Hang up';
    at('call').classList.toggle('hang-up', !isOver);
    const state = { ringing: 'Ringing', 'in-progress': 'In a call', ended: 'Call ended' }[name];
    at('call-state').textContent = state;
    at('call-state').classList.toggle('live', !isOver);
    if (name === 'in-progress') {
      // Kept out of the live region: nobody wants each second announced.
      const startedAt = Date.now();
      clock = setInterval(() => {
        const seconds = Math.floor((Date.now() - startedAt) / 1000);
        at('call-state').dataset.time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
      }, 1000);
    }

    delete at('call-state').dataset.time;
  },
  bubble: (who, words, language, kind) => addBubble(at('heard'), who, words, { language, kind }),
  note: words => addNote(at('heard'), words),
  listen(takes) {
    const focused = document.activeElement;
    for (const button of at('keys').children) {
      button.disabled = !takes?.keys;
    }

    at('words').disabled = !takes?.speech;
    at('speak').querySelector('button').disabled = !takes?.speech;
    at('silence').disabled = !takes;
    if (takes && wasFocused && wasFocused.disabled === false) {
      wasFocused.focus();
    } else if (!takes && focused && focused.disabled) {
      wasFocused = focused;
    }
  },
  dial(numbers) {
    at('dialling').hidden = !numbers;
    at('ringing').hidden = false;
    at('through').hidden = true;
    if (numbers) {
      at('dialling-title').textContent = `Ringing ${numbers.join(', ')} …`;
      at('ringing').querySelector('button').focus();
    }
  },
  connected() {
    at('dialling-title').textContent = 'Connected';
    at('ringing').hidden = true;
    at('through').hidden = false;
    at('through').querySelector('button').focus();
  },
};

at('call').addEventListener('click', async () => {
  if (call) {
    call.hangUp();
    return;
  }

  at('heard').replaceChildren();
  wasFocused = null;
  call = new Call({ from: at('yours').value.trim(), to: at('ours').value.trim(), post, voice, screen: callScreen });
  await call.run();
  call = null;
  at('call').focus();
});

/** A call that the service makes, once it is answered. */
async function answer(incoming) {
  at('heard').replaceChildren();
  wasFocused = null;
  call = new Call({ from: incoming.from, to: incoming.to, post, voice, screen: callScreen, incoming });
  await call.run();
  call = null;
}

at('keys').addEventListener('click', event => {
  const key = event.target.closest('button')?.dataset.key;
  if (key) {
    wasFocused = event.target.closest('button');
    call?.press(key);
  }
});

at('keys').addEventListener('keydown', event => {
  const button = [...at('keys').children].find(candidate => candidate.dataset.key === event.key);
  if (button && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    button.focus();
    button.click();
  }
});

at('speak').addEventListener('submit', event => {
  event.preventDefault();
  const words = at('words').value.trim();
  if (words !== '') {
    at('words').value = '';
    wasFocused = at('words');
    call?.speak(words);
  }
});

at('silence').addEventListener('click', () => {
  wasFocused = at('silence');
  call?.silence();
});

at('dialling').addEventListener('click', event => {
  const status = event.target.dataset.dial;
  if (status) {
    call?.dialled(status);
    if (status !== 'answered') {
      at('call').focus();
    }
  }
});

at('aloud').addEventListener('change', () => {
  voice.isOn = at('aloud').checked;
  if (!voice.isOn) {
    voice.stop();
  }
});

voice.whenAvailable(() => { at('aloud-row').hidden = false; });

// ---- The texts

const emptyThread = at('thread').querySelector('.hint');
const thread = new Thread({
  numbers: () => ({ yours: at('yours').value.trim(), ours: at('ours').value.trim() }),
  post,
  screen: {
    text: (who, words, status, time) => addBubble(at('thread'), who, words, { status, time }),
    note: words => addNote(at('thread'), words),
    clear: () => at('thread').replaceChildren(emptyThread),
  },
});

async function send(words) {
  at('texts-state').textContent = 'Sending';
  await thread.send(words, at('carrier-answers').checked);
  at('texts-state').textContent = '';
}

at('text').addEventListener('submit', event => {
  event.preventDefault();
  const words = at('body').value;
  if (words.trim() !== '') {
    at('body').value = '';
    send(words);
  }

  at('body').focus();
});

at('body').addEventListener('keydown', event => {
  if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    at('text').requestSubmit();
  }
});

document.querySelector('.quick').addEventListener('click', event => {
  if (event.target.dataset.text) {
    send(event.target.dataset.text);
  }
});

at('yours').addEventListener('change', () => thread.restart());

// ---- The sign-in page

const signIn = new SignIn({ at, post, answer, isBusy: () => call !== null, yours: () => at('yours').value.trim() });

// ---- Bubbles

function addBubble(place, who, words, { language, kind, status, time } = {}) {
  const mine = who === 'caller' || who === 'person';
  const foot = element('span', { class: 'foot' }, status ?? '');
  const bubble = element('div', { class: `bubble ${mine ? 'mine' : 'theirs'} ${kind ?? ''}` },
    element('span', { class: 'unseen' }, mine ? (kind === 'key' ? 'You pressed: ' : 'You: ') : 'The service: '),
    element('span', { class: 'words', ...(language ? { lang: language } : {}) }, words),
    ...(status === undefined ? [] : [foot]));
  if (time) {
    bubble.title = new Date(time).toLocaleString();
  }

  add(place, bubble);
  return { status: text => { foot.textContent = text; } };
}

function addNote(place, words) {
  add(place, element('p', { class: 'note' }, words));
}

function add(place, child) {
  place.querySelector('.hint')?.remove();
  place.append(child);
  place.scrollTop = place.scrollHeight;
}

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    made.setAttribute(attribute, value);
  }

  made.append(...children);
  return made;
}

// ---- Start

const numbers = await (await fetch('/simulator/numbers')).json();
at('yours').value ||= numbers.yours;
at('ours').value ||= numbers.ours;
thread.watch();
signIn.watch();
