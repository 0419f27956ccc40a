// What Sinch's Node.js package says of each request, one word a line: node node.cjs NODE_MODULES REQUESTS
// The package is given what a server on Node.js has: headers as Latin-1, where the first of repeated ones counts for
// `authorization` and `content-type` and others are joined, and the body as text, since its documents pass text.
const { readFileSync } = require('node:fs');
const { createRequire } = require('node:module');

const [modules, requests] = process.argv.slice(2);
const { VerificationCallbackWebhooks } = createRequire(`${modules}/`)('@sinch/sdk-core');

const FIRST_COUNTS = new Set(['authorization', 'content-type']);

function headersOf(request) {
  const headers = {};
  for (const [name, value] of request.headers) {
    const key = name.toLowerCase();
    const text = Buffer.from(value, 'base64').toString('latin1');
    if (!(key in headers)) headers[key] = text;
    else if (!FIRST_COUNTS.has(key)) headers[key] += `, ${text}`;
  }
  return headers;
}

function verdict(request) {
  const headers = headersOf(request);
  const body = Buffer.from(request.body, 'base64').toString('utf8');
  const isValid = ([applicationKey, applicationSecret]) =>
    new VerificationCallbackWebhooks({ applicationKey, applicationSecret })
      .validateAuthenticationHeader(headers, body, request.path, request.method);
  try {
    return request.keyring.some(isValid) ? 'accepted' : 'refused';
  } catch (error) {
    return `raised ${error.name}`;
  }
}

const lines = readFileSync(requests, 'utf8').split('\n').filter(Boolean);
process.stdout.write(lines.map((line) => `${verdict(JSON.parse(line))}\n`).join(''));
