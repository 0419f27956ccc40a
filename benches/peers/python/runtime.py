"""Lambda's runtime, as small as it can be: AWS's own client does more, and would only be slower."""
import http.client
import json
import os
import traceback

from gate import handler

PREFIX = "/2018-06-01/runtime/invocation"
lambda_api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])


def call(method, path, body=None):
    lambda_api.request(method, path, body)
    response = lambda_api.getresponse()
    return response.headers, response.read()


while True:
    headers, text = call("GET", PREFIX + "/next")
    path = f"{PREFIX}/{headers['lambda-runtime-aws-request-id']}"
    try:
        call("POST", path + "/response", json.dumps(handler(json.loads(text)), separators=(",", ":")))
    except Exception:
        call("POST", path + "/error", json.dumps({"errorMessage": traceback.format_exc()}))
