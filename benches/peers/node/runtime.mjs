// Lambda's runtime, as small as it can be: AWS's own client does more, and would only be slower.
import { Agent, request } from 'node:http';

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const PREFIX = '/2018-06-01/runtime/invocation';

const call = (method, path, body) => new Promise((resolve, reject) => {
  const headers = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
  const sent = request({ host, port, method, path, headers, agent }, (response) => {
    const parts = [];
    response.on('data', (part) => parts.push(part));
    response.on('end', () => resolve({ headers: response.headers, text: Buffer.concat(parts).toString() }));
    response.on('error', reject);
  });
  sent.on('error', reject);
  sent.end(body);
});

/** Answers invocations until it is stopped. */
export async function serve(handler) {
  for (;;) {
    const { headers, text } = await call('GET', `${PREFIX}/next`);
    const id = headers['lambda-runtime-aws-request-id'];
    try {
      await call('POST', `${PREFIX}/${id}/response`, JSON.stringify(await handler(JSON.parse(text))));
    } catch (error) {
      await call('POST', `${PREFIX}/${id}/error`, JSON.stringify({ errorMessage: String(error?.stack ?? error) }));
    }
  }
}
