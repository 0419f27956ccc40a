#!/usr/bin/env python3
"""Compares answers of the function with events/expected.json.

    samples.py post URL            posts every sample Lambda event to an invocation URL
    samples.py answer NAME <JSON   compares one answer, the last line of standard input
    samples.py names               prints the names of the samples, in the order they are sent
    samples.py environment         prints the sample environment as NAME=VALUE lines
"""

import json
import pathlib
import sys
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


def main():
    match sys.argv[1:]:
        case ["post", url]:
            unlisted = {path.stem for path in (EVENTS / "lambda").iterdir()} - {e["sample"] for e in EXPECTED}
            if unlisted:
                sys.exit(f"without an expected answer: {', '.join(sorted(unlisted))}")
            good = [compare(e, post(url, (EVENTS / "lambda" / f"{e['sample']}.json").read_bytes())) for e in EXPECTED]
            print(f"{sum(good)} of {len(good)} answers as expected")
            sys.exit(0 if all(good) else 1)
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
