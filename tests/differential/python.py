"""What Sinch's Python packages say of each request, two words a line: python.py VALIDATOR SIGNER REQUESTS

VALIDATOR has the present package, whose validator knows this scheme under the word `Service`, since it is for the
callbacks of another product: the word is exchanged. SIGNER has the last package that knew Verification. It signs requests,
and has no validator: what it makes of the same parts is compared with what arrived.

Both are given what a Python server has: headers as Latin-1, repeated ones joined.
"""

import base64
import importlib.util
import json
import sys
from types import SimpleNamespace

validator, signer, requests = sys.argv[1:]
sys.path.insert(0, validator)
from sinch.core.internal.sinch_events.authorization_helpers import validate_authentication_header  # noqa: E402

spec = importlib.util.spec_from_file_location("signature", f"{signer}/sinch/core/signature.py")
signature = importlib.util.module_from_spec(spec)
spec.loader.exec_module(signature)


def headers_of(request):
    headers = {}
    for name, value in request["headers"]:
        text = base64.b64decode(value).decode("latin-1")
        key = name.lower()
        headers[key] = f"{headers[key]},{text}" if key in headers else text
    return headers


def with_scheme(authorization, known, instead):
    """The header with its scheme exchanged, if it is the known one in any letter case."""
    scheme, blank, rest = authorization.partition(" ")
    return instead + blank + rest if scheme.lower() == known else authorization


def is_valid(request, headers, key, secret):
    if "authorization" in headers:
        exchanged = with_scheme(headers["authorization"], "application", "Service")
        headers = {**headers, "authorization": exchanged}
    body = base64.b64decode(request["body"])
    return validate_authentication_header(key, secret, headers, body, request["path"], request["method"])


def is_signed_alike(request, headers, key, secret):
    configuration = SimpleNamespace(application_key=key, application_secret=secret)
    signed = signature.Signature(
        SimpleNamespace(configuration=configuration),
        request["method"],
        base64.b64decode(request["body"]).decode("utf-8", "replace"),
        request["path"],
        headers.get("content-type"),
        headers.get("x-timestamp"),
    ).get_http_headers_with_signature()
    return signed["Authorization"] == with_scheme(headers.get("authorization", ""), "application", "Application")


def verdict(judge, request):
    headers = headers_of(request)
    try:
        is_accepted = any(judge(request, headers, key, secret) for key, secret in request["keyring"])
    except Exception as error:  # noqa: BLE001, since whatever it raises, it did not accept
        return f"raised {type(error).__name__}"
    return "accepted" if is_accepted else "refused"


with open(requests, encoding="utf-8") as lines:
    for line in lines:
        request = json.loads(line)
        print(verdict(is_valid, request), verdict(is_signed_alike, request), sep="\t")
