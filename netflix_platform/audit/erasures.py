"""Erasures as a frame for the audit: that users were forgotten, when, why and how much; never whose data it was."""

from __future__ import annotations

import logging
from datetime import datetime

import pandas as pd

from netflix_platform.audit.frames import typed_frame
from netflix_platform.erasure.journal import JournalError, read_records
from netflix_platform.settings import Settings

ERASURE_COLUMNS = {
    "erasure_id": "string",
    "erased_at": "datetime64[us]",
    "reason": "string",
    "raw_rows": "Int64",
    "lake_rows": "Int64",
    "quarantine_rows": "Int64",
    "warehouse_rows": "Int64",
}


def pull_erasures(settings: Settings) -> pd.DataFrame:
    """All of them, since there are few; ``ERASURE_COLUMNS``. Empty when they cannot be read: the audit keeps what it knows."""
    try:
        records = read_records(settings)
    except JournalError as error:
        logging.getLogger(__name__).warning("%s", error)
        records = []
    rows = [{**record, "erased_at": datetime.fromisoformat(record["erased_at"])} for record in records]
    return typed_frame(rows, ERASURE_COLUMNS)
