// Nothing but `node:crypto` judges the signature.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { handlerWith } from './gate.mjs';
import { serve } from './runtime.mjs';

const KEY = process.env.SINCH_APPLICATION_KEY;
const SECRET = Buffer.from(process.env.SINCH_APPLICATION_SECRET, 'base64');

serve(handlerWith((headers, body, path, method) => {
  const digest = createHash('md5').update(body).digest('base64');
  const signed = [method, digest, headers['content-type'], `x-timestamp:${headers['x-timestamp']}`, path].join('\n');
  const expected = Buffer.from(`Application ${KEY}:${createHmac('sha256', SECRET).update(signed).digest('base64')}`);
  const given = Buffer.from(headers.authorization ?? '');
  return given.length === expected.length && timingSafeEqual(given, expected);
}));
