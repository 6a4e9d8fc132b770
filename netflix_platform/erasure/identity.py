"""One user's id, and where a text mentions it.

A text that is no record says nowhere plainly whose it is, so two rules stand in, and they err in opposite directions. An id
of ``TELLING_LENGTH`` characters or more is taken for the user's wherever it stands by itself, ids that are made from it
included (``u00000042-1``, a profile): too much is erased rather than too little. A shorter one, such as ``7``, is a number
like any other and counts only right behind the name ``user_id``: erasing user 7 must not wipe everybody's sevens.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

TELLING_LENGTH = 6
ERASED = "[erased]"
# The contract's kind ``id``. Nothing that a shell, SQL or a path could take for more than a name.
_GRAMMAR = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
# The name as JSON, escaped JSON, SQL and plain words write it: "user_id": "7", user_id=7, \"user_id\": \"7\".
_BEHIND_NAME = r"""(user_?id["'\\]*\s*[:=]\s*["'\\]*)"""
_NOT_IN_ID = r"[^A-Za-z0-9_.:-]"


class NoUserIdError(ValueError):
    """A text that can be no user id. The message says what one looks like."""


def is_user_id(text: str) -> bool:
    """Whether ``text`` can be a user's id."""
    return _GRAMMAR.fullmatch(text) is not None


@dataclass(frozen=True, repr=False)
class Identity:
    """The id of a user to be forgotten; never shown. Raises ``NoUserIdError`` for a text that can be none."""

    user_id: str

    def __post_init__(self) -> None:
        if not is_user_id(self.user_id):
            raise NoUserIdError("a user id has 1 to 64 characters out of A-Z a-z 0-9 _ . : -")

    @property
    def is_telling(self) -> bool:
        """Whether the id is long enough to mean the user wherever it stands."""
        return len(self.user_id) >= TELLING_LENGTH

    @cached_property
    def probe(self) -> re.Pattern[bytes]:
        """Finds every place in raw bytes that may make a line the user's; fast, and says too much rather than too little.

        JSON may write any character as an escape: a line with one of a plain character is looked at too.
        """
        pattern = re.escape(self.user_id)
        if not self.is_telling:
            pattern = rf"(?i:user_?id)[\"'\\\s:=]{{1,40}}{pattern}"
        return re.compile(rf"{pattern}|\\u00[2-7]".encode())

    @cached_property
    def field_probe(self) -> re.Pattern[bytes]:
        """As ``probe``, for records that do not name their fields."""
        return re.compile(re.escape(self.user_id).encode())

    @cached_property
    def mention(self) -> re.Pattern[str]:
        """Where a text that does not say plainly whose it is mentions the user."""
        quoted = re.escape(self.user_id)
        if self.is_telling:
            # Behind \n and the like, as JSON writes them, a word begins too.
            return re.compile(rf"(?:(?<![A-Za-z0-9])|(?<=\\[bfnrt])){quoted}(?![A-Za-z0-9])")
        return re.compile(rf"(?i:{_BEHIND_NAME}){quoted}(?={_NOT_IN_ID}|$)")

    @property
    def sql_mention(self) -> str:
        """``mention`` in the dialect of DuckDB's regular expressions, which have no look-around."""
        quoted = re.escape(self.user_id)
        if self.is_telling:
            return rf"(^|[^A-Za-z0-9]|\\[bfnrt]){quoted}([^A-Za-z0-9]|$)"
        return rf"(?i:{_BEHIND_NAME}){quoted}({_NOT_IN_ID}|$)"

    def is_mentioned(self, text: str) -> bool:
        """Whether ``text`` mentions the user."""
        return self.mention.search(text) is not None

    def scrubbed(self, text: str) -> str:
        """``text`` without the user's id; for texts about the data, not for data.

        A telling id goes wherever its characters stand, within a longer word too: what is left must not hold it.
        """
        if self.is_telling:
            return text.replace(self.user_id, ERASED)
        return self.mention.sub(rf"\g<1>{ERASED}", text)
