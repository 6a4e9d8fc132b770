"""A real S3 server on 127.0.0.1 for tests: moto's, in a process of its own, which can be taken away and brought back empty."""

import hashlib
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from netflix_platform.object_store.bucket import Bucket
from netflix_platform.object_store.manifest import MANIFESTS, OBJECTS, read_manifest, unit_of
from netflix_platform.settings.object_store import ObjectStoreAddress
from netflix_platform_tests.ports import free_ports

BUCKET = "netflix-tests"
KEY, SECRET = "test-key", "test-secret-never-shown"
_PATIENCE_SECONDS = 60.0


class S3Server:
    """The server at ``endpoint``; its content lives in its memory."""

    def __init__(self) -> None:
        self._port = free_ports()
        self.endpoint = f"http://127.0.0.1:{self._port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self._port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                self.request("GET", "/moto-api/")
                return
            except OSError:
                assert self._process.poll() is None, "the S3 server did not start; is moto[s3] installed (extra dev)?"
                assert time.monotonic() < deadline, "the S3 server does not answer"
                time.sleep(0.05)

    def stop(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def make_bucket(self, name: str = BUCKET) -> None:
        self.request("PUT", f"/{name}")

    def ask_for_credentials(self, asks: bool) -> None:
        """Whether only known users may do anything; the server knows none."""
        self.request("POST", "/moto-api/reset-auth", b"0" if asks else b"inf")

    def request(self, method: str, path: str, content: bytes | None = None) -> bytes:
        # Without a type of its own the content would count as a form.
        headers = {"Content-Type": "text/plain"}
        asked = urllib.request.Request(self.endpoint + path, method=method, data=content, headers=headers)
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return answer.read()

    def environ(self, prefix: str, bucket: str = BUCKET) -> dict[str, str]:
        """What a command needs to work with the server."""
        return {
            "NETFLIX_OBJECT_STORE": f"s3://{bucket}/{prefix}",
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
        }

    def address(self, prefix: str, bucket: str = BUCKET) -> ObjectStoreAddress:
        return ObjectStoreAddress(bucket, prefix, self.endpoint, access_key=KEY, secret_key=SECRET)


@contextmanager
def running_server() -> Iterator[S3Server]:
    """A server with one empty bucket."""
    server = S3Server()
    server.start()
    try:
        server.make_bucket()
        yield server
    finally:
        server.stop()


def named_and_lying(bucket: Bucket) -> tuple[set[str], set[str]]:
    """The objects that manifests name, each looked at whether it is the one that is named, and all objects that lie there."""
    named: set[str] = set()
    for key in bucket.keys(MANIFESTS):
        for file in read_manifest(unit_of(key), bucket.get(key) or b"").files:
            content = bucket.get(file.key)
            assert content is not None, f"{key} names {file.key}, which is not there"
            assert hashlib.sha256(content).hexdigest() == file.sha256, file.key
            named.add(file.key)
    return named, set(bucket.keys(OBJECTS))
