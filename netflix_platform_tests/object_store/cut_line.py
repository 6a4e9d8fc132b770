"""A line to a server that breaks after so many bytes, in the middle of whatever is sent then."""

import socket
import socketserver
import threading
from contextlib import suppress

from netflix_platform_tests.object_store.s3_server import S3Server

_PIECE = 1 << 16


class CutLine:
    """Listens on 127.0.0.1 and passes on what is sent to ``server`` and back; within ``with``."""

    def __init__(self, server: S3Server) -> None:
        self.left: int | None = None  # bytes to the server until the line breaks; None: it holds
        self.sent = 0  # bytes that reached the server
        self._lock = threading.Lock()
        line, host_and_port = self, server.endpoint.removeprefix("http://").split(":")

        class Connection(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with socket.create_connection((host_and_port[0], int(host_and_port[1]))) as onward:
                    back = threading.Thread(target=_copy, args=(onward, self.request), daemon=True)
                    back.start()
                    with suppress(OSError):
                        while piece := self.request.recv(_PIECE):
                            passes = line._passing(len(piece))
                            onward.sendall(piece[:passes])
                            if passes < len(piece):
                                break
                    # The server sees the line end too, and answers nobody.
                    for end in (onward, self.request):
                        with suppress(OSError):
                            end.shutdown(socket.SHUT_RDWR)
                    back.join()

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            request_queue_size = 64

        self._server = Server(("127.0.0.1", 0), Connection)
        self.endpoint = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "CutLine":
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _passing(self, size: int) -> int:
        with self._lock:
            passes = size if self.left is None else min(size, self.left)
            if self.left is not None:
                self.left -= passes
            self.sent += passes
            return passes


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(_PIECE):
            target.sendall(piece)
