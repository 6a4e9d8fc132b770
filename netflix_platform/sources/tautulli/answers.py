"""The answer of the API's ``get_history`` as a JSON file: the whole of it, its ``data``, or the list of rows alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from netflix_platform.sources.delimited import first_lines
from netflix_platform.sources.history.viewings import HistoryFileError
from netflix_platform.sources.tautulli.fields import FIELDS, Sessions, as_text, sessions_frame

_SIGNS = ('"recordsFiltered"', '"reference_id"', '"grandparent_title"', '"paused_counter"')
_ASK = "save the answer of /api/v2?cmd=get_history&grouping=0&length=100000"


def is_answer(file: Path) -> bool:
    """Whether the file begins like such an answer."""
    head = " ".join(first_lines(file, whole=False))
    return is_json(head) and any(sign in head for sign in _SIGNS)


def is_json(text: str) -> bool:
    """Whether a text can only be JSON, by its first sign."""
    return text[:100].lstrip().startswith(("{", "["))


def read_answer(file: Path, text: str) -> Sessions:
    """The answer's rows; ``line`` is a row's place in the list, from 1. Raises ``HistoryFileError``."""
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise HistoryFileError(f"{file}: is no readable JSON ({error}), perhaps it was cut off; {_ASK}") from error
    rows = _rows(file, answer)
    good = [row if isinstance(row, dict) else {} for row in rows]
    names = [name for name in FIELDS if name != "runtime_ms"]
    values = {name: [as_text(row.get(name)) for row in good] for name in names}
    values["play_duration"] = [as_text(row.get("play_duration", row.get("duration"))) for row in good]
    frame = sessions_frame(values, range(1, len(rows) + 1), [isinstance(row, dict) for row in rows])
    return Sessions(frame, lambda at: json.dumps(rows[at], ensure_ascii=False), _notes(answer, rows))


def _rows(file: Path, answer: Any) -> list[Any]:
    response = answer.get("response", answer) if isinstance(answer, dict) else answer
    if isinstance(response, dict) and response.get("result") == "error":
        raise HistoryFileError(f"{file}: is an error that Tautulli answered ({response.get('message')}); {_ASK}")
    data = response.get("data") if isinstance(response, dict) else response
    rows = data.get("data") if isinstance(data, dict) else data
    known = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    if not isinstance(rows, list) or (rows and not any("media_type" in row for row in known)):
        raise HistoryFileError(f"{file}: is JSON, but no answer of Tautulli's get_history; {_ASK}")
    return rows


def _notes(answer: Any, rows: list[Any]) -> tuple[str, ...]:
    data = answer
    for name in ("response", "data"):
        data = data.get(name, data) if isinstance(data, dict) else data
    total = data.get("recordsFiltered") if isinstance(data, dict) else None
    if isinstance(total, int) and total > len(rows):
        return (f"The file holds {len(rows)} of the {total} rows that Tautulli has; {_ASK} to get all.",)
    return ()
