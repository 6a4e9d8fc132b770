"""The two formats of synthetic raw days hold the same events: what the lake makes of them is equal row for row."""

import dataclasses
from pathlib import Path

import polars as pl
import pytest

from netflix_platform.contracts import EVENTS, FEEDS, Reason
from netflix_platform.lake.conform import conform_day
from netflix_platform.lake.layout import lake_file, quarantine_file, raw_day
from netflix_platform.lake.raw import collect_day
from netflix_platform.settings import Settings
from netflix_platform.sources.synthetic import SyntheticSource
from netflix_platform_tests.sources.worlds import SMALL, START, day

IN_TEXT_ALONE = {Reason.MALFORMED_RECORD, Reason.WRONG_TYPE, Reason.INVALID_ENCODING, Reason.NOT_AN_OBJECT}
PLACE = ("source_file", "source_line")
SCALE = dataclasses.replace(SMALL, events_per_day=20_000)  # enough for faults of every kind
DAYS = {"events": 4, "users": 0, "titles": 0}  # the change feeds' first day is their largest


@pytest.fixture(scope="module")
def conformed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Settings]:
    """A day of every feed in each format, in the lake."""
    return {form: conform(tmp_path_factory.mktemp(form), form) for form in ("ndjson", "parquet")}


def conform(folder: Path, raw_format: str) -> Settings:
    settings = Settings(folder, START, scale=SCALE, raw_format=raw_format)
    for feed, number in DAYS.items():
        collect_day(settings, SyntheticSource(settings), feed, day(number))
        conform_day(settings, FEEDS[feed], day(number))
    return settings


def raw_names(settings: Settings) -> list[str]:
    return [file.name for feed, number in DAYS.items() for file in raw_day(settings, feed, day(number)).iterdir()]


def lake_rows(settings: Settings, feed: str) -> pl.DataFrame:
    number = DAYS[feed]
    files = [lake_file(settings, feed, day(earlier), day(number)) for earlier in range(number + 1)]
    frames = [pl.read_parquet(file, hive_partitioning=False) for file in files if file.exists()]
    return pl.concat(frames).sort("event_date", "source_line").drop(PLACE)


def quarantine(settings: Settings) -> pl.DataFrame:
    return pl.read_parquet(quarantine_file(settings, "events", day(DAYS["events"])), hive_partitioning=False)


@pytest.mark.parametrize("feed", FEEDS)
def test_both_formats_give_the_same_lake_rows(conformed: dict[str, Settings], feed: str) -> None:
    lines, columns = (lake_rows(settings, feed) for settings in conformed.values())
    assert lines.equals(columns)
    if feed == EVENTS.name:
        assert lines.height > 0.8 * SCALE.events_per_day
        assert lines["event_date"].n_unique() > 2  # late ones among them
        assert set(lines["extra_fields"].drop_nulls()) == {'{"network":"wifi"}'}


def test_faults_are_the_same_but_for_those_that_only_text_can_carry(conformed: dict[str, Settings]) -> None:
    lines, columns = (quarantine(settings).select("reason", "field", "detail") for settings in conformed.values())
    of_text = pl.col("reason").is_in([reason.value for reason in IN_TEXT_ALONE])
    assert lines.filter(of_text)["reason"].n_unique() > 1
    assert columns.filter(of_text).is_empty()
    assert columns["reason"].n_unique() > 1
    assert lines.filter(~of_text).equals(columns)


@pytest.mark.parametrize("raw_format", ["ndjson", "parquet"])
def test_the_ledger_says_what_the_source_says_that_it_planted(conformed: dict[str, Settings], raw_format: str) -> None:
    settings = conformed[raw_format]
    for feed, number in DAYS.items():
        folder = settings.data_dir / f"again-{feed}"
        folder.mkdir()
        delivery = SyntheticSource(settings).write_day(feed, day(number), folder)
        ledger = conform_day(settings, FEEDS[feed], day(number))
        expected = delivery.planted["expected"]
        assert expected["received"] == ledger.received_rows
        assert expected["accepted"] == ledger.accepted_rows
        assert expected["repeated"] == ledger.repeated_rows
        assert expected["quarantined"] == ledger.quarantined_rows


def test_a_day_in_the_other_format_replaces_the_files_of_before(tmp_path: Path) -> None:
    settings = conform(tmp_path, "parquet")
    assert raw_names(settings) == ["events-00000.parquet", "users.parquet", "titles.parquet"]
    before = lake_rows(settings, "events")
    again = dataclasses.replace(settings, raw_format="ndjson")
    conform(tmp_path, "ndjson")
    assert raw_names(again) == ["events-00000.ndjson.zst", "users.ndjson.zst", "titles.ndjson.zst"]
    assert lake_rows(again, "events").equals(before)
