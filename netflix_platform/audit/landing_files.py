"""The list of landed files as a frame for the audit: every file and version with what became of it, as it was listed last."""

from __future__ import annotations

import logging

import pandas as pd

from netflix_platform.lake.landing_files import listing_file
from netflix_platform.settings import Settings

LANDING_FILE_COLUMNS = {
    "feed": "string",
    "path": "string",
    "state": "string",
    "reason": "string",
    "arrival_date": "datetime64[us]",
    "sha256": "string",
    "size_bytes": "Int64",
    "received_rows": "Int64",
    "accepted_rows": "Int64",
    "event_days": "Int64",
    "first_event_date": "datetime64[us]",
    "last_event_date": "datetime64[us]",
    "raw_file": "string",
}


def pull_landing_files(settings: Settings) -> pd.DataFrame:
    """All of them; ``LANDING_FILE_COLUMNS``. Empty where nothing lands, or when the list cannot be read."""
    frame = pd.DataFrame(columns=list(LANDING_FILE_COLUMNS))
    try:
        frame = pd.read_parquet(listing_file(settings), columns=list(LANDING_FILE_COLUMNS))
    except FileNotFoundError:
        pass
    except (OSError, ValueError) as error:  # it is written anew by the next run that takes files in
        logging.getLogger(__name__).warning("%s cannot be read: %s", listing_file(settings), error)
    return frame.astype(LANDING_FILE_COLUMNS)
