"""The landing folder's files on *Pipeline health*."""

import duckdb
import pytest

from netflix_platform_tests.dashboard.sample import yesterday
from netflix_platform_tests.dashboard.seen import HEALTH, PHONE_WIDTH, said, section_titles, table_with, widths


@pytest.fixture
def delivered(written):
    """A version that tells of files (path, state, reason, rows)."""

    def write(*files):
        data_dir = written(days=14)
        with duckdb.connect(str(next((data_dir / "serving").glob("*.duckdb")))) as connection:
            for path, state, reason, rows in files:
                connection.execute(
                    "insert into audit_landing_files values ('events', ?, ?, ?, ?, ?, ?, ?)",
                    [path, state, reason, yesterday(), rows, rows, rows and 2],
                )
        return data_dir

    return write


def test_files_that_need_somebody_come_first_with_why(opened, delivered):
    app = opened(
        delivered(
            ("a.ndjson", "taken", None, 120),
            ("b.csv", "repeated", "the same content as a.ndjson", None),
            ("c.zip", "unreadable", "<b>no zip</b> file", None),
            ("d.csv", "of another age", None, None),
        ),
        HEALTH,
    )
    table = table_with(app, "path", "state")
    assert table["path"].tolist() == ["c.zip", "b.csv", "a.ndjson", "d.csv"]
    assert table["state"].tolist() == ["✕ unreadable", "same content taken", "✓ taken", "of another age"]
    assert table["reason"].iloc[0] == "<b>no zip</b> file"
    assert "**1 file** taken of 4" in said(app)
    assert ":red[**1 file**] cannot be taken" in said(app)
    shown = next(table for table in app.dataframe if "path" in table.value.columns)
    assert sum(width for _, width in widths(shown)[:2]) <= PHONE_WIDTH


@pytest.mark.parametrize("files", [[], [("a.ndjson", "taken", None, 5)]])
def test_nothing_is_said_where_no_file_was_delivered(opened, delivered, files):
    headings = section_titles(opened(delivered(*files), HEALTH))
    assert ("Landing files" in headings) == bool(files)
