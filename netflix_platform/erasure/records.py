"""Which records of a text file are a user's: lines of JSON, and records of CSV under their header.

A record whose ``user_id`` is an id says plainly whose it is: the user's when it is theirs, and somebody else's otherwise, even
if another field mentions the user. Everything else (no JSON, no object, no user, a wrong number of fields, bytes that are no
text) will be in quarantine or is there already, and belongs to the user when it mentions them (``identity``).
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable
from typing import Any

from netflix_platform.erasure.identity import Identity, is_user_id

FIELD = "user_id"
IsTheirs = Callable[[bytes], bool]


class _Pairs(list[tuple[str, Any]]):
    """A JSON object with every field that it has, the same name twice included."""


def users_of_json(record: bytes) -> list[str]:
    """The ids that a line of JSON gives as its user; none when it does not say plainly."""
    try:
        content = json.loads(record, object_pairs_hook=_Pairs)
    except (ValueError, RecursionError):
        return []
    return named_users(value for name, value in content if name == FIELD) if isinstance(content, _Pairs) else []


def users_of_csv(record: bytes, header: list[str]) -> list[str]:
    """The id that a CSV record gives as its user; none when it does not say plainly."""
    fields = csv_fields(record)
    if FIELD not in header or len(fields) != len(header):
        return []
    return named_users([fields[header.index(FIELD)]])


def named_users(values: Iterable[Any]) -> list[str]:
    """Those of ``values`` that are ids as the contract reads them: texts and whole numbers."""
    texts = [str(value) for value in values if isinstance(value, str | int) and not isinstance(value, bool)]
    return [text for text in texts if is_user_id(text)]


def csv_fields(record: bytes) -> list[str]:
    """The fields of one CSV record; none where there is no making sense of it."""
    text = record.decode("utf-8-sig", "backslashreplace").rstrip("\r\n")
    try:
        return next(csv.reader([text], strict=True), [])
    except csv.Error:
        return []


def json_judge(identity: Identity) -> IsTheirs:
    """Whether a line of JSON is the user's."""
    return lambda record: _is_theirs(identity, users_of_json(record), record)


def csv_judge(identity: Identity, header: list[str]) -> IsTheirs:
    """Whether a CSV record is the user's."""
    return lambda record: _is_theirs(identity, users_of_csv(record, header), record)


def text_judge(identity: Identity) -> IsTheirs:
    """Whether a line that is no record mentions the user."""
    return lambda record: _is_theirs(identity, [], record)


def _is_theirs(identity: Identity, users: list[str], record: bytes) -> bool:
    if users:
        return identity.user_id in users
    return identity.is_mentioned(record.decode("utf-8", "backslashreplace"))
