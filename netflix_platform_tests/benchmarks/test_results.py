"""``latest.json`` always has the same keys, and the report says what it holds and nothing else."""

import dataclasses
import json

import pytest

from benchmarks import report
from benchmarks.measuring import BenchmarkError, Cost, cost_of, in_turns, median, python
from benchmarks.plan import FULL, QUICK, Session
from benchmarks.results import PARTS, earlier_results, read_results, results_of, write_results
from benchmarks.tables import rows_of

COST = {"cpu_seconds": 40.0, "wall_seconds": 30.0, "peak_megabytes": 500}
LAYERS = {"layers": {"conform": 10.0, "load": 5.0, "models": 3.0, "rest": 22.0}}
SHAPE = {
    "events": 9_000_000,
    "floor": {**COST, **LAYERS},
    "pipeline": {**COST, **LAYERS},
    "empty": {**COST, "cpu_seconds": 18.5, **LAYERS},
    "pipeline_over_floor_cpu": 1.21,
}
GENERATED = {**COST, "rows": 1_000_000, "generating_cpu_seconds": 0.5, "rows_per_cpu_second": 2_000_000}
STATE = {
    "pages": {"dashboard_overview": {"first_visit": 1.2, "first_paint": 0.8, "returning": 0.5, "drawn": 1.4}},
    "queries": {"count": 80, "median": 8.5, "p95": 31.0, "longest": 55.0},
}
ALL_PARTS = {
    "generation": {"platform, Parquet": GENERATED, "Faker": {**GENERATED, "rows_per_cpu_second": 6_000}},
    "pipeline": {"10 x 1,000,000": SHAPE, "1 x 10,000,000": {**SHAPE, "pipeline_over_floor_cpu": 1.12}},
    "overhead": {
        **COST,
        "causes": {"imports": 3.0, "rest": 1.0},
        "per_day": 0.2,
        "records_per_day": 40,
        "records": 900,
        "processes": 4,
        "dbt_process": COST,
    },
    "growth": {
        "histories": {
            "1": {**COST, "cpu_seconds": 14.0},
            "7": {**COST, "cpu_seconds": 14.0},
            "365": {**COST, "cpu_seconds": 15.4},
        },
        "spans": {"1": COST, "120": {**COST, "cpu_seconds": 120.0}},
        "volumes": {"1000000": {**SHAPE, "generation": COST}},
    },
    "dashboard": {
        "days": 365,
        "scale": "city",
        "published_megabytes": 60.5,
        "quiet": STATE,
        "beside a backfill": {**STATE, "backfill_was_running": True},
    },
}


def test_the_keys_are_the_same_whatever_was_measured():
    everything = results_of(ALL_PARTS, {}, [], False)
    nothing = results_of({}, {"pipeline": "BenchmarkError: no"}, ["growth"], True)
    assert list(everything) == list(nothing)
    assert list(everything["parts"]) == list(nothing["parts"]) == list(PARTS)
    assert nothing["pipeline_over_floor_cpu"] is None


def test_the_headlines_come_from_the_first_shape_and_the_ends_of_the_curves():
    results = results_of(ALL_PARTS, {}, [], False)
    assert results["pipeline_over_floor_cpu"] == 1.21
    assert results["pipeline_over_floor_cpu_one_large_day"] == 1.12
    assert results["pipeline_fixed_cpu_seconds"] == 18.5
    assert results["generator_million_events_per_cpu_second"] == 2.0
    assert (results["one_day_run_cpu_seconds"], results["history_cpu_ratio"], results["span_cpu_ratio"]) == (
        14.0,
        1.1,
        3.0,
    )


def test_a_history_is_held_against_a_week_or_against_nothing():
    growth = {"histories": {"1": {**COST, "cpu_seconds": 10.0}, "7": {**COST, "cpu_seconds": 16.0}}}
    assert results_of({"growth": growth}, {}, [], True)["history_cpu_ratio"] is None
    growth["histories"] |= {"30": {**COST, "cpu_seconds": 17.0}, "365": {**COST, "cpu_seconds": 16.8}}
    assert results_of({"growth": growth}, {}, [], False)["history_cpu_ratio"] == 1.05


def test_a_failed_part_leaves_the_figures_of_the_others():
    parts = {name: figures for name, figures in ALL_PARTS.items() if name != "growth"}
    results = results_of(parts, {"growth": "BenchmarkError: exit code 1\nand more"}, [], False)
    block = report.block_of(results, [])
    assert "| pipeline / floor, many days in one run, fixed cost apart | 1.21 | at most 1.25 |" in block
    assert "| `make day` at demo scale, everything included, CPU s | not measured | at most 15 |" in block
    assert "`growth` failed: BenchmarkError: exit code 1\n" in block + "\n"


def test_parts_that_are_not_measured_again_keep_their_figures(tmp_path):
    file = tmp_path / "latest.json"
    assert earlier_results(False, file) is None
    before = results_of(ALL_PARTS, {}, [], False)
    before["measured"] = {name: {"date": "2026-01-31T10:00:00+00:00", "commit": "0123456789ab"} for name in PARTS}
    write_results(before, file)
    assert earlier_results(True, file) is None  # figures of the two forms do not stand beside each other
    faster = {"generation": {"platform, Parquet": {**GENERATED, "rows_per_cpu_second": 3_000_000}}}
    results = results_of(faster, {"growth": "BenchmarkError: no"}, [], False, earlier_results(False, file))
    assert results["generator_million_events_per_cpu_second"] == 3.0
    assert results["pipeline_over_floor_cpu"] == 1.21
    assert results["history_cpu_ratio"] is None  # what failed now has no figures
    block = report.block_of(results, [])
    assert (
        "Earlier, by a run of that part: pipeline on 2026-01-31T10:00:00+00:00 at commit `0123456789ab`; over" in block
    )
    assert "generation on" not in block


def test_every_part_has_rows_in_the_table():
    rows = rows_of(results_of(ALL_PARTS, {}, [], False))
    assert {row.part for row in rows} >= {"Generation", "One run on one empty day, by cause", "make day at demo scale"}
    assert len([row for row in rows if row.part.startswith("Dashboard, 365 days of city (60.5 MB published), ")]) == 4
    assert [row.cells() for row in rows][:1] == [
        ("platform, Parquet, 1,000,000 rows", "40.0", "30.0", "500", "2,000 thousand rows per CPU s")
    ]


def test_what_is_written_is_read_again(tmp_path):
    results = results_of(ALL_PARTS, {}, ["a day of 100,000,000 events (needs 60 GB, there are 9 GB)"], False)
    write_results(results, tmp_path / "latest.json")
    assert read_results(tmp_path / "latest.json") == json.loads(json.dumps(results))


def test_the_report_replaces_its_block_and_keeps_what_was_written_by_hand(tmp_path):
    document = tmp_path / "benchmarks.md"
    document.write_text(f"# By hand\n\n{report.BEGIN}\nold\n{report.END}\n\n## Operations\n")
    block = report.block_of(results_of(ALL_PARTS, {}, ["growth"], True), ["bench_pipeline.png"])
    report.rewrite(document, block)
    report.rewrite(document, block)
    text = document.read_text()
    assert text.startswith("# By hand\n")
    assert text.endswith("## Operations\n")
    assert "old" not in text
    assert text.count("![bench pipeline](pictures/bench_pipeline.png)") == 1
    assert "Left out: growth." in text


def test_a_document_without_the_marks_is_refused(tmp_path):
    document = tmp_path / "benchmarks.md"
    document.write_text("# By hand\n")
    with pytest.raises(ValueError, match="lacks the lines"):
        report.rewrite(document, "figures")
    assert document.read_text() == "# By hand\n"


def test_the_cost_of_a_process_holds_that_of_its_children():
    burn = "import time\nwhile time.process_time() < 0.2: pass"
    run = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}]); print('{{\"rows\": 3}}')"
    cost = cost_of(python("-c", run))
    assert cost.cpu_seconds >= 0.2
    assert cost.peak_megabytes > 1
    assert cost.told == {"rows": 3}


def test_what_a_process_tells_is_found_before_what_libraries_say_at_its_end():
    told = cost_of(python("-c", "print('{\"rows\": 3}'); print('{ no JSON'); print('leaked 3 instances')")).told
    assert told == {"rows": 3}
    assert cost_of(python("-c", "print('nothing to tell')")).told == {}


def test_a_process_that_fails_tells_what_it_printed():
    with pytest.raises(BenchmarkError, match=r"exit code 3(?s:.*)the disk is full"):
        cost_of(python("-c", "import sys; print('the disk is full'); sys.exit(3)"))


def test_what_is_compared_runs_in_turns():
    order: list[str] = []
    measured = in_turns({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, 2, lambda text: None)
    assert order == ["a", "b", "a", "b"]
    assert [len(runs) for runs in measured.values()] == [2, 2]


def test_medians_of_costs_and_of_what_they_told():
    cost = median([Cost(1, 5, 10, {"rows": 1}), Cost(9, 6, 30, {"rows": 3}), Cost(2, 7, 20, {"rows": 2})])
    assert cost == Cost(2, 6, 30, {"rows": 2})


def test_nothing_is_begun_without_time_or_room(tmp_path):
    told: list[str] = []
    session = Session(dataclasses.replace(QUICK, budget_seconds=0), tmp_path, told.append)
    assert not session.has_time_for("growth")
    assert not session.has_room_for("a day of 10 billion events", 10**13)
    assert [what.partition(" (")[0] for what in session.skipped] == ["growth", "a day of 10 billion events"]
    assert "needs" in told[1]
    unlimited = Session(FULL, tmp_path, told.append)
    assert unlimited.has_time_for("growth")
    assert unlimited.has_room_for("one event", 1)
