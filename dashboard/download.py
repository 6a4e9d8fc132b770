"""Rows as a CSV file for whoever wants to go on counting: UTF-8 with a byte order mark, as spreadsheets expect it."""

from __future__ import annotations

import pandas as pd

# A spreadsheet takes text that begins so for a formula (OWASP, "CSV Injection"); titles and users are named by others.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def csv(rows: pd.DataFrame) -> bytes:
    """``rows`` with their column names as heading; text that a spreadsheet would run stays text, behind an apostrophe."""
    return rows.apply(_harmless).to_csv(index=False).encode("utf-8-sig")


def _harmless(column: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column):
        return column
    return column.map(
        lambda value: f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_SIGNS) else value
    )
