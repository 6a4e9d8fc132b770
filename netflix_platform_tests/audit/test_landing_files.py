"""The list of landed files as the audit pulls it: what is in it, and nothing where there is none that can be read."""

from datetime import date, datetime

from netflix_platform.audit.landing_files import LANDING_FILE_COLUMNS, pull_landing_files
from netflix_platform.lake.landing_files import LISTING_SCHEMA, list_files, listing_file, write_files
from netflix_platform.sources.landing import LandingSource


def test_the_list_comes_as_it_was_written(settings):
    path = settings.landing_dir / "events" / "arrival_date=2026-06-10" / "a.ndjson"
    path.parent.mkdir(parents=True)
    path.write_text("{}\n")
    write_files(settings, list_files(settings, {"events": LandingSource(settings).look("events")}))
    (row,) = pull_landing_files(settings).to_dict("records")
    assert (row["path"], row["state"], row["size_bytes"]) == ("arrival_date=2026-06-10/a.ndjson", "ready", 3)
    assert row["arrival_date"] == datetime.combine(date(2026, 6, 10), datetime.min.time())
    assert list(LANDING_FILE_COLUMNS) == list(LISTING_SCHEMA)


def test_no_list_and_a_damaged_one_give_an_empty_frame_of_the_same_columns(settings):
    assert list(pull_landing_files(settings).columns) == list(LANDING_FILE_COLUMNS)
    listing_file(settings).parent.mkdir(parents=True)
    listing_file(settings).write_bytes(b"no parquet")
    frame = pull_landing_files(settings)
    assert frame.empty
    assert dict(frame.dtypes.astype(str)) == LANDING_FILE_COLUMNS
