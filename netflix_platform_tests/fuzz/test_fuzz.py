"""The fuzz run in short: every seed of it conforms, and what it looks for it would find."""

import random
import re

import pytest

from netflix_platform.contracts import EVENTS
from netflix_platform.lake import staging
from netflix_platform.lake.conform import Conformer
from netflix_platform_tests.fuzz.__main__ import main
from netflix_platform_tests.fuzz.days import arrival_day, examine
from netflix_platform_tests.fuzz.files import FuzzedFile, fuzzed_files
from netflix_platform_tests.fuzz.judge import verdict


def test_twenty_thousand_mutated_lines_are_accounted_for(capsys, tmp_path):
    assert main(["--lines", "20000", "--seed", "7", "--keep", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    for reason in (
        "malformed_record",
        "invalid_encoding",
        "missing_field",
        "wrong_type",
        "out_of_range",
        "not_allowed",
    ):
        assert reason in printed
    assert "every one accounted for" in printed


def test_the_same_seed_gives_the_same_days(settings):
    drawn = [fuzzed_files(random.Random("1-0"), EVENTS, arrival_day(settings), 3_000) for _ in range(2)]
    assert [(file.name, file.rows) for file in drawn[0]] == [(file.name, file.rows) for file in drawn[1]]
    plain = [[file.content for file in files if file.name.endswith("ndjson")] for files in drawn]
    assert plain[0] == plain[1]


def test_a_fault_fails_with_seed_and_the_smallest_part_that_shows_it(capsys, tmp_path, monkeypatch):
    """A platform that took seconds for minutes would be found out."""
    accepted = staging.accepted_rows
    longer = '("watched_seconds" * 60)::decimal(18,3) as watched_seconds'
    monkeypatch.setattr(staging, "accepted_rows", lambda *day: accepted(*day).replace('"watched_seconds"', longer))
    assert main(["--lines", "6000", "--seed", "11", "--keep", str(tmp_path)]) == 1
    told = capsys.readouterr().err
    assert "--seed 11 --day" in told
    (folder,) = tmp_path.iterdir()
    problem = (folder / "PROBLEM.txt").read_text()
    assert "watched_seconds is too large" in problem or "must be" in problem
    (file,) = (path for path in folder.iterdir() if path.suffix != ".txt")
    if file.suffix == ".ndjson":
        assert len([line for line in file.read_bytes().split(b"\n") if line.strip()]) == 1


@pytest.mark.parametrize(("loss", "counted"), [("_REST_OF_LINE", 0), ("_BLANK_LINE", 2)])
def test_a_recount_that_counts_wrong_is_found(settings, loss, counted, monkeypatch):
    """One that sees no line, and one that takes the blank line for a record."""
    day = arrival_day(settings)
    with Conformer(settings) as conformer:
        sound = FuzzedFile("a.ndjson", sound_line(day) + b"\n\n", 1)
        assert examine(settings, conformer, EVENTS, day, [sound]).problems == []
        monkeypatch.setattr(f"netflix_platform.lake.recount.{loss}", re.compile(rb"nothing"))
        assert f"{counted} lines lie in raw" in examine(settings, conformer, EVENTS, day, [sound]).problems[0]


def test_rows_that_went_missing_are_found(settings):
    day = arrival_day(settings)
    with Conformer(settings) as conformer:
        found = examine(settings, conformer, EVENTS, day, [FuzzedFile("a.ndjson", sound_line(day) + b"\n", 2)])
    assert found.problems == ["1 rows were received, 2 were delivered"]


def sound_line(day):
    return f'{{"event_id":"e1","event_type":"search","event_ts":"{day}T10:00:00Z","user_id":"u1"}}'.encode()


def test_the_second_judge_knows_good_from_bad(settings):
    day = arrival_day(settings)
    good = f'{{"event_id":"e1","event_type":"search","event_ts":"{day}T10:00:00Z","user_id":"u1"}}'
    assert verdict(settings, EVENTS, good.encode(), day).values is not None
    for spoilt, reason, field in (
        (good[:-1], "malformed_record", None),
        (good.replace("search", "watch"), "not_allowed", "event_type"),
        (good.replace('"u1"', "null"), "missing_field", "user_id"),
        (good.replace("10:00", "25:00"), "wrong_type", "event_ts"),
        (good.replace(str(day), "2024-02-29"), "before_start", "event_ts"),
    ):
        found = verdict(settings, EVENTS, spoilt.encode(), day)
        assert reason in found.reasons
        assert found.field == field
