// What the function does for each callback, as a handler of Node.js would: verify, ask the lists, take two quotas, keep a
// record, answer. Four store requests, of which the two quotas are taken at the same time.
import { BatchGetItemCommand, DynamoDBClient, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { parsePhoneNumberFromString } from 'libphonenumber-js';

const DAY = 86_400;
const LIMIT = 1_000;
const FRESH = 5 * 60_000;

const TableName = process.env.TABLE_NAME;
const dynamodb = new DynamoDBClient({});

const key = (pk, sk) => ({ pk: { S: pk }, sk: { S: sk } });
const reply = (statusCode, body) => ({
  statusCode,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
  isBase64Encoded: false,
});

/** The handler, where `isGenuine(headers, body, path, method)` judges signatures. */
export const handlerWith = (isGenuine) => async (event) => {
  const { headers, body, rawPath, requestContext } = event;
  const age = Math.abs(Date.now() - Date.parse(headers['x-timestamp']));
  if (!(age < FRESH) || !isGenuine(headers, body, rawPath, requestContext.http.method)) return reply(403, {});

  const callback = JSON.parse(body);
  const number = callback.identity.endpoint;
  const country = parsePhoneNumberFromString(number)?.country ?? 'unknown';
  const record = key(`REF#${callback.reference}`, callback.id);
  const { kept, lists } = await ask(record, number);
  if (kept) return reply(200, JSON.parse(kept.answer.S));

  const now = Math.floor(Date.now() / 1000);
  const [verdict, reason] = await decide(lists, number, country, now);
  const answer = { action: verdict };
  await dynamodb.send(new PutItemCommand({
    TableName,
    Item: {
      ...record,
      subject: { M: { number: { S: number }, country: { S: country }, method: { S: callback.method } } },
      verdict: { S: verdict },
      reason: { S: reason },
      answer: { S: JSON.stringify(answer) },
      expires_at: { N: String(now + 30 * DAY) },
    },
    ConditionExpression: 'attribute_not_exists(pk)',
  }));
  console.log(JSON.stringify({ level: 'INFO', id: callback.id, country, verdict, reason }));
  return reply(200, answer);
};

async function ask(record, number) {
  const Keys = [record, key('LIST#safelist', number), key('LIST#blocklist', number)];
  const { Responses } = await dynamodb.send(new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys } } }));
  const items = Responses[TableName];
  return {
    kept: items.find((item) => item.pk.S === record.pk.S),
    lists: new Set(items.map((item) => item.pk.S)),
  };
}

async function decide(lists, number, country, now) {
  if (lists.has('LIST#safelist')) return ['allow', 'on the safelist'];
  if (lists.has('LIST#blocklist')) return ['deny', 'on the blocklist'];
  const day = Math.floor(now / DAY);
  const taken = await Promise.all([take(`QUOTA#number#${number}`, day), take(`QUOTA#country#${country}`, day)]);
  return taken.every(Boolean) ? ['allow', 'no rule decided'] : ['deny', 'a quota is full'];
}

/** Takes a share of a quota, unless it is full. */
async function take(quota, day) {
  try {
    await dynamodb.send(new UpdateItemCommand({
      TableName,
      Key: key(quota, `DAY#${day}`),
      UpdateExpression: 'ADD used :one SET expires_at = :expiry',
      ConditionExpression: 'attribute_not_exists(used) OR used < :limit',
      ExpressionAttributeValues: {
        ':one': { N: '1' },
        ':limit': { N: String(LIMIT) },
        ':expiry': { N: String((day + 2) * DAY) },
      },
    }));
    return true;
  } catch (error) {
    if (error.name === 'ConditionalCheckFailedException') return false;
    throw error;
  }
}
