"""What a file is taken for, where it is put, and what is refused before anything is changed; nothing is built here."""

import json
import zipfile
from datetime import timedelta

import pytest

from netflix_platform.contracts import EVENTS
from netflix_platform.importing import ImportFileError, take_in
from netflix_platform.lake.conform import conform_day
from netflix_platform.lake.raw import collect_day
from netflix_platform.settings import NEVER_DUE, PROJECT_ROOT, SettingError, Thresholds
from netflix_platform.sources.history import import_records
from netflix_platform.sources.registry import open_source
from netflix_platform.warehouse.published_top10 import published_top10_dir
from netflix_platform_tests.lake.raw_days import event, ndjson
from netflix_platform_tests.lake.raw_days import refused as read_refused
from netflix_platform_tests.platform_runs import yesterday
from netflix_platform_tests.sources.netflix_exports import write_export

DAY = yesterday() - timedelta(days=3)
CATALOG = (
    "show_id,type,title,director,cast,country,date_added,release_year,rating,duration,listed_in,description\n"
    's1,Movie,A Film,,,Germany,"September 25, 2021",2020,PG-13,90 min,Dramas,\n'
    "s2,Movie,,,,Germany,25-Sep-21,2020,PG-13,90 min,Dramas,\n"
)
TOP10 = "week\tcategory\tweekly_rank\tshow_title\tseason_title\tweekly_hours_viewed\tcumulative_weeks_in_top_10\n"


@pytest.fixture
def fresh(settings, monkeypatch):
    """Settings of a folder that nobody used yet, without a word of the environment."""
    for name in ("NETFLIX_SOURCE", "NETFLIX_START_DATE", "NETFLIX_FRESHNESS_HOURS"):
        monkeypatch.delenv(name, raising=False)
    return settings


def world(settings) -> dict:
    return json.loads(settings.platform_file.read_text())


def files_of(settings) -> list[str]:
    return sorted(str(path.relative_to(settings.data_dir)) for path in settings.data_dir.rglob("*") if path.is_file())


def test_a_history_makes_a_folder_its_own_and_starts_it_on_its_first_day(fresh, tmp_path):
    taken = take_in(fresh, write_export(tmp_path, rows=200, days=365, last_day=DAY))
    (record,) = import_records(taken.settings, "netflix_export")
    assert world(fresh) | {"source": "netflix_export", "start_date": str(record.first_day)} == world(fresh)
    assert taken.settings.start_date == record.first_day
    assert taken.settings.freshness_hours == NEVER_DUE
    assert taken.settings.thresholds.min_volume_factor == 0
    assert "imported before" not in taken.told[0]
    again = take_in(taken.settings, tmp_path / "ViewingActivity.csv")
    assert "imported before" in again.told[0]


def test_a_file_that_begins_earlier_moves_the_start_and_one_that_begins_later_does_not(fresh, tmp_path):
    (tmp_path / "late").mkdir()
    later = take_in(fresh, write_export(tmp_path / "late", rows=100, days=365, last_day=DAY)).settings
    (later.raw_dir / "_manifests").mkdir(parents=True)
    (tmp_path / "early").mkdir()
    earlier = take_in(
        later, write_export(tmp_path / "early", rows=100, days=365, last_day=DAY - timedelta(days=300))
    ).settings
    assert earlier.start_date < later.start_date
    assert take_in(earlier, tmp_path / "late" / "ViewingActivity.csv").settings.start_date == earlier.start_date


def test_a_folder_with_days_of_another_source_takes_no_history_and_stays_as_it_is(fresh, tmp_path):
    (fresh.raw_dir / "_manifests").mkdir(parents=True)
    fresh.platform_file.write_text(json.dumps(fresh.world()))
    before = files_of(fresh)
    with pytest.raises(
        SettingError, match=r"holds a platform of the source synthetic.*NETFLIX_DATA_DIR=my-history make import"
    ):
        take_in(fresh, write_export(tmp_path, rows=100, days=365, last_day=DAY))
    events = tmp_path / "events.ndjson"
    events.write_bytes(ndjson(event("a", event_ts=f"{DAY}T10:00:00Z")))
    with pytest.raises(SettingError, match="holds a platform of the source synthetic"):
        take_in(fresh, events)
    catalog = tmp_path / "netflix_titles.csv"
    catalog.write_text(CATALOG)
    with pytest.raises(SettingError, match="a catalogue needs a folder of its own"):
        take_in(fresh, catalog)
    assert files_of(fresh) == before


def test_the_environment_is_not_overruled(fresh, tmp_path, monkeypatch):
    export = write_export(tmp_path, rows=100, days=365, last_day=DAY)
    monkeypatch.setenv("NETFLIX_SOURCE", "landing")
    with pytest.raises(SettingError, match="unset NETFLIX_SOURCE"):
        take_in(fresh, export)
    monkeypatch.delenv("NETFLIX_SOURCE")
    monkeypatch.setenv("NETFLIX_START_DATE", str(fresh.start_date))
    with pytest.raises(SettingError, match="would leave out what the file holds"):
        take_in(fresh, export)


def test_thresholds_that_somebody_set_hold_for_a_history_too(fresh, with_days, tmp_path):
    chosen = with_days(thresholds=Thresholds(min_volume_factor=0.25), freshness_hours=12)
    taken = take_in(chosen, write_export(tmp_path, rows=100, days=365, last_day=DAY)).settings
    assert (taken.thresholds.min_volume_factor, taken.thresholds.max_volume_factor, taken.freshness_hours) == (
        0.25,
        0,
        12,
    )


def test_events_land_on_the_days_on_which_they_happened(fresh, tmp_path):
    file = tmp_path / "mine.ndjson"
    file.write_bytes(
        ndjson(event("a", event_ts=f"{DAY}T10:00:00Z"), event("b", event_ts=f"{yesterday()}T10:00:00Z"), "broken")
    )
    taken = take_in(fresh, file)
    assert (taken.settings.source, taken.settings.start_date) == ("landing", DAY)
    landed = sorted(path.parent.name for path in fresh.landing_dir.rglob("*.ndjson"))
    assert landed == [f"arrival_date={DAY}", f"arrival_date={yesterday()}"]
    assert any("1 rows without a day that can be read" in line for line in taken.told)


def test_rows_that_cannot_be_taken_end_in_the_quarantine_with_their_reason(fresh, tmp_path):
    file = tmp_path / "export.csv"
    file.write_text(
        "Profile Name,Start Time,Duration,Attributes,Title,Supplemental Video Type,Device Type,Bookmark,"
        "Latest Bookmark,Country\n"
        f"Attic,{DAY} 20:00:00,00:42:00,,Hafen: Staffel 3: Nebel (Folge 2),,Smart TV,00:42:00,Not latest view,DE (Germany)\n"
        f"Attic,{DAY} 21:00:00,a while,,Hafen: Staffel 3: Ebbe (Folge 3),,Smart TV,00:42:00,Not latest view,DE (Germany)\n"
        "Attic,some day,00:10:00,,A Film,,Smart TV,00:10:00,Not latest view,DE (Germany)\n"
        f"Attic,{DAY} 22:00:00,00:10:00,,,,Smart TV,00:10:00,Not latest view,DE (Germany)\n"
        f"Attic,{DAY} 22:30:00,00:01:00,,A Film_hook,HOOK,Smart TV,00:01:00,Not latest view,DE (Germany)\n"
    )
    taken = take_in(fresh, file)
    assert "5 rows: 1 viewings" in taken.told[1]
    assert "1 that are none (HOOK 1), 3 refused" in taken.told[1]
    collect_day(taken.settings, open_source(taken.settings), "events", DAY)
    ledger = conform_day(taken.settings, EVENTS, DAY)
    assert (ledger.received_rows, ledger.accepted_rows, ledger.quarantined_rows) == (5, 2, 3)
    refused = sorted(read_refused(taken.settings, EVENTS, DAY), key=lambda row: row["field"])
    assert [(row["reason"], row["field"]) for row in refused] == [
        ("wrong_type", "event_ts"),
        ("missing_field", "title_id"),
        ("wrong_type", "watched_seconds"),
    ]
    assert "some day" in refused[0]["original_line"]
    assert "a while" in refused[2]["original_line"]


def test_rows_of_another_shape_land_by_a_mapping_which_the_folder_remembers(fresh, with_days):
    example = PROJECT_ROOT / "docs" / "examples"
    mapping = example / "player_log.mapping.yaml"
    taken = take_in(with_days(mapping=mapping), example / "player_log.ndjson")
    assert "rows of the feed events" in taken.told[0]
    assert (taken.settings.source, taken.settings.mapping_in_use) == ("landing", mapping)
    assert world(fresh)["mapping"] == str(mapping)
    day = taken.settings.start_date
    collect_day(taken.settings, open_source(taken.settings), "events", day)
    ledger = conform_day(taken.settings, EVENTS, day)
    # One is there twice; one has no readable time, and one is a kind of event that is none of ours.
    assert (ledger.received_rows, ledger.accepted_rows, ledger.repeated_rows, ledger.quarantined_rows) == (7, 4, 1, 2)


def test_a_catalogue_makes_a_synthetic_world_and_its_report_is_told(fresh, tmp_path):
    file = tmp_path / "netflix_titles.csv"
    file.write_text(CATALOG)
    taken = take_in(fresh, file)
    assert taken.settings.catalog == fresh.data_dir / "reference" / "catalog" / "netflix_titles.csv"
    assert taken.settings.catalog.read_text() == CATALOG
    assert world(fresh)["catalog"] == str(taken.settings.catalog)
    assert "2 rows, 1 titles" in taken.told[0]
    assert "line 3: s2 has no title" in taken.told[-1]


def test_published_lists_are_kept_as_a_reference(fresh, tmp_path):
    file = tmp_path / "all-weeks-global.tsv"
    file.write_text(TOP10 + "2026-06-21\tFilms (English)\t1\tA Film\tN/A\t1000000\t1\n")
    taken = take_in(fresh, file)
    assert taken.is_reference
    assert (published_top10_dir(fresh) / file.name).read_text() == file.read_text()


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("ViewingActivity.csv", b"<!DOCTYPE html><html><body>Sign in</body></html>", "web page"),
        ("ViewingActivity.csv", b"Profile Name,Start Time,Title\nA,2026-06-20 10:00:00,X\n", "Duration"),
        ("ViewingActivity.csv", b"", "empty"),
        ("notes.csv", b"a,b\n1,2\n", "notes.csv"),
        ("events.ndjson", b'{"id": 1}\n', "events.ndjson"),
    ],
)
def test_a_file_that_is_none_of_them_is_refused_with_what_is_wrong(fresh, tmp_path, name, content, expected):
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(ImportFileError, match=expected):
        take_in(fresh, file)
    assert files_of(fresh) == []


def test_a_zip_without_an_export_says_what_is_in_it(fresh, tmp_path):
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        archive.writestr("PROFILES/Profiles.csv", "a,b\n")
    with pytest.raises(ImportFileError, match=r"Profiles\.csv"):
        take_in(fresh, tmp_path / "export.zip")
