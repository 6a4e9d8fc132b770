"""The rules behind the checks of an arrival day, on figures by hand: what they let pass and what they do not."""

import dataclasses
import io
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from netflix_platform.lake.conform import conform_day
from netflix_platform.lake.ledger import Ledger, write_ledger
from netflix_platform.lake.profile import FieldProfile
from netflix_platform.quality.drift import drift_problems, version_problems
from netflix_platform.quality.recent import Recent, last_days, same_weekdays
from netflix_platform.quality.shares import null_problems, share_problem
from netflix_platform.quality.volume import usual_range, volume_problem
from netflix_platform_tests.lake.raw_days import DAY, EVENTS, deliver, event, ndjson


def volume(rows, weekdays, last=(), never_empty=True):
    return volume_problem(rows, usual_range(weekdays, last, 0.5, 2.0), never_empty)


def test_volume_is_compared_with_the_same_weekdays_when_there_are_three():
    assert volume(50_000, [90_000, 100_000, 110_000], [10_000] * 7) is None
    assert (
        volume(40_000, [90_000, 100_000, 110_000], [10_000] * 7) == "40,000 rows, 90,000 to 110,000 on comparable days"
    )
    assert volume(225_000, [90_000, 100_000, 110_000]) == "225,000 rows, 90,000 to 110,000 on comparable days"


def test_volume_is_compared_with_the_last_days_otherwise_and_with_nothing_when_they_are_few():
    assert volume(10_000, [90_000, 100_000], [10_000, 11_000, 12_000]) is None
    assert volume(90_000, [90_000, 100_000], [10_000, 11_000, 12_000]) is not None
    assert volume(90_000, [90_000, 100_000], [10_000, 11_000]) is None
    assert volume(0, [], []) is None


def test_days_without_rows_do_not_make_the_next_outage_usual():
    assert volume(0, [1_000, 0, 1_000, 1_000]) == "no rows at all, 1,000 to 1,000 on comparable days"
    assert volume(1_000, [1_000, 0, 0, 0]) is None
    assert volume(0, [1_000, 0, 0, 0]) is None
    assert volume(0, [0, 0, 0]) is None


def test_small_counts_scatter_and_a_change_feed_may_be_empty():
    assert volume(2, [9, 10, 11]) is None
    assert volume(0, [9, 10, 11]) == "no rows at all, 9 to 11 on comparable days"
    assert volume(0, [9, 10, 11], never_empty=False) is None
    assert volume(0, [900, 1_000, 1_100], never_empty=False) is not None
    assert volume(31, [9, 10, 11]) is None
    assert volume(33, [9, 10, 11]) is not None
    assert volume(10, [0, 0, 0]) is None
    assert volume(11, [0, 0, 0]) == "11 rows, 0 to 0 on comparable days"


def test_shares_are_allowed_up_to_the_threshold():
    assert share_problem(2, 100, 0.02, "refused") is None
    assert share_problem(3, 100, 0.02, "refused") == "3.0% refused (3 of 100)"
    assert share_problem(0, 0, 0.02, "refused") is None


def ledger(day=DAY, accepted=1_000, received=None, **filled):
    return Ledger("events", day, received or accepted, accepted, 0, 0, {}, {}, {}, filled_rows=filled)


def test_missing_values_are_compared_with_the_days_before():
    before = [ledger(country=980), ledger(country=1_000)]
    assert null_problems(ledger(country=935), before, 0.05) == []
    assert null_problems(ledger(country=900), before, 0.05) == ["country is missing in 10.0% of the rows, 1.0% before"]
    assert null_problems(ledger(country=900), before, 0.2) == []


def test_missing_values_of_small_days_of_columns_mostly_empty_and_of_new_ones_are_left_alone():
    before = [ledger(country=1_000, startup_ms=100)]
    assert null_problems(ledger(accepted=99, country=0), before, 0.05) == []
    assert null_problems(ledger(country=0), [ledger(accepted=99, country=99)], 0.05) == []
    assert null_problems(ledger(country=1_000, startup_ms=0), before, 0.05) == []
    assert null_problems(ledger(country=0), [ledger()], 0.05) == []  # an earlier version counted nothing
    half = [ledger(country=600)]
    assert null_problems(ledger(accepted=100, country=45), half, 0.05) == []  # chance
    assert null_problems(ledger(accepted=10_000, country=5_300), half, 0.05) != []


def profile(rows=1_000, **types):
    return FieldProfile(rows, {name: of if isinstance(of, dict) else {"string": of} for name, of in types.items()})


def test_drift_names_new_vanished_and_retyped_fields():
    before = [profile(a=1_000, b=500), profile(a=1_000, b=480)]
    assert drift_problems(profile(a=1_000, b=510), before) == []
    assert drift_problems(profile(a=1_000, b=490, c=20), before) == [
        "c is new, in 20 of 1,000 sampled records as string"
    ]
    assert drift_problems(profile(a=1_000), before) == ["b has vanished, it was in 980 of 2,000 sampled records"]
    assert drift_problems(profile(a=1_000, b={"string": 400, "number": 90}), before) == [
        "b comes as number in 90 of 1,000 sampled records, it was string"
    ]


COLUMNS = {column.name: column for column in EVENTS.columns}


def test_a_retired_field_may_come_and_go_and_others_may_not():
    before, without = [profile(bitrate_kbps=900, app_version=900)], profile(app_version=900)
    assert drift_problems(without, before, COLUMNS) == []
    assert drift_problems(profile(bitrate_kbps=900, app_version=900), [without], COLUMNS) == []
    assert drift_problems(before[0], before, COLUMNS) == []
    assert drift_problems(profile(bitrate_kbps=900), before, COLUMNS) == [
        "app_version has vanished, it was in 900 of 1,000 sampled records"
    ]
    retyped = profile(bitrate_kbps={"number": 900}, app_version=900)
    assert len(drift_problems(retyped, before, COLUMNS)) == 1
    full, less = ledger(bitrate_kbps=1_000, app_version=1_000), ledger(bitrate_kbps=0, app_version=1_000)
    assert null_problems(less, [full], 0.05, {"bitrate_kbps"}) == []
    assert null_problems(less, [full], 0.05) != []


def test_a_field_of_a_later_version_is_told_as_one():
    assert drift_problems(profile(audio_language=20), [profile(a=0)], COLUMNS) == [
        "audio_language is new, in 20 of 1,000 sampled records as string (version 2 of the contract has it)"
    ]
    assert drift_problems(profile(audio_language=20), [profile(audio_language=9)], COLUMNS) == []


def test_rows_of_a_later_version_than_the_contract_are_told_when_they_come_first():
    def newer(rows, version):
        return dataclasses.replace(ledger(), newer_rows=rows, newest_version=version)

    told = "schema_version 3 is later than the contract, which is at 2, in 40 of 1,000 accepted rows; what it brings is kept"
    assert version_problems(newer(40, 3), [], EVENTS) == [f"{told} in extra_fields"]
    assert version_problems(newer(40, 3), [ledger()], EVENTS) == [f"{told} in extra_fields"]
    assert version_problems(newer(40, 3), [newer(9, 3)], EVENTS) != []
    assert version_problems(newer(40, 3), [ledger(), newer(10, 3)], EVENTS) == []
    assert version_problems(newer(40, 4), [newer(10, 3)], EVENTS) != []
    assert version_problems(newer(9, 3), [], EVENTS) == []
    assert version_problems(ledger(), [], EVENTS) == []


@pytest.mark.parametrize(
    "now", [profile(a=1_000, odd=9), profile(rows=5, a=5), profile(rows=0), profile(rows=40, a=30)]
)
def test_what_may_be_chance_is_no_drift(now):
    assert drift_problems(now, [profile(a=800, rare=9), profile(a=800)]) == []


def test_drift_needs_days_to_compare_with():
    assert drift_problems(profile(a=1_000), []) == []
    assert drift_problems(profile(a=1_000), [FieldProfile()]) == []
    assert drift_problems(FieldProfile(), [profile(a=1_000)]) == []


def test_recent_days_are_few_and_a_damaged_ledger_counts_as_none(settings):
    assert same_weekdays(DAY) == [DAY - timedelta(weeks=weeks) for weeks in range(1, 9)]
    assert last_days(DAY) == [DAY - timedelta(days=days) for days in range(1, 8)]
    write_ledger(settings, ledger(date(2026, 6, 19), country=5))
    damaged = settings.lake_dir / "_ledger" / "events" / "arrival_date=2026-06-18.json"
    damaged.write_text("{")
    known = ledger(date(2026, 6, 17))
    found = Recent(settings, "events", [known]).of(last_days(DAY))
    assert found == [ledger(date(2026, 6, 19), country=5), known]


# --- the profile that drift goes by ----------------------------------------------------------------------------------


def test_the_profile_holds_top_level_fields_by_type_without_nulls(settings):
    lines = [
        event("e1", extra={"deep": 1}),
        event("e2", extra=[1], country=None),
        {"event_id": None, "n": True},
        "broken",
        "[]",
    ]
    deliver(settings, "a.ndjson", ndjson(*lines))
    profile = conform_day(settings, EVENTS, DAY).profile
    assert profile.sampled_rows == 3
    assert profile.types["extra"] == {"object": 1, "array": 1}
    assert profile.types["country"] == {"string": 1}
    assert profile.types["n"] == {"boolean": 1}
    assert profile.types["watched_seconds"] == {"number": 2}
    assert profile.types["event_id"] == {"string": 2}
    assert "deep" not in profile.types


def test_the_profile_of_every_format(settings):
    deliver(settings, "a.csv", b"event_id,note\ne1,x\ne2,\n")
    table = io.BytesIO()
    pq.write_table(pa.table({"event_id": ["e3", None], "count": [1, 2]}), table)
    deliver(settings, "b.parquet", b"").write_bytes(table.getvalue())
    deliver(settings, "c.ndjson.gz", ndjson(event("e4")))
    profile = conform_day(settings, EVENTS, DAY).profile
    assert profile.sampled_rows == 5
    assert profile.types["event_id"] == {"text": 2, "string": 2}
    assert profile.types["note"] == {"text": 1}
    assert profile.types["count"] == {"int64": 2}


def test_the_profile_is_a_bounded_sample_over_all_files_and_always_the_same(settings):
    for name in ("a", "b"):
        lines = [event(f"{name}{number}", **{name: 1}) for number in range(2_000)]
        deliver(settings, f"{name}.ndjson.zst", ndjson(*lines))
    first = conform_day(settings, EVENTS, DAY).profile
    assert first.sampled_rows == 1_000
    assert (first.rows("a"), first.rows("b")) == (500, 500)
    assert conform_day(settings, EVENTS, DAY).profile == first


def test_a_factor_of_zero_leaves_its_side_of_the_volume_open():
    """As for imported history, where a quiet day is no outage and a busy one no replay."""
    quiet, busy = [100, 120, 110], [0, 0, 1]
    assert volume_problem(1, usual_range(quiet, [], 0.5, 2.0), is_never_empty=True)
    assert not volume_problem(1, usual_range(quiet, [], 0.0, 2.0), is_never_empty=False)
    assert volume_problem(40, usual_range(busy, [], 0.0, 2.0), is_never_empty=False)
    assert not volume_problem(40, usual_range(busy, [], 0.0, 0.0), is_never_empty=False)
