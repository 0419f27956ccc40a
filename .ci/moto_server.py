"""Moto's DynamoDB on one thread.

DynamoDB checks a condition and writes in one step. Moto's own server handles requests on several threads and has
no lock between the two, so concurrent conditional writes could both succeed. One thread restores the promise.
"""

import sys

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import BaseWSGIServer, run_simple

# A thousand callers may wait to be heard at once.
BaseWSGIServer.request_queue_size = 4096

run_simple("127.0.0.1", int(sys.argv[1]), DomainDispatcherApplication(create_backend_app), threaded=False)
