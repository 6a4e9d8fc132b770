"""Where alerts go: each URL of ``NETFLIX_ALERT_URLS`` by a name that gives nothing away, since it holds passwords."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

# Schemas whose host is a host; elsewhere that part of the URL may be the token itself (tgram://token/chat).
_WITH_HOST = {"form", "forms", "gotify", "gotifys", "json", "jsons", "mailto", "mailtos", "xml", "xmls"}


@dataclass(frozen=True)
class Target:
    """One place that is told. ``target_id`` is a salted hash of the URL; ``shown_as`` is safe to be read by anybody."""

    target_id: str
    shown_as: str
    url: str = field(repr=False)


def targets_of(alert_urls: Iterable[str], salt: str) -> tuple[Target, ...]:
    """The targets in the order of the setting; a URL that is there twice counts once."""
    targets: dict[str, Target] = {}
    for number, url in enumerate(alert_urls, start=1):
        target_id = hmac.new(salt.encode(), url.encode(), hashlib.sha256).hexdigest()[:16]
        targets.setdefault(target_id, Target(target_id, f"{_without_secrets(url)} (entry {number})", url))
    return tuple(targets.values())


def _without_secrets(url: str) -> str:
    """Schema, and host and port where they cannot be anything else."""
    schema = url.partition("://")[0].lower()
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return schema
    # An unescaped "/" or "@" in a password moves the borders: what looks like the host may then be a piece of it.
    is_clear = url.count("@") <= 1 and "@" not in url.partition("://")[2].partition("/")[2]
    if schema not in _WITH_HOST or not host or not is_clear:
        return schema
    return f"{schema}://{host}:{port}" if port else f"{schema}://{host}"
