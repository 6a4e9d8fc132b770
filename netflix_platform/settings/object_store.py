"""Where the object store is and how it is entered: one URL of ours, everything else by the variables that all S3 tools know."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from netflix_platform.settings.model import SettingError

VARIABLE = "NETFLIX_OBJECT_STORE"
_EXAMPLE = "write s3://bucket or s3://bucket/prefix"
_URL = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?P<prefix>(/[A-Za-z0-9!_.*'()=-]+)*)/?")


@dataclass(frozen=True)
class ObjectStoreAddress:
    """A bucket and a prefix in it, which belong to one data folder.

    ``endpoint``: of a server other than Amazon's (``AWS_ENDPOINT_URL_S3``, ``AWS_ENDPOINT_URL``); ``access_key``, ``secret_key``,
    ``session_token``: none when the AWS SDK is to find them itself (a profile, a role of the machine).
    """

    bucket: str
    prefix: str  # without slashes at its ends; may be empty
    endpoint: str | None = None
    region: str = "us-east-1"
    access_key: str | None = field(default=None, repr=False)
    secret_key: str | None = field(default=None, repr=False)
    session_token: str | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")


def object_store_address(values: Mapping[str, str]) -> ObjectStoreAddress | None:
    """The address that the environment names, ``None`` when it names none. Raises ``SettingError`` for one that is none."""
    url = values.get(VARIABLE)
    if not url:
        return None
    match = _URL.fullmatch(url)
    if match is None or any(part in (".", "..") for part in match["prefix"].split("/")):
        shown = "…" if "@" in url else url  # somebody's key and secret, perhaps
        raise SettingError(
            VARIABLE, shown, f"is no address of a bucket; {_EXAMPLE}, with keys in AWS_ACCESS_KEY_ID and so on"
        )
    endpoint = values.get("AWS_ENDPOINT_URL_S3") or values.get("AWS_ENDPOINT_URL") or None
    if endpoint and not re.fullmatch(r"https?://[^/\s@]+/?", endpoint):
        raise SettingError(
            "AWS_ENDPOINT_URL", "…", "is no address of a server; write for example http://127.0.0.1:9000"
        )
    access_key, secret_key = values.get("AWS_ACCESS_KEY_ID") or None, values.get("AWS_SECRET_ACCESS_KEY") or None
    if (access_key is None) != (secret_key is None):
        missing = "AWS_ACCESS_KEY_ID" if access_key is None else "AWS_SECRET_ACCESS_KEY"
        raise SettingError(missing, "", "is not set and the other one of the two is; set both, or neither")
    return ObjectStoreAddress(
        match["bucket"],
        match["prefix"].strip("/"),
        endpoint.rstrip("/") if endpoint else None,
        values.get("AWS_REGION") or values.get("AWS_DEFAULT_REGION") or "us-east-1",
        access_key,
        secret_key,
        values.get("AWS_SESSION_TOKEN") or None if access_key else None,
    )


def refuse_remote_folder(url: str) -> None:
    """Raise ``SettingError`` for a data folder that is a URL: warehouse, Dagster's records and locks need a file system."""
    scheme = re.match(r"(\w+)://", url)
    if scheme is None:
        return
    shown = "…" if "@" in url else url
    is_s3 = scheme[1].lower() in ("s3", "s3a", "s3n")
    how = f"{VARIABLE}=s3://{url.partition('://')[2]}" if is_s3 and "@" not in url else f"{VARIABLE}=s3://bucket/prefix"
    raise SettingError(
        "NETFLIX_DATA_DIR",
        shown,
        "is an address, and DuckDB's files, SQLite's and the locks need a file system, with either engine. Leave "
        f"NETFLIX_DATA_DIR a local folder and set {how}: what cannot be made again is then kept there (docs/object-storage.md)",
    )
