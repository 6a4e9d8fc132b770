"""The synthetic source on a catalogue: its titles take the place of the invented ones, in the feed and in the events."""

import json
from pathlib import Path

import polars as pl
import pytest

from netflix_platform.sources.catalog import CatalogError
from netflix_platform_tests.sources.test_catalog import ROWS, catalog_file
from netflix_platform_tests.sources.worlds import deliver, sound_events, world


def test_the_titles_feed_and_the_events_hold_the_catalogues_titles(tmp_path: Path) -> None:
    source = world(tmp_path, catalog=catalog_file(tmp_path, *ROWS, "broken,Movie,X,,,,,,,,,"))
    delivery, lines = deliver(source, "titles", 0, tmp_path)
    assert delivery.planted["catalog"]["refusals"] == [
        f"{tmp_path / 'titles.csv'}, line 9: duration '' is no duration; write it like 90 min or 2 Seasons"
    ]
    assert delivery.planted["catalog"]["titles"] == 8
    rows = {json.loads(line)["title_id"]: json.loads(line) for line in lines}
    for number in range(1, 112):
        rows |= {
            json.loads(line)["title_id"]: json.loads(line) for line in deliver(source, "titles", number, tmp_path)[1]
        }
    assert set(rows) == {"s1", "s2-1", "s2-2", "s2-3", "s3", "s4", "s5-1", "s6"}
    assert rows["s5-1"]["release_date"] is None

    events = sound_events(deliver(source, "events", 20, tmp_path)[1])
    seen = set(events.filter(~pl.col("title_id").str.starts_with("unlisted"))["title_id"].drop_nulls())
    assert seen == {"s2-1", "s2-2", "s3", "s5-1", "s6"}  # the others appear after about 100 days
    later = sound_events(deliver(source, "events", 112, tmp_path)[1])
    assert {"s1", "s4", "s2-3"} <= set(later["title_id"])


def test_the_catalogues_content_decides_not_its_place(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    here, there = catalog_file(tmp_path, *ROWS), catalog_file(tmp_path / "elsewhere", *ROWS, end="\n")
    first = deliver(world(tmp_path, catalog=here), "events", 3, tmp_path / "a")[1]
    assert first == deliver(world(tmp_path, catalog=there), "events", 3, tmp_path / "b")[1]


def test_before_the_first_release_nobody_watches(tmp_path: Path) -> None:
    source = world(tmp_path, catalog=catalog_file(tmp_path, ROWS[0]))
    assert deliver(source, "events", 50, tmp_path)[1] == []
    assert len(deliver(source, "events", 111, tmp_path)[1]) > 1_000


def test_a_file_that_is_no_catalogue_stops_with_its_name(tmp_path: Path) -> None:
    file = tmp_path / "notes.csv"
    file.write_text("a,b\n1,2\n")
    source = world(tmp_path, catalog=file)  # cheap: nothing is read before a day is asked for
    with pytest.raises(CatalogError, match=r"notes\.csv: is no titles catalogue"):
        source.write_day("titles", source._settings.start_date, tmp_path)
