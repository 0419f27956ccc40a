"""Compares the gate's verdicts with those of Sinch's packages: compare.py REQUESTS NODE PYTHON

Prints each class of disagreement with its number, as docs/reliability.md lists them. Fails where a request that the gate
accepts is refused by a judge for no reason that is listed here, or the other way round, and where a listed reason is not
met.
"""

import base64
import collections
import datetime
import json
import re
import sys

JUDGES = ("Node.js", "Python's validator", "Python's signer")


class Request:
    def __init__(self, line):
        self.gate = line["verdict"]
        self.now = datetime.datetime.fromisoformat(line["now"])
        self.is_accepted = self.gate == "accepted"
        self.method = line["method"]
        self.body = base64.b64decode(line["body"])
        self.headers = [(name.lower(), base64.b64decode(value)) for name, value in line["headers"]]

    def values(self, *names):
        return [value for name, value in self.headers if name in names]

    def is_missing(self, name):
        return not self.values(name)

    def is_repeated(self):
        return any(len(self.values(name)) > 1 for name in SIGNED)

    def has_control_character(self):
        return any(byte < 32 or byte == 127 for value in self.values(*SIGNED) for byte in value)

    def is_ascii(self):
        return all(byte < 128 for value in self.values("content-type", "x-timestamp") for byte in value)

    def is_late_or_early(self):
        signed = datetime.datetime.fromisoformat(self.values("x-timestamp")[0].decode())
        return abs(signed - self.now) > TOLERANCE

    def is_text(self):
        try:
            self.body.decode("utf-8")
        except UnicodeDecodeError:
            return False
        return True


TOLERANCE = datetime.timedelta(seconds=300)
TIME = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
SIGNED = ("authorization", "x-timestamp", "content-type")

# Why the gate refuses what a judge accepts: the judges, the class, and how it is recognised.
GATE_REFUSES = [
    (JUDGES[:1], "key and secret in clear text", lambda r: r.gate == "wrong-scheme"
        and r.values("authorization")[0].lower().startswith(b"basic ")),
    (JUDGES, "signed too long ago, or ahead",
        lambda r: r.gate in ("stale-timestamp", "early-timestamp") and r.is_late_or_early()),
    (JUDGES[:1], "a header that came twice", lambda r: r.gate.startswith("malformed-") and r.is_repeated()),
    (JUDGES, "a control character in a header",
        lambda r: r.gate.startswith("malformed-") and r.has_control_character()),
    (JUDGES, "a timestamp that is not a time",
        lambda r: r.gate == "malformed-timestamp" and not TIME.fullmatch(r.values("x-timestamp")[0])),
    (JUDGES[:1], "a missing header, signed as `undefined`",
        lambda r: r.gate in ("missing-content-type", "missing-timestamp")),
    (JUDGES[:2], "a method in lower case",
        lambda r: r.gate == "signature-mismatch" and r.method != r.method.upper()),
]

# Why a judge refuses what the gate accepts.
JUDGE_REFUSES = [
    (JUDGES, "a header that is not ASCII", lambda r: not r.is_ascii()),
    (("Node.js", "Python's signer"), "a body that is not UTF-8", lambda r: not r.is_text()),
    (JUDGES[1:2], "an empty body", lambda r: not r.body),
    (JUDGES[2:], "an empty content type", lambda r: r.values("content-type") == [b""]),
    (JUDGES[:2], "a method in lower case", lambda r: r.method != r.method.upper()),
]


def class_of(request, judge):
    known = JUDGE_REFUSES if request.is_accepted else GATE_REFUSES
    return next((name for judges, name, holds in known if judge in judges and holds(request)), None)


def main():
    requests, node, python = (open(path, encoding="utf-8").read().splitlines() for path in sys.argv[1:])
    if not len(requests) == len(node) == len(python) > 0:
        sys.exit(f"{len(requests)} requests, {len(node)} and {len(python)} verdicts")
    agreed, disagreed, unexplained = collections.Counter(), collections.Counter(), []
    for line, *verdicts in zip(requests, node, python):
        request = Request(json.loads(line))
        for judge, verdict in zip(JUDGES, [verdicts[0], *verdicts[1].split("\t")]):
            if (verdict == "accepted") == request.is_accepted:
                agreed[judge, verdict.split()[0]] += 1
            elif name := class_of(request, judge):
                who = "refused" if request.is_accepted else "accepted"
                disagreed[judge, who, name] += 1
            else:
                unexplained.append(f"the gate: {request.gate}, {judge}: {verdict}: {line}")
    print(f"{len(requests)} requests")
    for (judge, verdict), n in sorted(agreed.items()):
        print(f"{n:7}  {judge} agrees: {verdict}")
    for (judge, who, name), n in sorted(disagreed.items()):
        print(f"{n:7}  {judge} alone {who}: {name}")
    if unexplained:
        print(*unexplained[:10], sep="\n")
        sys.exit(f"{len(unexplained)} verdicts differ for no listed reason, of which the first stand above")
    listed = {(judge, "accepted", name) for judges, name, _ in GATE_REFUSES for judge in judges}
    listed |= {(judge, "refused", name) for judges, name, _ in JUDGE_REFUSES for judge in judges}
    if unmet := listed - set(disagreed):
        sys.exit(f"no request shows any more that these differ: {sorted(unmet)}")


main()
