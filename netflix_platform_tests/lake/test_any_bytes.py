"""Whatever bytes arrive, every line is accounted for, and two independent counts agree."""

import gzip
import json
from datetime import date

import pytest
import zstandard
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from netflix_platform.contracts import EVENTS
from netflix_platform.lake import streams
from netflix_platform.lake.conform import Conformer
from netflix_platform.lake.ledger import audit_ledger
from netflix_platform_tests.lake.raw_days import DAY, deliver, event, lake_rows, refused

few_examples = examples(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
odd_values = json_values | st.sampled_from(
    ["0x1F", "1_000", " 12 ", "infinity", "2026-06-20", "e1", "search", "-1", "1e3"]
)
odd_events = st.dictionaries(st.sampled_from(EVENTS.column_names), odd_values, max_size=4).map(
    lambda changes: json.dumps(event() | changes).encode()
)
good_events = st.integers(0, 5).map(lambda number: json.dumps(event(f"e{number}")).encode())
anything = st.binary(max_size=40) | st.text(max_size=30).map(lambda text: text.encode("utf-8", "surrogatepass"))
lines = st.lists(
    good_events | odd_events | json_values.map(lambda value: json.dumps(value).encode()) | anything, max_size=12
)


@pytest.fixture
def conformer(settings):
    with Conformer(settings) as opened:
        yield opened


def account_for(settings, conformer, name: str, content: bytes, day: date = DAY) -> None:
    path = deliver(settings, name, b"")
    path.write_bytes(content)
    ledger = conformer.conform_day(EVENTS, day)
    assert ledger.is_balanced
    assert audit_ledger(settings, "events", day) == []
    assert len(lake_rows(settings, "event_id, arrival_date, source_file, source_line")) == ledger.accepted_rows
    assert len(refused(settings)) == ledger.quarantined_rows
    again = conformer.conform_day(EVENTS, day)
    assert again == ledger


@few_examples
@given(lines=lines, ending=st.sampled_from([b"\n", b"\r\n", b"\n\n", b"\n \t\n"]))
def test_lines(settings, conformer, lines, ending):
    account_for(settings, conformer, "a.ndjson", ending.join(lines))


@few_examples
@given(content=st.binary(max_size=300))
def test_bytes_under_any_suffix(settings, conformer, content):
    for name in ("a.ndjson", "a.csv", "a.parquet", "a.ndjson.gz", "a.ndjson.zst"):
        path = deliver(settings, name, b"")
        account_for(settings, conformer, name, content)
        path.unlink()


@few_examples
@given(lines=lines, kept=st.floats(0, 1), zstd=st.booleans())
def test_compressed_streams_cut_anywhere(settings, conformer, lines, kept, zstd):
    content = b"\n".join(lines)
    compressed = zstandard.compress(content) if zstd else gzip.compress(content)
    name = "a.ndjson.zst" if zstd else "a.ndjson.gz"
    account_for(settings, conformer, name, compressed[: int(len(compressed) * kept)])
    deliver(settings, name, b"").unlink()


csv_fields = st.text(st.sampled_from('ab",\n\r \t\x00é'), max_size=6)


@few_examples
@given(rows=st.lists(st.lists(csv_fields, min_size=1, max_size=4), max_size=8))
def test_csv_with_stray_marks(settings, conformer, rows):
    header = "event_id,event_type,event_ts\n"
    content = header + "\n".join(",".join(row) for row in rows)
    account_for(settings, conformer, "a.csv", content.encode())


@few_examples
@given(lines=lines, block=st.integers(1, 200))
def test_blocks_of_any_size(settings, conformer, monkeypatch, lines, block):
    content = b"\n".join(lines)
    with monkeypatch.context() as patched:
        patched.setattr(streams, "BLOCK_BYTES", block)
        patched.setattr(streams, "_READ_BYTES", max(block // 3, 1))
        account_for(settings, conformer, "a.ndjson", content)
        in_blocks = lake_rows(settings), refused(settings)
    account_for(settings, conformer, "a.ndjson", content)
    assert (lake_rows(settings), refused(settings)) == in_blocks


def without_nulls(value):
    """What RFC 7386 makes of a patch: fields that are null go, at any depth of objects."""
    if not isinstance(value, dict):
        return value
    return {name: without_nulls(inner) for name, inner in value.items() if inner is not None}


names = st.sampled_from([*EVENTS.column_names, ":", '": ', "\\", "null"]) | st.text(max_size=5)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(max_size=8)
    | st.sampled_from([" : ", '":null', "\\"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(names, inner, max_size=2),
    max_leaves=4,
)


@few_examples
@given(
    unknown=st.lists(st.dictionaries(names, values, max_size=3), min_size=1, max_size=6),
    separators=st.sampled_from([(",", ":"), (", ", ": "), (" ,", "\t:  ")]),
    is_ascii=st.booleans(),
)
def test_no_unknown_field_is_lost(settings, conformer, unknown, separators, is_ascii):
    """The short cut for lines that hold known fields only must never take one that holds another."""
    unknown = [{name: value for name, value in fields.items() if name not in EVENTS.column_names} for fields in unknown]
    records = [event(f"e{number}") | fields for number, fields in enumerate(unknown)]
    lines = [json.dumps(record, separators=separators, ensure_ascii=is_ascii).encode() for record in records]
    account_for(settings, conformer, "a.ndjson", b"\n".join(lines))
    kept = [json.loads(row["extra_fields"] or "{}") for row in lake_rows(settings)]
    assert kept == [without_nulls(fields) for fields in unknown]
