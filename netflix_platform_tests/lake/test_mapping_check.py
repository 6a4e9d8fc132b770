"""What `make check-mapping` finds out and prints: the same verdicts as conforming gives, on a bounded part, writing nothing."""

import gzip
import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from netflix_platform.cli import main
from netflix_platform.contracts.mapping_file import MappingError
from netflix_platform.lake.mapping_check import CheckError, check_mapping
from netflix_platform.mapping_report import print_check
from netflix_platform.settings import PROJECT_ROOT
from netflix_platform_tests.lake.raw_days import event, ndjson

EXAMPLES = PROJECT_ROOT / "docs" / "examples"
MAPPING = EXAMPLES / "player_log.mapping.yaml"


@pytest.fixture
def mapped(with_days):
    return with_days(mapping=MAPPING, source="landing")


def printed(check):
    console = Console(file=io.StringIO(), width=160)
    print_check(check, console)
    return console.file.getvalue()


def test_the_example_is_checked_row_by_row(mapped):
    check = check_mapping(mapped, EXAMPLES / "player_log.ndjson")
    assert (check.feed, check.is_mapped, check.is_whole) == ("events", True, True)
    assert (check.sampled_rows, check.accepted_rows, check.repeated_rows, check.quarantined_rows) == (7, 4, 1, 2)
    assert [(one.reason, one.field, one.rows, one.line) for one in check.refusals] == [
        ("not_allowed", "event_type", 1, 5),
        ("wrong_type", "event_ts", 1, 6),
    ]
    assert json.loads(check.refusals[0].original)["action"] == "page_view"
    assert check.unused == {"content.kind": 4, "user.ab_group": 3, "query": 1}
    fields = {field.name: field for field in check.fields}
    assert fields["watched_seconds"].values == ("0.000", "30.125", "10.750")
    assert (fields["playback_id"].origin, fields["playback_id"].filled_rows) == ("$.session, $.content.id", 4)
    assert "position_seconds" not in fields
    text = printed(check)
    for told in ("all rows", "30.125", "4 accepted, 1 repeated, 2 quarantined", "line 5:", "query (1)", "constant 1"):
        assert told in text
    assert not mapped.data_dir.exists()


@pytest.mark.parametrize("name", ["a.ndjson", "a.ndjson.gz", "a.csv", "a.parquet"])
def test_only_the_first_rows_are_looked_at(settings, tmp_path, name):
    records = [event(f"e{number}") for number in range(50)] + [event("bad", watched_seconds="soon")] * 50
    path = tmp_path / name
    if name.endswith(".csv"):
        lines = [",".join(records[0]), *(",".join(map(str, record.values())) for record in records)]
        path.write_text("\n\n".join(lines))
    elif name.endswith(".parquet"):
        pq.write_table(pa.Table.from_pylist([{**record, "watched_seconds": str(record["watched_seconds"])} for record in records]), path)  # fmt: skip # noqa: E501
    else:
        path.write_bytes((gzip.compress if name.endswith("gz") else bytes)(b"\n" + ndjson(*records)))
    first = check_mapping(settings, path, most_rows=50)
    assert (first.sampled_rows, first.quarantined_rows, first.is_whole) == (50, 0, False)
    more = check_mapping(settings, path, most_rows=52)
    assert (more.accepted_rows, more.quarantined_rows, more.is_whole) == (50, 2, False)
    assert more.refusals[0].line == {"a.csv": 103, "a.parquet": 51}.get(name, 52)
    whole = check_mapping(settings, path, most_rows=100)
    assert (whole.sampled_rows, whole.quarantined_rows, whole.is_whole) == (100, 50, True)
    assert "the first 52 rows; the file has more" in printed(more)


def test_days_are_not_judged_but_those_to_come(settings, tmp_path):
    path = tmp_path / "a.ndjson"
    moments = ("1001-01-01", "2019-01-01", "2998-01-01")
    path.write_bytes(ndjson(*(event(day, event_ts=f"{day}T00:00:00Z") for day in moments)))
    check = check_mapping(settings, path)
    assert (check.accepted_rows, [one.reason for one in check.refusals]) == (2, ["after_arrival"])


def test_the_feed_is_told_by_the_file_or_by_the_caller(mapped, settings, tmp_path):
    path = tmp_path / "u.ndjson"
    path.write_bytes(ndjson({"user_id": "u1", "changed_ts": "2026-06-20T00:00:00Z", "status": "active"}))
    assert check_mapping(mapped, path).feed == "users"
    assert check_mapping(mapped, path).is_mapped is False
    assert check_mapping(settings, path, "titles").quarantined_rows == 1
    path.write_bytes(b"nothing\n")
    assert check_mapping(mapped, path).feed == "events"
    with pytest.raises(CheckError, match="use one of events, users, titles"):
        check_mapping(settings, path, "event")


def test_files_that_cannot_be_read_are_told(settings, with_days, tmp_path):
    for name, content, reason in (
        ("a.ndjson.gz", gzip.compress(ndjson(*(event(f"{n}") for n in range(999))))[:-9], "unreadable_file"),
        ("b.parquet", b"PAR1", "unreadable_file"),
        ("c.csv", b'a,"b\n', "unreadable_file"),
        ("d.ndjson", b"[1]\n", "not_an_object"),
    ):
        (tmp_path / name).write_bytes(content)
        check = check_mapping(settings, tmp_path / name)
        assert check.refusals[-1].reason == reason, name
        assert printed(check)
    for name in ("e.txt", "none.ndjson"):
        (tmp_path / "e.txt").write_bytes(b"")
        with pytest.raises(CheckError):
            check_mapping(settings, tmp_path / name)
    with pytest.raises(MappingError):
        check_mapping(with_days(mapping=tmp_path / "e.txt"), tmp_path / "a.ndjson.gz")


def test_what_a_file_holds_cannot_steer_the_terminal(settings, tmp_path):
    path = tmp_path / "a.ndjson"
    odd = "\x1b[31m[red]\u202e"
    path.write_bytes(ndjson(event(device_type=odd), event("x", event_type=odd), event("y", **{odd: 1})))
    text = printed(check_mapping(settings, path))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "[red]" in text


def test_the_command_ends_with_0_when_nothing_would_be_refused_else_with_1(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("NETFLIX_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr("netflix_platform.cli.export_to_children", lambda settings: None)
    assert main(["check-mapping", "--mapping", str(MAPPING), "--", str(EXAMPLES / "player_log.csv")]) == 0
    assert main(["check-mapping", "--mapping", str(MAPPING), "--", str(EXAMPLES / "player_log.ndjson")]) == 1
    assert main(["check-mapping", "--feed", "event", "--", str(EXAMPLES / "player_log.ndjson")]) == 1
    assert main(["check-mapping", "--mapping", str(tmp_path / "no.yaml"), "--", str(EXAMPLES / "player_log.csv")]) == 1
    assert "cannot be read" in capsys.readouterr().err
    assert not (tmp_path / "data").exists()
