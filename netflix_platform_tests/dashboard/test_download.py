"""Downloads: what a spreadsheet opens is what the page shows, and never a program."""

import io
from datetime import date

import pandas as pd

from dashboard import download


def test_rows_come_back_as_they_were():
    rows = pd.DataFrame(
        {"event_date": [date(2026, 6, 1), date(2026, 6, 2)], "plays": [3, None], "title": ["Ü, ü", 'a "b"\nc']}
    )
    text = download.csv(rows).decode("utf-8-sig")
    again = pd.read_csv(io.StringIO(text))
    assert again["title"].tolist() == rows["title"].tolist()
    assert again["event_date"].tolist() == ["2026-06-01", "2026-06-02"]
    assert again["plays"].fillna(-1).tolist() == [3, -1]
    assert download.csv(rows).startswith(b"\xef\xbb\xbf")


def test_a_title_that_looks_like_a_formula_stays_text():
    rows = pd.DataFrame({"title": ["=cmd|'/c calc'!A1", "+1", "-1", "@x", "plain"], "change": [-1.5, 2, 3, 4, 5]})
    again = pd.read_csv(io.BytesIO(download.csv(rows)), encoding="utf-8-sig")
    assert again["title"].tolist() == ["'=cmd|'/c calc'!A1", "'+1", "'-1", "'@x", "plain"]
    assert again["change"].tolist() == [-1.5, 2, 3, 4, 5]  # figures may be below zero
