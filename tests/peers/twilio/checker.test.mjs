// The checker itself: what it must let through, and what it must find.

import { test } from 'node:test';
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { problemsOf } from './twiml.mjs';

const { VoiceResponse, MessagingResponse } = createRequire(import.meta.url)('twilio').twiml;

const listen = 'input="dtmf speech" action="/twilio/voice/turn/2" method="POST" numDigits="1" timeout="7" actionOnEmptyResult="true"';
const say = (text, attributes = 'voice="Polly.Joanna-Neural" language="en-US"') => `<Say ${attributes}>${text}</Say>`;
const response = (verbs) => `<?xml version="1.0" encoding="UTF-8"?><Response>${verbs}</Response>`;
const gather = (attributes, inside = say('Hello')) => response(`<Gather ${attributes}>${inside}</Gather>`);

const good = {
  'an empty response': ['voice', '<Response/>'],
  'speech and keys with marked-up speech': ['voice', gather(listen, say('<prosody rate="slow">C as in Charlie<break time="300ms"/><say-as interpret-as="digits">4</say-as></prosody>'))],
  'a transfer to a number': ['voice', response('<Dial action="/twilio/voice/transfer/3" method="POST" timeout="30" answerOnBridge="true"><Number>+12025550123</Number></Dial>')],
  'a transfer to a SIP address': ['voice', response(`${say('One moment.')}<Dial><Sip>sip:desk@help.example.gov</Sip></Dial>`)],
  'a goodbye': ['voice', response(`${say('Goodbye.')}<Hangup/>`)],
  'a text': ['messaging', response('<Message>1 &lt; 2 &amp; é</Message>')],
  'a text with body and picture': ['messaging', response('<Message><Body>Hello</Body><Media>https://help.example.gov/a.png</Media></Message>')],
};

const bad = {
  'no XML': ['voice', 'Hello'],
  'nothing': ['voice', ''],
  'a raw ampersand': ['voice', response(say('this & that'))],
  'a raw angle bracket': ['voice', response(say('a < b'))],
  'a control character': ['voice', response(say('a\u0001b'))],
  'a control character as a reference': ['voice', response(say('a&#1;b'))],
  'half a surrogate pair': ['voice', response(say('a\uD83Db'))],
  'an unknown entity': ['voice', response(say('a&nbsp;b'))],
  'an open end': ['voice', '<Response><Say>Hello</Say>'],
  'a wrong end': ['voice', '<Response><Say>Hello</Response></Say>'],
  'two roots': ['voice', '<Response/><Response/>'],
  'an attribute twice': ['voice', gather(`${listen} timeout="8"`)],
  'a document type': ['voice', '<!DOCTYPE Response><Response/>'],
  'a byte order mark': ['voice', '\uFEFF<Response/>'],
  'another encoding': ['voice', '<?xml version="1.0" encoding="utf-16"?><Response/>'],
  'a processing instruction': ['voice', '<Response><?php echo 1 ?></Response>'],
  'a wrong root': ['voice', '<response/>'],
  'an attribute of the root': ['voice', '<Response version="1"/>'],
  'a verb in lower case': ['voice', response('<say>Hello</say>')],
  'an unknown verb': ['voice', response('<Speak>Hello</Speak>')],
  'a verb of messaging in a call': ['voice', response('<Message>Hello</Message>')],
  'a verb of voice in a text': ['messaging', response('<Say>Hello</Say>')],
  'a redirect inside a gather': ['voice', gather(listen, '<Redirect>/twilio/voice/incoming</Redirect>')],
  'a hang-up inside a gather': ['voice', gather(listen, '<Hangup/>')],
  'a document of marked-up speech': ['voice', response(say('<speak>Hello</speak>'))],
  'text in the root': ['voice', response('Hello')],
  'text in a gather': ['voice', gather(listen, 'Hello')],
  'text in a break': ['voice', response(say('<break>x</break>'))],
  'an attribute in the wrong case': ['voice', gather(listen.replace('numDigits', 'numdigits'))],
  'an unknown attribute': ['voice', response('<Hangup reason="busy"/>')],
  'an unknown input': ['voice', gather(listen.replace('dtmf speech', 'voice'))],
  'inputs parted by a comma': ['voice', gather(listen.replace('dtmf speech', 'dtmf,speech'))],
  'an input twice': ['voice', gather(listen.replace('dtmf speech', 'dtmf dtmf'))],
  'a truth value in words': ['voice', gather(`${listen} bargeIn="yes"`)],
  'a number in words': ['voice', gather(listen.replace('timeout="7"', 'timeout="seven"'))],
  'a negative number': ['voice', gather(listen.replace('timeout="7"', 'timeout="-1"'))],
  'no time at all': ['voice', gather(listen.replace('timeout="7"', 'timeout="0"'))],
  'an unknown method': ['voice', gather(listen.replace('POST', 'PUT'))],
  'an unknown language': ['voice', gather(`${listen} language="xx-YY"`)],
  'an unknown voice': ['voice', response(say('Hello', 'voice="Polly.Nobody"'))],
  'an unknown way to say': ['voice', response(say('<say-as interpret-as="digit">4</say-as>'))],
  'a pause without unit': ['voice', response(say('a<break time="300"/>b'))],
  'an unknown rate': ['voice', response(say('<prosody rate="slowly">a</prosody>'))],
  'mark-up with a plain voice': ['voice', response(say('a<break time="300ms"/>b', 'voice="alice"'))],
  'speech that ends nowhere': ['voice', gather(`${listen} speechTimeout="soon"`)],
  'an automatic end with a chosen model': ['voice', gather(`${listen} speechTimeout="auto" speechModel="phone_call"`)],
  'hints without speech': ['voice', gather(`${listen.replace('dtmf speech', 'dtmf')} hints="help desk"`)],
  'a hint that is too long': ['voice', gather(`${listen} hints="${'a'.repeat(101)}"`)],
  'an empty hint': ['voice', gather(`${listen} hints="a,,b"`)],
  'a long end key': ['voice', gather(`${listen} finishOnKey="##"`)],
  'silence that falls through': ['voice', gather(listen.replace('actionOnEmptyResult="true"', ''))],
  'an address with a space': ['voice', gather(listen.replace('turn/2', 'turn 2'))],
  'an address of a script': ['voice', gather(listen.replace('/twilio/voice/turn/2', 'javascript:alert(1)'))],
  'a verb after a hang-up': ['voice', response(`<Hangup/>${say('Hello')}`)],
  'a verb after a redirect': ['voice', response('<Redirect>/a</Redirect><Hangup/>')],
  'a late refusal': ['voice', response(`${say('Hello')}<Reject/>`)],
  'a refusal for an unknown reason': ['voice', response('<Reject reason="tired"/>')],
  'a call to nobody': ['voice', response('<Dial/>')],
  'a call to a name': ['voice', response('<Dial><Number>help desk</Number></Dial>')],
  'a SIP address without host': ['voice', response('<Dial><Sip>sip:desk</Sip></Dial>')],
  'speech that is too long': ['voice', response(say('a'.repeat(3001)))],
  'speech of nothing': ['voice', response(say(' '))],
  'a document that is too big': ['voice', response(Array.from({ length: 30 }, () => say('é'.repeat(1200))).join(''))],
  'a text that is too long': ['messaging', response(`<Message>${'a'.repeat(1601)}</Message>`)],
  'an empty text': ['messaging', response('<Message/>')],
  'a body in no message': ['messaging', response('<Body>Hello</Body>')],
};

for (const [name, [kind, document]] of Object.entries(good)) {
  test(`lets through ${name}`, () => assert.deepEqual(problemsOf(document, kind), []));
}

for (const [name, [kind, document]] of Object.entries(bad)) {
  test(`finds ${name}`, () => assert.notDeepEqual(problemsOf(document, kind), []));
}

test('lets through what the library itself writes', () => {
  const voice = new VoiceResponse();
  const gathering = voice.gather({ input: ['dtmf', 'speech'], action: '/a', actionOnEmptyResult: true, hints: 'a "b", <c>' });
  gathering.say({ voice: 'Polly.Joanna-Neural' }, 'a & b').break({ time: '1s' });
  voice.hangup();
  assert.deepEqual(problemsOf(voice.toString(), 'voice'), []);

  const messaging = new MessagingResponse();
  messaging.message('a & b ]]> 😀\nc');
  assert.deepEqual(problemsOf(messaging.toString(), 'messaging'), []);
});
