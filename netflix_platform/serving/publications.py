"""Which version was current from when, and who made it so: a line of JSON per switch, for the audit to read."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from netflix_platform.settings import Settings


def publications_file(settings: Settings) -> Path:
    """Beside the versions; consumers read ``CURRENT`` and need it not."""
    return settings.serving_dir / "publications.jsonl"


def record_publication(settings: Settings, name: str, replaced: str | None, made_by: str, run_id: str) -> None:
    """Write down that readers were switched from the version ``replaced`` to ``name`` now."""
    record = {
        "publication_id": secrets.token_hex(8),
        "version": name,
        "current_from": datetime.now(UTC).replace(tzinfo=None).isoformat(),
        "run_id": run_id or None,
        "made_by": made_by,
        "replaced_version": replaced,
    }
    # One write at the end of the file: two processes cannot tear each other's lines apart.
    number = os.open(publications_file(settings), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(number, (json.dumps(record) + "\n").encode())
    finally:
        os.close(number)


def read_publications(settings: Settings) -> Iterator[dict[str, Any]]:
    """The switches that are written down, oldest first; ``current_from`` in UTC. A line that was cut off is passed over."""
    path = publications_file(settings)
    for line in path.read_text("utf-8", "replace").splitlines() if path.is_file() else ():
        try:
            record = json.loads(line)
            yield {**record, "current_from": datetime.fromisoformat(record["current_from"])}
        except (ValueError, KeyError, TypeError):
            continue
