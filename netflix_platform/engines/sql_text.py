"""Names and texts from outside as SQL: the one way in which they get into a statement that takes no parameters."""

from __future__ import annotations

from pathlib import Path


def identifier(name: str) -> str:
    """``name`` as a quoted SQL identifier. Raises ``ValueError`` for a NUL, which ends a statement."""
    return '"' + _checked(name).replace('"', '""') + '"'


def literal(text: str) -> str:
    """``text`` as an SQL string. Raises ``ValueError`` for a NUL."""
    return "'" + _checked(text).replace("'", "''") + "'"


def exact_path(path: Path) -> str:
    """``path`` for a DuckDB reader, which would take ``*``, ``?`` and ``[`` in it for a pattern."""
    return "".join(f"[{character}]" if character in "*?[" else character for character in str(path))


def _checked(text: str) -> str:
    if "\0" in text:
        raise ValueError(f"{text!r} holds a NUL")
    return text
