// Says what is wrong with a TwiML document, by the official library and by Twilio's documented rules.
//
//   E-…  names, nesting, attributes and their values: read off the library's own classes and type declarations, never listed here;
//        at the end the document is built again through the library and both trees must be equal.
//   R-…  what the types cannot say but Twilio enforces, or what makes a document pointless.

import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import saxes from 'saxes';

const require = createRequire(import.meta.url);
const twilio = require('twilio');
const typings = join(dirname(require.resolve('twilio/package.json')), 'lib', 'twiml');

const kinds = {
  voice: { Root: twilio.twiml.VoiceResponse, declared: declarations('VoiceResponse') },
  messaging: { Root: twilio.twiml.MessagingResponse, declared: declarations('MessagingResponse') },
};

/** Everything wrong with the document, one line each; empty when it conforms. */
export function problemsOf(document, kind) {
  const problems = [];
  const tree = parse(document, problems);
  if (!tree) {
    return problems;
  }

  const { Root, declared } = kinds[kind];
  const root = new Root();
  if (tree.name !== 'Response') {
    problems.push(`E-root: <${tree.name}> instead of <Response>`);
    return problems;
  }

  if (Object.keys(tree.attributes).length > 0) {
    problems.push(`E-attribute: <Response> takes none, not ${Object.keys(tree.attributes).join(', ')}`);
  }

  if (textOf(tree).trim() !== '') {
    problems.push('E-text: text directly in <Response>');
  }

  checkChildren(tree, Root, declared, problems);
  rules(tree, kind, document, problems);
  if (problems.length === 0) {
    try {
      build(tree, root, Root);
      if (!isDeepStrictEqual(plain(parse(root.toString(), problems)), plain(tree))) {
        problems.push(`E-rebuild: the library writes ${root.toString()}`);
      }
    } catch (error) {
      problems.push(`E-rebuild: the library refuses it: ${error.message}`);
    }
  }

  return problems;
}

// --- reading ----------------------------------------------------------------------------------------------------------

function parse(document, problems) {
  if (document.startsWith('\uFEFF')) {
    problems.push('R-bom: begins with a byte order mark');
  }

  const parser = new saxes.SaxesParser({ xmlns: false });
  const top = { children: [] };
  const open = [top];
  let broken = false;
  parser.on('error', (error) => {
    broken = true;
    problems.push(`E-xml: ${error.message}`);
  });
  parser.on('xmldecl', ({ version, encoding }) => {
    if (version !== '1.0' || (encoding && encoding.toUpperCase() !== 'UTF-8')) {
      problems.push(`R-declaration: version ${version}, encoding ${encoding}`);
    }
  });
  parser.on('doctype', () => problems.push('R-doctype: a document type'));
  parser.on('processinginstruction', () => problems.push('R-instruction: a processing instruction'));
  parser.on('opentag', ({ name, attributes }) => {
    const element = { name, attributes: { ...attributes }, children: [] };
    open.at(-1).children.push(element);
    open.push(element);
  });
  parser.on('closetag', () => open.pop());
  const text = (value) => {
    if (open.length > 1) {
      const children = open.at(-1).children;
      if (typeof children.at(-1) === 'string') {
        children.push(children.pop() + value);
      } else {
        children.push(value);
      }
    }
  };
  parser.on('text', text);
  parser.on('cdata', text);
  try {
    parser.write(document).close();
  } catch (error) {
    broken = true;
    problems.push(`E-xml: ${error.message}`);
  }

  return broken ? null : top.children[0];
}

const elementsOf = (node) => node.children.filter((child) => typeof child !== 'string');
const textOf = (node) => node.children.filter((child) => typeof child === 'string').join('');
const spokenOf = (node) => node.children.map((child) => (typeof child === 'string' ? child : spokenOf(child))).join('');

/** Comparable: attributes in one order, white space between elements that hold no text left out. */
function plain(node) {
  const isMixed = textOf(node).trim() !== '';
  return [
    node.name,
    Object.entries(node.attributes).sort(([one], [other]) => (one < other ? -1 : 1)),
    node.children.filter((child) => typeof child !== 'string' || isMixed || elementsOf(node).length === 0).filter((child) => child !== '')
      .map((child) => (typeof child === 'string' ? child : plain(child))),
  ];
}

// --- what the library knows ---------------------------------------------------------------------------------------------

const learnt = new Map();

/** Element name → how the library's class makes it: method, class of the child, whether it may hold text. */
function childrenOf(Class) {
  if (learnt.has(Class)) {
    return learnt.get(Class);
  }

  const children = new Map();
  learnt.set(Class, children);
  const ownText = '\u0001text';
  for (const method of Object.getOwnPropertyNames(Class.prototype)) {
    if (method === 'constructor' || method.startsWith('comment') || typeof Class.prototype[method] !== 'function') {
      continue;
    }

    let call;
    const recorder = { ele: (name, attributes, text) => { call = { name, text }; return recorder; } };
    const parent = Object.create(Class.prototype);
    parent._propertyName = 'recorder';
    for (const property of propertiesOf(Class)) {
      parent[property] = recorder;
    }

    const child = parent[method]({}, ownText);
    if (call) {
      children.set(call.name, { method, Class: child.constructor, mayHoldText: call.text === ownText });
    }
  }

  return children;
}

/** The field in which a class keeps its node; its constructor takes it under that name. */
function propertiesOf(Class) {
  if (Class === twilio.twiml.VoiceResponse || Class === twilio.twiml.MessagingResponse) {
    return ['response'];
  }

  return Object.keys(new Class({})).filter((name) => name !== '_propertyName');
}

/** Classes → methods → attribute interface, interfaces → fields, types → words; from the library's type declarations. */
function declarations(name) {
  const source = readFileSync(join(typings, `${name}.d.ts`), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
  const types = new Map();
  for (const [, type, words] of source.matchAll(/^\s*(?:export )?type (\w+) = ([^;]+);/gm)) {
    types.set(type, words.split('|').map((word) => word.trim().replace(/^"|"$/g, '')));
  }

  const interfaces = new Map();
  for (const [, title, body] of source.matchAll(/interface (\w+) \{([^}]*)\}/g)) {
    const fields = interfaces.get(title) ?? new Map();
    for (const [, field, type] of body.matchAll(/^\s*"?([\w:-]+)"?\??: ([^;]+);/gm)) {
      fields.set(field, type.trim());
    }

    interfaces.set(title, fields);
  }

  const classes = new Map();
  for (const [, title, body] of source.matchAll(/class (\w+) extends TwiML \{([\s\S]*?)\n {0,4}\}/g)) {
    const methods = new Map();
    for (const [, method, type] of body.matchAll(/^\s*(\w+)\(attributes\??: ([\w.]+)/gm)) {
      methods.set(method, type.split('.').at(-1));
    }

    classes.set(title, methods);
  }

  // The root's own methods stand before the namespace.
  const [head] = source.split('declare namespace');
  classes.set(name, new Map([...head.matchAll(/^\s*(\w+)\(attributes\??: ([\w.]+)/gm)].map(([, method, type]) => [method, type.split('.').at(-1)])));
  return { types, interfaces, classes };
}

// --- E: by the library ----------------------------------------------------------------------------------------------------

function checkChildren(node, Class, declared, problems) {
  const known = childrenOf(Class);
  for (const child of elementsOf(node)) {
    const entry = known.get(child.name);
    if (!entry) {
      const near = [...known.keys()].find((name) => name.toLowerCase() === child.name.toLowerCase());
      problems.push(`E-element: <${child.name}> in <${node.name}>${near ? `, did you mean <${near}>?` : ''}`);
      continue;
    }

    checkAttributes(child, declared.interfaces.get(declared.classes.get(Class.name)?.get(entry.method)) ?? new Map(), declared, problems);
    if (!entry.mayHoldText && textOf(child).trim() !== '') {
      problems.push(`E-text: text in <${child.name}>`);
    }

    checkChildren(child, entry.Class, declared, problems);
  }
}

function checkAttributes(node, fields, declared, problems) {
  for (const [name, value] of Object.entries(node.attributes)) {
    const type = fields.get(name);
    if (!type) {
      const near = [...fields.keys()].find((field) => field.toLowerCase() === name.toLowerCase());
      problems.push(`E-attribute: ${name} on <${node.name}>${near ? `, did you mean ${near}?` : ''}`);
    } else if (!isOf(value, type, declared.types)) {
      problems.push(`E-value: ${name}="${value.slice(0, 80)}" on <${node.name}> is no ${type}`);
    }
  }
}

function isOf(value, type, types) {
  if (type.endsWith('[]')) {
    return value.split(' ').every((word) => isOf(word, type.slice(0, -2), types));
  }

  switch (type) {
    case 'string': return true;
    case 'boolean': return value === 'true' || value === 'false';
    case 'number': return /^\d+$/.test(value);
    default: return types.get(type)?.includes(value) ?? false;
  }
}

/** Makes the same document with the library. */
function build(node, parent, Class) {
  const known = childrenOf(Class);
  for (const child of node.children) {
    if (typeof child === 'string') {
      if (child.trim() !== '' || elementsOf(node).length === 0 || textOf(node).trim() !== '') {
        parent.addText(child);
      }

      continue;
    }

    const entry = known.get(child.name);
    const made = parent[entry.method](child.attributes);
    build(child, made, entry.Class);
  }
}

// --- R: by the documentation ------------------------------------------------------------------------------------------------

const mostBytes = 64 * 1024;
const last = new Set(['Redirect', 'Hangup', 'Reject']);

function rules(tree, kind, document, problems) {
  if (Buffer.byteLength(document, 'utf8') > mostBytes) {
    problems.push('R-size: over 64 kB (11750)');
  }

  const verbs = elementsOf(tree);
  verbs.forEach((verb, index) => {
    if (last.has(verb.name) && index < verbs.length - 1) {
      problems.push(`R-unreachable: <${verbs[index + 1].name}> after <${verb.name}>`);
    }

    if (verb.name === 'Reject' && index > 0) {
      problems.push('R-reject: <Reject> is not the first verb');
    }
  });
  visit(tree, (node) => {
    for (const [name, value] of Object.entries(node.attributes)) {
      if (/method$/i.test(name) && value !== 'GET' && value !== 'POST') {
        problems.push(`R-method: ${name}="${value}"`);
      }

      if (/^(action|url|statusCallback|recordingStatusCallback|partialResultCallback|waitUrl|referUrl)$/.test(name)) {
        checkAddress(value, `${name} on <${node.name}>`, problems);
      }
    }

    perElement[node.name]?.(node, problems);
  });
  if (kind === 'messaging') {
    for (const message of verbs.filter((verb) => verb.name === 'Message')) {
      checkMessage(message, problems);
    }
  }
}

function visit(node, see) {
  see(node);
  elementsOf(node).forEach((child) => visit(child, see));
}

function checkAddress(value, where, problems) {
  if (/[\s<>"]/.test(value) || !URL.canParse(value, 'https://help.example.gov/twilio/') || value.trim() === '') {
    problems.push(`R-address: ${where} is "${value}"`);
  } else if (!/^https?:/.test(new URL(value, 'https://help.example.gov/twilio/').href)) {
    problems.push(`R-address: ${where} is not http`);
  }
}

function checkMessage(message, problems) {
  const bodies = elementsOf(message).filter((child) => child.name === 'Body');
  const text = bodies.length > 0 ? bodies.map(textOf).join('') : textOf(message);
  if (bodies.length > 0 && textOf(message).trim() !== '') {
    problems.push('R-message: text beside <Body>');
  }

  if (text.length > 1600) {
    problems.push(`R-message: ${text.length} characters (21617)`);
  }

  if (text.trim() === '' && !elementsOf(message).some((child) => child.name === 'Media')) {
    problems.push('R-message: nothing in it (21619)');
  }
}

const perElement = {
  Gather(node, problems) {
    const { input = 'dtmf', speechTimeout, speechModel, hints, finishOnKey, numDigits, timeout, actionOnEmptyResult } = node.attributes;
    const inputs = input.split(' ');
    if (new Set(inputs).size !== inputs.length) {
      problems.push(`R-input: ${input}`);
    }

    if (speechTimeout !== undefined && !/^(auto|[1-9]\d*)$/.test(speechTimeout)) {
      problems.push(`R-speech-timeout: ${speechTimeout}`);
    }

    if (speechTimeout === 'auto' && speechModel !== undefined) {
      problems.push('R-speech-model: not together with speechTimeout="auto" (13335)');
    }

    if (!inputs.includes('speech') && [hints, speechTimeout, speechModel].some((value) => value !== undefined)) {
      problems.push('R-speech: recognition is set but not asked for');
    }

    if (hints !== undefined && (hints.split(',').length > 500 || hints.split(',').some((hint) => hint.trim().length > 100 || hint.trim() === ''))) {
      problems.push('R-hints: at most 500 phrases of at most 100 characters, none empty');
    }

    if (finishOnKey !== undefined && !/^[0-9*#]?$/.test(finishOnKey)) {
      problems.push(`R-finish-on-key: ${finishOnKey}`);
    }

    if (numDigits === '0' || timeout === '0') {
      problems.push('R-gather: numDigits and timeout begin at 1');
    }

    if (actionOnEmptyResult !== 'true') {
      problems.push('R-empty-result: silence falls through');
    }
  },
  Say(node, problems) {
    const { voice = 'woman' } = node.attributes;
    const hasSsml = elementsOf(node).length > 0;
    if (hasSsml && !/^(Polly|Google)\./.test(voice)) {
      problems.push(`R-ssml: not with ${voice}`);
    }

    const most = voice.startsWith('Polly.') ? 3000 : voice.startsWith('Google.') ? 5000 : 4096;
    if (spokenOf(node).length > most) {
      problems.push(`R-say: ${spokenOf(node).length} characters, at most ${most} (13521)`);
    }

    if (spokenOf(node).trim() === '') {
      problems.push('R-say: nothing is said');
    }
  },
  break(node, problems) {
    const { time } = node.attributes;
    const match = /^(\d+)(ms|s)$/.exec(time ?? '1s');
    if (!match || Number(match[1]) * (match[2] === 's' ? 1000 : 1) > 10_000) {
      problems.push(`R-break: ${time}`);
    }
  },
  prosody(node, problems) {
    const { rate = 'medium' } = node.attributes;
    if (!/^(x-slow|slow|medium|fast|x-fast|\d+%)$/.test(rate)) {
      problems.push(`R-rate: ${rate}`);
    }
  },
  'say-as'(node, problems) {
    if (node.attributes['interpret-as'] === undefined || textOf(node).trim() === '') {
      problems.push('R-say-as: needs interpret-as and text');
    }
  },
  Dial(node, problems) {
    const children = elementsOf(node);
    if (children.length === 0 && !isNumber(textOf(node))) {
      problems.push(`R-dial: "${textOf(node)}" is no number`);
    }

    if (children.length > 0 && textOf(node).trim() !== '') {
      problems.push('R-dial: text beside its parties');
    }
  },
  Number(node, problems) {
    if (!isNumber(textOf(node))) {
      problems.push(`R-number: "${textOf(node)}"`);
    }
  },
  Sip(node, problems) {
    if (!/^sips?:[^\s@]+@[^\s@]+$/.test(textOf(node))) {
      problems.push(`R-sip: "${textOf(node)}"`);
    }
  },
  Redirect(node, problems) {
    checkAddress(textOf(node), '<Redirect>', problems);
  },
};

const isNumber = (text) => /^\+[1-9]\d{7,14}$/.test(text);

