// Reads TwiML as far as a phone without a real carrier can carry it out.

/** The service answered something that is no TwiML document. */
export class TwimlProblem extends Error {}

/** The verbs of a document, in order. An empty answer is an empty document: the call ends. */
export function parseTwiml(text) {
  if (text.trim() === '') {
    return [];
  }

  const document = new DOMParser().parseFromString(text, 'text/xml');
  if (document.querySelector('parsererror') || document.documentElement.nodeName !== 'Response') {
    throw new TwimlProblem('The answer is no TwiML document.');
  }

  return [...document.documentElement.children];
}

const rates = { 'x-slow': 0.6, slow: 0.8, medium: 1, fast: 1.2, 'x-fast': 1.5 };
const strengths = { none: 0, 'x-weak': 0, weak: 150, medium: 300, strong: 600, 'x-strong': 1000 };

/**
 * What a Say holds: stretches of words and the silences after them.
 * @returns {{text: string, rate: number, pause: number}[]} pause in milliseconds
 */
export function spokenParts(say) {
  const parts = [{ text: '', rate: 1, pause: 0 }];
  const add = (text, rate) => {
    const last = parts.at(-1);
    if (last.pause > 0 || (last.rate !== rate && last.text.trim() !== '')) {
      parts.push({ text, rate, pause: 0 });
    } else {
      last.text += text;
      last.rate = rate;
    }
  };
  const walk = (node, rate) => {
    for (const child of node.childNodes) {
      if (child.nodeType === Node.TEXT_NODE || child.nodeType === Node.CDATA_SECTION_NODE) {
        add(child.nodeValue, rate);
      } else if (child.nodeName === 'break') {
        parts.at(-1).pause += milliseconds(child);
      } else if (child.nodeName === 'say-as') {
        add(` ${sayAs(child)} `, rate);
      } else if (child.nodeName === 'sub') {
        add(child.getAttribute('alias') ?? child.textContent, rate);
      } else if (child.nodeName === 'prosody') {
        walk(child, rateOf(child.getAttribute('rate'), rate));
      } else if (child.nodeType === Node.ELEMENT_NODE) {
        walk(child, rate);
        if (child.nodeName === 'p' || child.nodeName === 's') {
          add(' ', rate);
        }
      }
    }
  };
  walk(say, 1);
  return parts.map(part => ({ ...part, text: part.text.replace(/\s+/g, ' ').trim() })).filter(part => part.text !== '' || part.pause > 0);
}

/** The words alone, as a bubble shows them. */
export function plainText(parts) {
  return parts.map(part => part.text).filter(text => text !== '').join(' ').replace(/ ([.,;:!?])/g, '$1');
}

/** The text of a Message, with its line breaks. */
export function messageText(message) {
  const bodies = [...message.children].filter(child => child.nodeName === 'Body');
  return (bodies.length > 0 ? bodies.map(body => body.textContent).join('\n') : message.textContent).trim();
}

function sayAs(element) {
  const spelled = ['digits', 'characters', 'spell-out', 'telephone'].includes(element.getAttribute('interpret-as'));
  return spelled ? [...element.textContent.replace(/\s+/g, '')].join(' ') : element.textContent;
}

function milliseconds(element) {
  const time = /^\s*([\d.]+)\s*(ms|s)\s*$/.exec(element.getAttribute('time') ?? '');
  return time ? Number(time[1]) * (time[2] === 's' ? 1000 : 1) : strengths[element.getAttribute('strength')] ?? strengths.medium;
}

function rateOf(value, outer) {
  const percent = /^([\d.]+)%$/.exec(value ?? '');
  return percent ? Math.min(2, Math.max(0.5, Number(percent[1]) / 100)) : rates[value] ?? outer;
}
