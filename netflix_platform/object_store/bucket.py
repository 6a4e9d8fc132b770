"""Objects in an S3 bucket, through Arrow's own client: whole objects in and out, and errors that say what to do.

A PUT, or the end of a multipart upload, shows an object whole or not at all; nothing here relies on more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from netflix_platform.settings.object_store import VARIABLE, ObjectStoreAddress

AT_ONCE = 16  # requests; what waits here waits for the network, not for the processor
_PIECE = 8 << 20  # bytes
# A server that is away is known within seconds, one that takes requests and does not answer after a minute and a half.
_CONNECT_SECONDS, _REQUEST_SECONDS, _ATTEMPTS = 3, 30, 3
_NOT_ALLOWED = (
    "ACCESS_DENIED",
    "INVALID_ACCESS_KEY_ID",
    "INVALID_CLIENT_TOKEN_ID",
    "SIGNATURE_DOES_NOT_MATCH",
    "INVALID_SIGNATURE",
    "EXPIRED_TOKEN",
    "MISSING_AUTHENTICATION_TOKEN",
    "UNRECOGNIZED_CLIENT",
    "HTTP status 403",
    "HTTP status 401",
)


class StoreError(RuntimeError):
    """The object store cannot be used, or not for this. The message names the setting and what to do, and no key."""


class Bucket:
    """The objects below one address. Keys are relative to it, without a slash in front.

    Every method raises ``StoreError``.
    """

    def __init__(self, address: ObjectStoreAddress) -> None:
        self.address = address
        self._root = f"{address.bucket}/{address.prefix}".rstrip("/") + "/"
        self._client = _client(address)

    def check(self) -> None:
        """Ask for the bucket itself, which tells a bucket that is not there from an empty one."""
        from pyarrow.fs import FileSelector

        with self._told():
            self._client.get_file_info(FileSelector(self.address.bucket))

    def get(self, key: str) -> bytes | None:
        """The content of a small object, ``None`` when there is none."""
        with self._told():
            try:
                with self._client.open_input_stream(self._root + key) as stream:
                    return bytes(stream.read())
            except FileNotFoundError:
                return None

    def get_all(self, folder: str) -> dict[str, bytes]:
        """The small objects below ``folder`` by key, many at once."""
        keys = self.keys(folder)
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="object-store") as threads:
            contents = list(threads.map(self.get, keys))
        return {key: content for key, content in zip(keys, contents, strict=True) if content is not None}

    def put(self, key: str, content: bytes) -> None:
        """Write a small object in one request, over an older one if there is one."""
        with self._told(), self._client.open_output_stream(self._root + key) as stream:
            stream.write(content)

    def upload(self, path: Path, key: str) -> str:
        """Write an object with the content of a file; the SHA-256 (hexadecimal) of what was sent.

        When it is cut off, what lies under ``key`` may be a part of it.
        """
        digest = hashlib.sha256()
        with path.open("rb") as file:
            with self._told():
                stream = self._client.open_output_stream(self._root + key)
            try:
                while piece := file.read(_PIECE):
                    digest.update(piece)
                    with self._told():
                        stream.write(piece)
            finally:
                with self._told():
                    stream.close()
        return digest.hexdigest()

    def download(self, key: str, target: Path) -> str | None:
        """Write an object's content to a new file; its SHA-256 (hexadecimal), ``None`` when there is no such object."""
        digest = hashlib.sha256()
        with self._told():
            try:
                stream = self._client.open_input_stream(self._root + key)
            except FileNotFoundError:
                return None
        with stream, target.open("wb") as file:
            while True:
                with self._told():
                    piece = stream.read(_PIECE)
                if not piece:
                    return digest.hexdigest()
                digest.update(piece)
                file.write(piece)

    def keys(self, folder: str) -> list[str]:
        """The keys of all objects below ``folder``, sorted."""
        from pyarrow.fs import FileSelector, FileType

        with self._told():
            found = self._client.get_file_info(FileSelector(self._root + folder, allow_not_found=True, recursive=True))
        return sorted(one.path.removeprefix(self._root) for one in found if one.type == FileType.File)

    def delete(self, key: str) -> None:
        """Remove an object; one that is gone is none to remove."""
        with self._told():
            try:
                self._client.delete_file(self._root + key)
            except FileNotFoundError:
                return

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreError(f"{VARIABLE}={self.address}: {_problem(self.address, error)}") from None


def _client(address: ObjectStoreAddress) -> Any:
    try:
        from pyarrow.fs import AwsStandardS3RetryStrategy, S3FileSystem
    except ImportError:
        raise StoreError(
            f"{VARIABLE}={address}: the pyarrow of this environment was built without S3. Install the one of the Python package "
            "index, which has it (pip install --force-reinstall 'pyarrow>=26,<27'), or unset the variable"
        ) from None
    return S3FileSystem(
        access_key=address.access_key,
        secret_key=address.secret_key,
        session_token=address.session_token,
        region=address.region,
        endpoint_override=address.endpoint,
        connect_timeout=_CONNECT_SECONDS,
        request_timeout=_REQUEST_SECONDS,
        retry_strategy=AwsStandardS3RetryStrategy(max_attempts=_ATTEMPTS),
        # A small object is one request in place of three.
        allow_delayed_open=True,
        background_writes=False,
    )


def _problem(address: ObjectStoreAddress, error: OSError) -> str:
    """What an error of Arrow's client says, in our words where it is one of the usual ones. It quotes no credentials."""
    text = next(iter(str(error).splitlines()), type(error).__name__)
    where = address.endpoint or f"Amazon S3, {address.region}"
    if "NO_SUCH_BUCKET" in text:
        return f"there is no bucket {address.bucket} at {where}; make it, or mend the name"
    if any(sign in text for sign in _NOT_ALLOWED):
        return (
            f"{where} refuses these credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or AWS_PROFILE) to ones that "
            f"may list, read, write and delete in the bucket {address.bucket}"
        )
    if "NETWORK_CONNECTION" in text or "timeout" in text.lower() or "timed out" in text.lower():
        return (
            f"{where} does not answer; see to it that it runs and is reachable (AWS_ENDPOINT_URL names a server other than "
            "Amazon's), then give the same command again: it goes on from here"
        )
    return f"{where} answered: {text}"
