"""Damaged records of every kind and format through mappings: one that changes nothing must judge as the contract does, and one
that uses every key must never fail, lose a row or let a broken one pass.
"""

import random

import pytest

from netflix_platform.contracts import FEEDS
from netflix_platform.contracts.mapping_file import read_mapping
from netflix_platform.lake.conform import Conformer
from netflix_platform_tests.fuzz.days import arrival_day, examine, fuzz_day
from netflix_platform_tests.fuzz.files import fuzzed_files

LINES = 2_000
CHANGED = """
version: 1
feeds:
  events:
    fields:
      event_id: {from: [$.event_id, $.user_id, $.session_id], join: " ", hash: sha256, prefix: x-}
      event_type: {from: $.event_type, values: {play: search, stop: rate, "": rate}, otherwise: search}
      event_ts: {from: [$.event_ts, $.a], timezone: America/New_York}
      received_ts: {from: $.event_ts, unit: "%Y-%m-%dT%H:%M:%S.%gZ", timezone: Europe/Berlin}
      user_id: {from: $.a.event_id, default: nobody}
      profile_id: {from: '$["a.b"][1].a', prefix: p}
      title_id: {from: $.title_id, default: t}
      playback_id: {from: $.a.a.a, default: p}
      episode_number: {from: $.rebuffer_count, factor: 0.3333}
      position_seconds: {from: $.watched_seconds, unit: h}
      watched_seconds: {from: $.watched_seconds, factor: 0.000000001}
      buffering_seconds: {from: $.startup_ms, unit: ms}
      startup_ms: {from: $.watched_seconds, unit: min}
      country: {from: $.country, values: {DE: Germany}, otherwise: keep}
      device_type: {from: $.device_type, values: {tv: TV}}
    ignore: [$.debug, $.a.b, '$["$"]']
  users:
    fields:
      user_id: {from: $.user_id}
      changed_ts: {from: $.changed_ts, unit: epoch_us}
      signup_date: {from: $.signup_date, unit: epoch_s}
      status: {from: $.status, otherwise: active, values: {x: active}}
  titles:
    fields:
      title_id: {from: $.title_id}
      changed_ts: {from: $.changed_ts, unit: iso, timezone: UTC}
      title_name: {from: [$.title_name, $.a], join: x}
      title_type: {constant: film}
      release_date: {from: $.release_date, unit: "%Y-%m-%d"}
      runtime_minutes: {from: $.runtime_minutes, unit: ms}
"""


@pytest.fixture
def mapped(with_days, tmp_path):
    def settings(text):
        path = tmp_path / "m.yaml"
        path.write_text(text, "utf-8")
        return with_days(mapping=path, source="landing")

    return settings


def unchanged():
    lines = ["version: 1", "feeds:"]
    for feed in FEEDS.values():
        lines += [f"  {feed.name}:", "    fields:"]
        lines += [f"      {name}: {{from: $.{name}}}" for name in feed.column_names]
    return "\n".join(lines)


@pytest.mark.parametrize("number", range(5))
def test_a_mapping_that_changes_nothing_judges_as_the_contract_does(mapped, number):
    settings = mapped(unchanged())
    with Conformer(settings) as conformer:
        found = fuzz_day(settings, conformer, 31, number, LINES)
    assert found.problems == []
    assert found.ledger is not None
    assert found.ledger.quarantined_rows


@pytest.mark.parametrize("feed", FEEDS.values(), ids=FEEDS)
def test_no_record_makes_a_mapping_fail_or_lose_a_row(mapped, feed, monkeypatch):
    settings = mapped(CHANGED)
    assert set(read_mapping(settings.mapping).feeds) == set(FEEDS)
    day = arrival_day(settings)
    # What a row must become is not what the contract says of its own shape: only counts and rules of accepted rows are held.
    monkeypatch.setattr("netflix_platform_tests.fuzz.days._misjudged", lambda *_: (0, []))
    with Conformer(settings) as conformer:
        for number in range(3):
            files = fuzzed_files(random.Random(f"{feed.name}-{number}"), feed, day, LINES)
            found = examine(settings, conformer, feed, day, files)
            assert found.problems == []
            assert found.ledger is not None
            assert found.ledger.received_rows
