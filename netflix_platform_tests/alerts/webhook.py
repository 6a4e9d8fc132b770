"""A place that alerts arrive at: a real HTTP server on 127.0.0.1 that keeps what it was sent; and a clock that is set by hand."""

import json
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NOON = datetime(2026, 6, 10, 12, tzinfo=UTC)


class Clock:
    def __init__(self, now=NOON):
        self.now = now

    def __call__(self):
        return self.now

    def advance(self, **time):
        self.now += timedelta(**time)


class Webhook:
    """``status`` is what it answers; ``silent``: it takes the request and never answers."""

    def __init__(self, port=0):
        self.messages = []
        self.status = 200
        self.silent = threading.Event()
        self.over = threading.Event()
        webhook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                if webhook.silent.is_set():
                    webhook.over.wait()
                    return
                if webhook.status == 200:
                    webhook.messages.append(body)
                self.send_response(webhook.status)
                self.end_headers()

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]

    @property
    def titles(self):
        return [message["title"] for message in self.messages]

    def url(self, path=""):
        return f"json://127.0.0.1:{self.port}/{path}"


@contextmanager
def listening(port=0):
    webhook = Webhook(port)
    thread = threading.Thread(target=webhook.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield webhook
    finally:
        webhook.over.set()
        webhook.server.shutdown()
        thread.join()
        webhook.server.server_close()
