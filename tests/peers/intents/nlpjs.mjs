// NLP.js on an intent set: learns --train, then guesses --validate and --test (each repeatable, text TAB label with a header).
// Writes "set TAB guess TAB score TAB milliseconds" for each message in the order of the files, then "# seconds TAB megabytes" of the training.
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { containerBootstrap } from '@nlpjs/core'
import { LangEn } from '@nlpjs/lang-en'
import { Nlp } from '@nlpjs/nlp'

const files = { type: 'string', multiple: true, default: [] }
const { values } = parseArgs({ options: { train: files, validate: files, test: files } })

const read = paths => paths.flatMap(path =>
  readFileSync(path, 'utf8').split('\n').slice(1).filter(line => line.length > 0).map(line => line.trimEnd().split('\t')))

// Sorted by label, as files are, the engine loses up to thirty points: it is trained in a fixed random order.
const shuffled = rows => {
  let state = 2463534242
  for (let at = rows.length - 1; at > 0; at--) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    const other = (state >>> 0) % (at + 1);
    [rows[at], rows[other]] = [rows[other], rows[at]]
  }
  return rows
}

// The engine tells every epoch on standard output, which is for results here.
console.log = console.error

const container = await containerBootstrap()
container.use(Nlp)
container.use(LangEn)
const nlp = container.get('nlp')
Object.assign(nlp.settings, { autoSave: false, log: false, threshold: 0 })
nlp.addLanguage('en')
const before = process.memoryUsage().rss
const began = performance.now()
for (const [text, label] of shuffled(read(values.train))) {
  nlp.addDocument('en', text, label)
}
await nlp.train()
const seconds = (performance.now() - began) / 1000
const megabytes = (process.memoryUsage().rss - before) / 1e6

const test = read(values.test)
for (const [text] of test.slice(0, 1000)) {
  await nlp.process('en', text)
}

const output = []
for (const [set, rows] of [['validate', read(values.validate)], ['test', test]]) {
  for (const [text] of rows) {
    const start = performance.now()
    const { classifications } = await nlp.process('en', text)
    const milliseconds = performance.now() - start
    const best = classifications.find(({ intent }) => intent !== 'None')
    const score = classifications[0]?.intent === 'None' ? 0 : best?.score ?? 0
    output.push(`${set}\t${best?.intent ?? ''}\t${score}\t${milliseconds}\n`)
  }
}
output.push(`# ${seconds}\t${megabytes}\n`)
process.stdout.write(output.join(''))
