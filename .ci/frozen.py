#!/usr/bin/env python3
"""The function under AWS's runtime interface emulator, as Lambda treats it: frozen between callbacks, with connections
that die meanwhile; killed; and out of time. Each callback has to be answered, and the next one as ever.

    frozen.py INVOCATION_URL PROXY_PORT TABLE_PORT SECONDS

The function reaches its table by way of PROXY_PORT, on which this script listens. It is frozen once for SECONDS.
"""

import base64
import hashlib
import hmac
import json
import os
import pathlib
import signal
import socket
import struct
import sys
import threading
import time
import urllib.error
import urllib.request
from datetime import datetime, timezone

ENV = json.loads((pathlib.Path(__file__).resolve().parent.parent / "events" / "env.json").read_text())["Gate"]
PATH = "/sinch/verification"

# As `.ci/rie` starts the function; seconds.
BUDGET, FUNCTION_TIMEOUT = 1.5, 4
# What a busy machine may add.
MARGIN = 3


def failure(status, kind):
    """A reply that DynamoDB gives in the place of an answer."""
    body = json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{kind}", "message": "asked by a test"})
    return f"HTTP/1.1 {status}\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: {len(body)}\r\n\r\n{body}"


# What the table answers to every request.
FAULTS = {
    "throttles": failure("400 Bad Request", "ProvisionedThroughputExceededException"),
    "fails": failure("500 Internal Server Error", "InternalServerError"),
    "breaks off in the middle of its replies": "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{\"Item",
    "answers nonsense": "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n]{",
}


class Proxy:
    """TCP connections to the table, which can be closed, reset, left without an answer, or answered with a fault."""

    def __init__(self, port, table):
        self.table, self.open, self.is_silent, self.fault = table, [], False, None
        self.listener = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            server = socket.create_connection(("127.0.0.1", self.table))
            pair = {"ends": (client, server), "is_silent": self.is_silent}
            self.open.append(pair)
            for one, other in ((client, server), (server, client)):
                threading.Thread(target=self.pump, args=(pair, one, other), daemon=True).start()

    def pump(self, pair, one, other):
        try:
            while data := one.recv(65536):
                if self.fault:
                    # Whichever side spoke: the client gets the fault, and the connection ends.
                    pair["ends"][0].sendall(self.fault.encode())
                    break
                if not pair["is_silent"]:
                    other.sendall(data)
        except OSError:
            pass
        if not pair["is_silent"]:
            for end in pair["ends"]:
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def end(self, how):
        """Ends all connections; gives how many there were."""
        pairs, self.open = self.open, []
        for pair in pairs:
            if how == "silent":
                # As a NAT gateway forgets a connection: nothing comes back, not even an end.
                pair["is_silent"] = True
            elif how == "reset":
                for end in pair["ends"]:
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    end.close()
            else:
                for end in pair["ends"]:
                    try:
                        end.shutdown(socket.SHUT_RDWR)
                    except OSError:
                        pass
        return len(pairs)


def children(command):
    """The processes of this name."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "comm").read_text().strip() == command:
                environment = (entry / "environ").read_bytes().split(b"\0")
                if f"SINCH_GATE_FROZEN={os.environ['SINCH_GATE_FROZEN']}".encode() in environment:
                    found.append(int(entry.name))
        except OSError:
            pass
    return found


def signed(event):
    """The Lambda event of an HTTP API that carries a callback, signed now."""
    body = json.dumps(event).encode()
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    kind = "application/json; charset=utf-8"
    text = "\n".join(["POST", base64.b64encode(hashlib.md5(body).digest()).decode(), kind, f"x-timestamp:{now}", PATH])
    digest = hmac.new(base64.b64decode(ENV["SINCH_APPLICATION_SECRET"]), text.encode(), hashlib.sha256).digest()
    authorization = f"Application {ENV['SINCH_APPLICATION_KEY']}:{base64.b64encode(digest).decode()}"
    return {
        "version": "2.0",
        "rawPath": PATH,
        "headers": {"authorization": authorization, "content-type": kind, "x-timestamp": now},
        "requestContext": {"http": {"method": "POST", "path": PATH}, "stage": "$default"},
        "body": body.decode(),
        "isBase64Encoded": False,
    }


class Function:
    def __init__(self, url):
        self.url, self.n = url, 0

    def post(self, event, within=BUDGET + MARGIN):
        """The reply, and how long it took; None where Lambda gave the invocation up."""
        data, begun = json.dumps(signed(event)).encode(), time.monotonic()
        try:
            with urllib.request.urlopen(urllib.request.Request(self.url, data=data), timeout=60) as response:
                reply = json.load(response)
        except (ValueError, urllib.error.URLError):
            reply = {}
        took = time.monotonic() - begun
        if within is not None and took > within:
            sys.exit(f"FAILED: a reply took {took:.2f} s")
        return (reply if "statusCode" in reply else None), took

    def ask(self, **how):
        self.n += 1
        # Each in a block of its own, so that the starter policy allows it.
        number = f"+4670{self.n:03}{os.getpid() % 10000:04}"
        event = {
            "id": f"frozen-{os.getpid()}-{self.n}", "event": "VerificationRequestEvent", "method": "sms",
            "identity": {"type": "number", "endpoint": number}, "reference": f"frozen-{os.getpid()}-{self.n}",
        }
        return self.post(event, **how)

    def must_allow(self, what):
        reply, took = self.ask()
        if not reply or reply["statusCode"] != 200 or json.loads(reply["body"])["action"] != "allow":
            sys.exit(f"FAILED: {what}: {reply}")
        print(f"ok     {what}: {took:.2f} s")


def only(processes):
    if len(processes) != 1:
        sys.exit(f"FAILED: expected one function, found {processes}")
    return processes[0]


def main():
    url, (port, table, seconds) = sys.argv[1], map(int, sys.argv[2:])
    proxy, function = Proxy(port, table), Function(url)
    function.must_allow("a first callback")
    function.must_allow("a second one")
    for how, what in [
        (None, f"frozen for {seconds} seconds"),
        ("closed", "frozen, its connections closed meanwhile"),
        ("reset", "frozen, its connections reset meanwhile"),
        ("silent", "frozen, its connections forgotten meanwhile"),
    ]:
        process = only(children("bootstrap"))
        os.kill(process, signal.SIGSTOP)
        if how and not proxy.end(how):
            sys.exit(f"FAILED: {what}: there was no connection")
        time.sleep(seconds if how is None else 1)
        os.kill(process, signal.SIGCONT)
        function.must_allow(what)
        function.must_allow("and the next one")
    for what, fault in FAULTS.items():
        proxy.fault = fault
        function.must_allow(f"while the table {what}")
        proxy.fault = None
        function.must_allow("and the next one")
    os.kill(only(children("bootstrap")), signal.SIGKILL)
    time.sleep(0.5)
    # The emulator notices when it hands the next one over.
    function.ask(within=None)
    function.must_allow("after it was killed")
    # Frozen in the middle of a callback, for longer than the function may take.
    process = only(children("bootstrap"))
    stopping = threading.Timer(0.02, os.kill, (process, signal.SIGSTOP))
    proxy.end("silent")
    proxy.is_silent = True
    stopping.start()
    reply, _ = function.ask(within=FUNCTION_TIMEOUT + MARGIN)
    if reply:
        sys.exit(f"FAILED: it was not out of time: {reply}")
    stopping.join()
    proxy.is_silent = False
    proxy.end("reset")
    function.ask(within=None)
    function.must_allow("after it was out of time")
    print("every callback was answered")


main()
