"""What the function does for each callback, as a handler of Python would: verify, ask the lists, take two quotas, keep
a record, answer. Four store requests, one after another."""
import base64
import hashlib
import hmac
import json
import os
import time
from datetime import datetime, timezone

import boto3
import phonenumbers

DAY = 86_400
LIMIT = 1_000
FRESH = 5 * 60

KEY = os.environ["SINCH_APPLICATION_KEY"]
SECRET = base64.b64decode(os.environ["SINCH_APPLICATION_SECRET"])
TABLE = os.environ["TABLE_NAME"]
dynamodb = boto3.client("dynamodb")


def handler(event):
    headers, body = event["headers"], event["body"]
    if not is_genuine(headers, body, event["rawPath"], event["requestContext"]["http"]["method"]):
        return reply(403, {})
    callback = json.loads(body)
    number = callback["identity"]["endpoint"]
    country = phonenumbers.region_code_for_number(phonenumbers.parse(number)) or "unknown"
    record = key("REF#" + callback["reference"], callback["id"])
    kept, lists = ask(record, number)
    if kept:
        return reply(200, json.loads(kept["answer"]["S"]))
    now = int(time.time())
    verdict, reason = decide(lists, number, country, now)
    answer = {"action": verdict}
    subject = {"number": {"S": number}, "country": {"S": country}, "method": {"S": callback["method"]}}
    dynamodb.put_item(
        TableName=TABLE,
        Item={
            **record,
            "subject": {"M": subject},
            "verdict": {"S": verdict},
            "reason": {"S": reason},
            "answer": {"S": json.dumps(answer)},
            "expires_at": {"N": str(now + 30 * DAY)},
        },
        ConditionExpression="attribute_not_exists(pk)",
    )
    line = {"level": "INFO", "id": callback["id"], "country": country, "verdict": verdict, "reason": reason}
    print(json.dumps(line), flush=True)
    return reply(200, answer)


def is_genuine(headers, body, path, method):
    timestamp = headers["x-timestamp"]
    # Up to seven digits behind the seconds, and Python takes six.
    sent = datetime.fromisoformat(timestamp.rstrip("Z")[:26]).replace(tzinfo=timezone.utc)
    if abs(time.time() - sent.timestamp()) > FRESH:
        return False
    digest = base64.b64encode(hashlib.md5(body.encode()).digest()).decode()
    signed = "\n".join([method, digest, headers["content-type"], "x-timestamp:" + timestamp, path])
    signature = base64.b64encode(hmac.digest(SECRET, signed.encode(), "sha256")).decode()
    return hmac.compare_digest(headers["authorization"], f"Application {KEY}:{signature}")


def ask(record, number):
    keys = [record, key("LIST#safelist", number), key("LIST#blocklist", number)]
    items = dynamodb.batch_get_item(RequestItems={TABLE: {"Keys": keys}})["Responses"][TABLE]
    kept = next((item for item in items if item["pk"] == record["pk"]), None)
    return kept, {item["pk"]["S"] for item in items}


def decide(lists, number, country, now):
    if "LIST#safelist" in lists:
        return "allow", "on the safelist"
    if "LIST#blocklist" in lists:
        return "deny", "on the blocklist"
    day = now // DAY
    if take("QUOTA#number#" + number, day) and take("QUOTA#country#" + country, day):
        return "allow", "no rule decided"
    return "deny", "a quota is full"


def take(quota, day):
    """Takes a share of a quota, unless it is full."""
    try:
        dynamodb.update_item(
            TableName=TABLE,
            Key=key(quota, f"DAY#{day}"),
            UpdateExpression="ADD used :one SET expires_at = :expiry",
            ConditionExpression="attribute_not_exists(used) OR used < :limit",
            ExpressionAttributeValues={
                ":one": {"N": "1"},
                ":limit": {"N": str(LIMIT)},
                ":expiry": {"N": str((day + 2) * DAY)},
            },
        )
        return True
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return False


def key(pk, sk):
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def reply(status, body):
    headers = {"content-type": "application/json"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(body), "isBase64Encoded": False}
