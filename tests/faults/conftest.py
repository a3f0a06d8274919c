"""A server of one's own."""

import contextlib
import http.server
import threading

import pytest


@pytest.fixture
def serve():
    """Starts a server on the loopback address: by path, the function that answers; its address."""
    with contextlib.ExitStack() as stack:

        def start(**answers):
            class Handler(http.server.BaseHTTPRequestHandler):
                def log_message(self, *args):
                    pass

                def do_GET(self):
                    with contextlib.suppress(ConnectionError):
                        answers[self.path.split("/")[1]](self)

            httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
            httpd.daemon_threads = True
            thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
            thread.start()
            stack.callback(httpd.server_close)
            stack.callback(httpd.shutdown)
            return f"http://127.0.0.1:{httpd.server_port}"

        yield start
