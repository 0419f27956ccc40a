#!/usr/bin/env python3
"""Compares answers of the function with events/expected.json.

    samples.py post URL            posts every sample Lambda event to an invocation URL
    samples.py http URL            sends every sample as the HTTP request that it came from, to a front door
    samples.py answer NAME <JSON   compares one answer, the last line of standard input
    samples.py names               prints the names of the samples, in the order they are sent
    samples.py environment         prints the sample environment as NAME=VALUE lines
"""

import base64
import json
import pathlib
import sys
import urllib.error
import urllib.request

EVENTS = pathlib.Path(__file__).resolve().parent.parent / "events"
EXPECTED = json.loads((EVENTS / "expected.json").read_text())


def mismatch(expected, answer):
    """What is wrong with an answer, or None."""
    if answer.get("statusCode") != expected["status"]:
        return f"expected status {expected['status']}"
    body = answer.get("body") or ""
    if "body" in expected and body != expected["body"]:
        return f"expected the body {expected['body']!r}"
    if expected["sample"].startswith("request-"):
        allowed = [expected["action"]] if "action" in expected else ["allow", "deny"]
        try:
            action = json.loads(body)["action"]
        except (ValueError, KeyError, TypeError):
            return "expected a JSON object with an action"
        if action not in allowed:
            return f"expected the action {' or '.join(allowed)}"
    return None


def compare(expected, answer):
    wrong = mismatch(expected, answer)
    print(f"{'ok    ' if wrong is None else 'FAILED'} {expected['sample']}: {answer.get('statusCode')} {answer.get('body') or ''}".rstrip())
    if wrong:
        print(f"       {wrong}; the whole answer: {json.dumps(answer)}")
    return wrong is None


def post(url, event):
    request = urllib.request.Request(url, data=event, method="POST")
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


def over_http(front_door, event):
    """The answer to the HTTP request that an HTTP API would make this Lambda event of."""
    body = event.get("body") or ""
    body = base64.b64decode(body) if event.get("isBase64Encoded") else body.encode()
    method = event["requestContext"]["http"]["method"]
    request = urllib.request.Request(front_door + event["rawPath"], data=body, method=method)
    for name, value in event["headers"].items():
        if name not in ("host", "content-length"):
            request.add_header(name, value)
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return {"statusCode": response.status, "body": response.read().decode()}
    except urllib.error.HTTPError as refused:
        return {"statusCode": refused.code, "body": refused.read().decode()}


def through_the_door(expected, front_door):
    """Compares, where the front door lets the sample in; what has no route there never reaches the gate."""
    answer = over_http(front_door, json.loads((EVENTS / "lambda" / f"{expected['sample']}.json").read_text()))
    if expected["status"] not in (404, 405):
        return compare(expected, answer)
    turned_away = answer["statusCode"] in (403, 404, 405)
    print(f"{'ok    ' if turned_away else 'FAILED'} {expected['sample']}: {answer['statusCode']}, by the front door itself")
    return turned_away


def conclude(good):
    print(f"{sum(good)} of {len(good)} answers as expected")
    sys.exit(0 if all(good) else 1)


def main():
    match sys.argv[1:]:
        case ["post", url]:
            unlisted = {path.stem for path in (EVENTS / "lambda").iterdir()} - {e["sample"] for e in EXPECTED}
            if unlisted:
                sys.exit(f"without an expected answer: {', '.join(sorted(unlisted))}")
            good = [compare(e, post(url, (EVENTS / "lambda" / f"{e['sample']}.json").read_bytes())) for e in EXPECTED]
            conclude(good)
        case ["http", front_door]:
            conclude([through_the_door(e, front_door) for e in EXPECTED])
        case ["answer", name]:
            expected = next(e for e in EXPECTED if e["sample"] == name)
            lines = sys.stdin.read().strip().splitlines()
            if not lines:
                sys.exit(f"{name}: no answer at all")
            sys.exit(0 if compare(expected, json.loads(lines[-1])) else 1)
        case ["names"]:
            print(*(e["sample"] for e in EXPECTED), sep="\n")
        case ["environment"]:
            for name, value in json.loads((EVENTS / "env.json").read_text())["Gate"].items():
                print(f"{name}={value}")
        case _:
            sys.exit(__doc__)


main()
