"""Small histories of an invented Plex household, as Tautulli's database, as its API's answer and as a table."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

ADDRESS = "203.0.113.7"
STARTED = 1_772_400_000  # 2026-03-01 21:20:00 UTC

FILM: Mapping[str, Any] = {
    "id": 1,
    "reference_id": 1,
    "started": STARTED,
    "stopped": STARTED + 5_000,
    "paused_counter": 200,
    "user_id": 7,
    "user": "living-room",
    "ip_address": ADDRESS,
    "platform": "Roku",
    "product": "Plex for Roku",
    "player": "upstairs",
    "media_type": "movie",
    "view_offset": 4_700_000,
    "rating_key": 11,
    "title": "Paper Boats",
    "full_title": "Paper Boats",
    "year": 2020,
    "duration": 5_431_000,
    "live": 0,
    "guid": "plex://movie/1",
    "transcode_decision": "direct play",
}
EPISODE: Mapping[str, Any] = {
    **FILM,
    "id": 2,
    "reference_id": 2,
    "started": STARTED + 86_400,
    "stopped": STARTED + 87_000,
    "paused_counter": None,
    "user_id": 8,
    "user": "guest",
    "platform": "iOS",
    "product": "Plex for iOS",
    "player": "guest",
    "media_type": "episode",
    "title": "Fog",
    "full_title": "Harbour - Fog",
    "parent_title": "Season 1",
    "grandparent_title": "Harbour",
    "parent_media_index": 1,
    "media_index": 2,
    "duration": 1_500_000,
}
_HISTORY = (
    "id integer primary key, reference_id integer, started integer, stopped integer, rating_key integer, user_id integer, "
    "user text, ip_address text, paused_counter integer, player text, product text, platform text, media_type text, "
    "view_offset integer"
)
_METADATA = (
    "id integer primary key, title text, parent_title text, grandparent_title text, full_title text, media_index integer, "
    "parent_media_index integer, year integer, originally_available_at text, duration integer, guid text, live integer"
)
TABLES = {
    "session_history": _HISTORY,
    "session_history_metadata": _METADATA,
    "session_history_media_info": "id integer primary key, transcode_decision text",
}


def database(
    folder: Path, *sessions: Mapping[str, Any], without: Iterable[str] = (), without_column: str | None = None
) -> Path:
    """Write ``tautulli.db``; ``without``: tables, ``without_column``: a column that this version does not have yet."""
    file = folder / "tautulli.db"
    with closing(sqlite3.connect(file)) as connection, connection:
        for table, columns in TABLES.items():
            if table in without:
                continue
            definitions = [text for text in columns.split(", ") if text.split()[0] != without_column]
            connection.execute(f"create table {table} ({', '.join(definitions)})")
            names = [text.split()[0] for text in definitions]
            for session in sessions:
                values = [session.get(name) for name in names]
                connection.execute(f"insert into {table} values ({', '.join('?' * len(names))})", values)
    return file


def answered(session: Mapping[str, Any]) -> dict[str, Any]:
    """A session as ``get_history`` gives it."""
    played = (session["stopped"] or 0) - session["started"] - (session["paused_counter"] or 0)
    kept = {name: value for name, value in session.items() if name not in ("view_offset", "duration")}
    own = {"row_id": session["id"], "date": session["started"], "duration": played, "play_duration": played}
    return {"group_count": 1, "state": None, "percent_complete": 87, "watched_status": 1} | kept | own


def answer(folder: Path, *rows: Any, **data: Any) -> Path:
    """Write the JSON answer of ``get_history``."""
    file = folder / "history.json"
    content = {"recordsFiltered": len(rows), "recordsTotal": len(rows), **data, "data": rows}
    file.write_text(json.dumps({"response": {"result": "success", "message": None, "data": content}}))
    return file


def table(
    folder: Path, *rows: Mapping[str, Any], delimiter: str = ",", end: str = "\r\n", encoding: str = "utf-8"
) -> Path:
    """Write rows as a CSV file, with the columns of all of them."""
    file = folder / "history.csv"
    names = list(dict.fromkeys(name for row in rows for name in row))
    with file.open("w", encoding=encoding, newline="") as stream:
        writer = csv.DictWriter(stream, names, delimiter=delimiter, lineterminator=end)
        writer.writeheader()
        writer.writerows(rows)
    return file
