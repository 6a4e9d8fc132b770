"""The capacity model by hand-made figures, its extremes, seasons that keep up and that do not, and the page made of it."""

import csv
import json
import math
from dataclasses import fields, replace

import numpy as np
import pytest

from benchmarks.capacity import report, tables
from benchmarks.capacity.__main__ import main
from benchmarks.capacity.assumptions import Assumptions
from benchmarks.capacity.decisions import DECISIONS, breaks_at, judge
from benchmarks.capacity.measure import write_section
from benchmarks.capacity.parameters import Parameters, parameters_of, read_parameters
from benchmarks.capacity.quantities import (
    InputError,
    as_bytes,
    as_cpu_hours,
    as_duration,
    as_money,
    parse_number,
    short,
)
from benchmarks.capacity.simulation import Season, simulate
from benchmarks.capacity.sizing import Inputs, size

# Round figures, so that a day can be reckoned by hand.
ROUND = Parameters(
    conform_ndjson=4,
    conform_parquet=2,
    load=1,
    models=1,
    users=0,
    dimension=0,
    fixed=10,
    fixed_per_day=0,
    history_facts=0,
    history_user_days=0,
    history_title_days=0,
    raw_ndjson_bytes=50,
    raw_parquet_bytes=25,
    lake_bytes=30,
    warehouse_bytes=60,
    published_row_bytes=20,
    published_rows=((1e5, 1_000.0), (1e6, 2_000.0)),
    facts=0.2,
    user_days=0.1,
    title_days=0.5,
    memory_base=500,
    memory=300,
    late_share=0.02,
    late_days=3,
    dagster_records=75,
    dagster_bytes=300_000,
    spark=20,
    spark_fixed=100,
    spark_shuffle=200,
    spark_shuffle_fixed=0,
    spark_tables_bytes=45,
    largest_day=1e7,
    largest_day_spark=1e6,
)
PLAIN = Assumptions()
BY_NAME = {decision.name.partition(" (")[0]: decision for decision in DECISIONS}
QUIET = Season(days=60, lost_on=None, backfill_on=None)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1000000", 1e6),
        ("1M", 1e6),
        ("2.5B", 2.5e9),
        ("1t", 1e12),
        ("1_000", 1e3),
        ("1,000,000", 1e6),
        ("1e9", 1e9),
        (" 20k ", 2e4),
    ],
)
def test_numbers_are_read_as_people_write_them(text, value):
    assert parse_number(text, "EVENTS_PER_DAY") == pytest.approx(value)


@pytest.mark.parametrize(
    "text", ["0", "-5", "abc", "", "1Q", "1.2.3", "nan", "inf", "1M events", "5e20", "0M", "1e999"]
)
def test_what_is_no_number_is_refused_with_what_to_write(text):
    with pytest.raises(InputError, match=r"EVENTS_PER_DAY: .*Write it like 1000000, 1M, 2\.5B or 1T\."):
        parse_number(text, "EVENTS_PER_DAY")


def test_numbers_are_written_with_three_digits_and_their_unit():
    assert [short(value) for value in (0, 0.5, 999, 1_000, 1_234_567, 2.5e9, 1e12)] == [
        *("0", "0.5", "999", "1K", "1.23M", "2.5B", "1T")
    ]
    assert [as_bytes(value) for value in (12, 29.66e9, 34.5e15)] == ["12 B", "29.7 GB", "34.5 PB"]
    assert [as_duration(value) for value in (0.5, 90, 7_200, 2 * 86_400)] == ["0.5 s", "1.5 min", "2 h", "2 days"]
    assert [as_cpu_hours(value) for value in (90, 3_600, 36e6)] == ["1.5 min", "1 h", "10K h"]
    assert [as_money(value) for value in (0.061, 1_234)] == ["$0.06", "$1.23K"]


def test_a_day_on_one_machine_by_hand():
    sizing = size(Inputs(1e6, days_kept=10), ROUND, PLAIN)
    assert sizing.engine == "duckdb"
    # conform 2, load and models 2, three days again 6, fixed 10
    assert sizing.cpu == {
        **{"conform": 2, "load and models": 2, "late rows": 6, "history": 0, "dimensions": 0, "fixed": 10}
    }
    assert sizing.cpu_seconds == 20
    assert (sizing.raw_bytes, sizing.lake_bytes, sizing.tables_bytes) == (25e6, 30e6, 600e6)
    assert sizing.kept_bytes == (25e6 + 30e6 + 60e6) * 10
    assert sizing.lake_files == 4  # its own, and one for each of the three days that it touches
    assert sizing.memory_bytes == 800e6
    # The fixed part runs on one core, the rest on half of 32.
    assert sizing.machine_hours * 3_600 == pytest.approx(10 + 10 / 16)
    assert sizing.compute_month == pytest.approx(20 / 0.5 / 3_600 * 0.05 * 30.4)
    assert sizing.storage_month == pytest.approx(1.15 * 0.08)
    # 2,000 rows by cells, 5,000 of 10,000 titles, over ten days
    assert sizing.published_bytes == pytest.approx((2_000 + 5_000) * 10 * 20)
    assert sizing.error == 1


def test_a_day_on_a_cluster_by_hand():
    sizing = size(Inputs(1e9, days_kept=10, engine="spark"), ROUND, PLAIN)
    assert sizing.cpu["conform"] == 2_000  # DuckDB's, file by file
    assert sizing.cpu["load and models"] == 20_000
    assert sizing.cpu["late rows"] == 60_000
    assert sizing.cpu["fixed"] == 110
    held = 82_110 / 0.5
    assert sizing.cores == pytest.approx(held / (4 * 3_600))
    assert sizing.nodes == 1
    assert sizing.shuffle_bytes == 200e9 * 4
    assert sizing.lake_files == 59 + 3
    assert sizing.error == pytest.approx(1.4**3 * 2)  # three powers of ten beyond what was measured, on Spark


def test_what_the_inputs_change():
    day = Inputs(1e9, engine="duckdb")
    assert size(replace(day, raw_format="ndjson"), ROUND, PLAIN).cpu["conform"] == 4_000
    assert size(replace(day, late=0.0), ROUND, PLAIN).cpu["late rows"] == 0
    assert size(replace(day, late=0.0), ROUND, PLAIN).lake_files == 60
    assert size(replace(day, rework="settle"), ROUND, PLAIN).cpu["late rows"] == 2_000
    assert size(replace(day, rework="merge"), ROUND, PLAIN).cpu["late rows"] == pytest.approx(2_000 * 0.02 * 3)
    wide, narrow = (size(replace(day, engine="spark", window_hours=hours), ROUND, PLAIN) for hours in (8, 4))
    assert narrow.cores == pytest.approx(2 * wide.cores)


def test_the_history_costs_what_its_days_cost():
    costly = replace(ROUND, history_facts=1, history_user_days=1, dimension=1)
    on_spark = Inputs(1e6, days_kept=100, engine="spark")
    dearer = 20 / 2
    # a fifth of a million facts and a tenth of a million user-days, a hundred times
    assert size(on_spark, costly, PLAIN).cpu["history"] == pytest.approx((20 + 10) * dearer)
    assert size(on_spark.planned(), costly, PLAIN).cpu["history"] == pytest.approx((0.2 + 0.1) * dearer)
    # DuckDB builds only the launches of the last 28 days
    assert size(replace(on_spark, engine="duckdb"), costly, PLAIN).cpu["history"] == pytest.approx(28 * 0.2 + 10)
    assert size(on_spark, costly, PLAIN).cpu["dimensions"] == pytest.approx(0.4 * dearer)
    assert size(on_spark.planned(), costly, PLAIN).cpu["dimensions"] == pytest.approx(0.4 * dearer * 0.005)


def test_the_engine_follows_from_the_machine():
    assert size(Inputs(1e6), ROUND, PLAIN).engine == "duckdb"
    assert size(Inputs(1e12), ROUND, PLAIN).engine == "spark"
    full_disk = replace(PLAIN, machine_disk_tb=0.001)
    assert size(Inputs(1e6), ROUND, full_disk).engine == "spark"
    assert size(Inputs(1e12, engine="duckdb"), ROUND, PLAIN).engine == "duckdb"


@pytest.mark.parametrize("engine", ["duckdb", "spark"])
@pytest.mark.parametrize("parameters", [ROUND, read_parameters()], ids=["round", "measured"])
def test_nothing_shrinks_when_events_grow(engine, parameters):
    figures = ("raw_bytes", "kept_bytes", "lake_files", "cpu_seconds", "memory_bytes", "cores", "nodes", "error")
    figures += (
        "machine_hours",
        "compute_month",
        "storage_month",
        "shuffle_bytes",
        "published_bytes",
        "accounts",
        "titles",
    )
    sizes = [size(Inputs(10**power, engine=engine), parameters, PLAIN) for power in np.linspace(0, 15, 31)]
    for name in figures:
        values = [getattr(one, name) for one in sizes]
        assert all(math.isfinite(value) and value >= 0 for value in values), name
        assert values == sorted(values), name


@pytest.mark.parametrize("events", [1, 1e12])
def test_the_extremes_have_a_row_in_every_table(events):
    parameters = read_parameters()
    sizing = size(Inputs(events), parameters, PLAIN)
    verdicts = judge(Inputs(events), parameters, PLAIN)
    assert len(tables.size_row(sizing)) == len(tables.SIZE_COLUMNS)
    assert len(tables.cost_row(sizing)) == len(tables.COST_COLUMNS)
    assert all(len(tables.decision_row(verdict)) == len(tables.DECISION_COLUMNS) for verdict in verdicts)
    assert simulate(sizing, QUIET, PLAIN).verdict == "keeps up"
    assert all(verdict.holds for verdict in verdicts) == (events == 1)


def test_a_decision_breaks_where_its_count_passes_its_limit():
    # 30 bytes an event against 2 GB
    lake_file = BY_NAME["one lake file by event day and arrival day"]
    assert breaks_at(lake_file, Inputs(1e6), ROUND, PLAIN) == pytest.approx(2e9 / 30, rel=0.002)
    # 115 bytes an event and day against 8 TB
    disk = BY_NAME["one machine holds all days"]
    assert breaks_at(disk, Inputs(1e6, days_kept=100), ROUND, PLAIN) == pytest.approx(8e12 / 11_500, rel=0.002)
    assert breaks_at(disk, Inputs(1e6, days_kept=10), ROUND, PLAIN) == pytest.approx(8e12 / 1_150, rel=0.002)
    # (500 + 300 a million) MB against 128 GB
    memory = BY_NAME["a day fits into memory"]
    assert breaks_at(memory, Inputs(1e6), ROUND, PLAIN) == pytest.approx(425e6, rel=0.002)


def test_a_decision_that_nothing_breaks_and_one_that_nothing_spares():
    published = BY_NAME["what is published is one DuckDB file"]
    assert breaks_at(published, Inputs(1e6), ROUND, PLAIN) is None
    assert breaks_at(published, Inputs(1e6), ROUND, replace(PLAIN, published_most_gb=1e-9)) == 1
    partitions = BY_NAME["Dagster keeps a record per asset and partition"]
    assert breaks_at(partitions, Inputs(1e6, days_kept=3_650), ROUND, PLAIN) is None
    # Hourly partitions over twelve years are too many, and they begin where a day has too many files.
    assert breaks_at(partitions, Inputs(1e6, days_kept=4_380), ROUND, PLAIN) == pytest.approx(1.7e10, rel=0.05)


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda decision: decision.name)
def test_a_verdict_changes_at_its_threshold_and_nowhere_else(decision):
    parameters = read_parameters()
    at = breaks_at(decision, Inputs(1e6), parameters, PLAIN)
    number = DECISIONS.index(decision)
    if at is None:
        assert judge(Inputs(1e15), parameters, PLAIN)[number].holds
        return
    for factor, holds in ((1e-2, True), (0.98, True), (1.02, False), (1e2, False)):
        if at * factor <= 1e15:
            assert judge(Inputs(at * factor), parameters, PLAIN)[number].holds is holds, factor


def test_assumptions_are_changed_by_name():
    changed = PLAIN.with_changes(["core_hour_price=0.1", "nodes_most=1K"])
    assert (changed.core_hour_price, changed.nodes_most) == (0.1, 1_000)
    dear, plain = (size(Inputs(1e9), ROUND, one).compute_month for one in (changed, PLAIN))
    assert dear == pytest.approx(2 * plain)
    for change, message in (
        ("core_price=1", "with one of accounts_most"),
        ("core_hour_price", "write name=value"),
        ("core_hour_price=cheap", "--set core_hour_price: 'cheap' is no number"),
        ("utilisation=2", "a share, above 0 and at most 1"),
        ("error_per_decade=0.5", "at least 1"),
    ):
        with pytest.raises(InputError, match=message):
            PLAIN.with_changes([change])
    assert all(one.metadata["unit"] and one.metadata["why"] for one in fields(Assumptions))
    assert all(one.metadata["unit"] and one.metadata["how"] for one in fields(Parameters))


def test_parameters_are_found_again_in_points_made_of_them():
    def point(days, events, users, raw_format):
        millions, of_users = events / 1e6, users / 1e6
        steps = {
            "lake__events": 1 + (4 if raw_format == "ndjson" else 2) * millions,
            "warehouse__events": 0.5 + millions,
            "lake__users": 0.1 + of_users,
            "warehouse__users": 0.1 + of_users,
            "dbt_business": 8 + 3 * millions + 5 * of_users,
        }
        return {
            **{"days": days, "events": events, "users": users, "format": raw_format, "steps": steps},
            **{"cpu_seconds": sum(steps.values()) + 2 + (days - 1) * 0.1, "records": 500 + (days - 1) * 70},
            **{"peak_megabytes": 500 + 300 * millions, "raw_bytes": {"events": events * 25}},
            "published_rows": {"mart_qoe_daily": 100 * days, "mart_title_daily": 10**6},
        }

    points = [point(1, e, u, f) for e, u, f in ((1e6, 4e5, "parquet"), (4e6, 4e5, "parquet"), (4e6, 1.6e6, "parquet"))]
    points += [point(1, e, 4e5, "ndjson") for e in (1e6, 4e6)] + [point(10, 2e6, 8e4, "parquet")]
    models = {
        "dim_user": 1,
        "mart_subscribers_daily": 1,
        "mart_title_funnel": 10,
        "mart_retention": 2,
        "mart_title_daily": 3,
    }
    rows = {"raw.events": 1e8, "raw.users": 1e6, "facts.fct_watch": 2e7}
    rows |= {"aggregates.agg_user_day": 1e7, "aggregates.agg_title_day": 1e6}
    history = {
        "days": 100,
        "models": models,
        "rows": rows,
        "published_rows": {"dim_title": 20_000, "mart_qoe_daily": 10_000},
    }
    history |= {"bytes": {"lake": 3e9, "warehouse": 6e9, "published": 3e6, "dagster": 1e7}}
    history["arrivals"] = {"0": 98, "1": 1, "3": 1}
    spark = [
        {
            "what": what,
            "events": events,
            "command_cpu_seconds": 30,
            "cluster_cpu_seconds": {"server": 100, "executor": cpu},
        }
        | {"shuffle_bytes": events * 200 + 7, "tables_bytes": 1.8e8}
        for what, events, cpu in (("all days, cold", 4e6, 300), ("one day", 1e6, 50), ("all days", 4e6, 110))
    ]
    found = parameters_of(points, history, spark)
    wanted = {"conform_ndjson": 4, "conform_parquet": 2, "load": 1, "models": 3, "users": 7, "dimension": 2}
    wanted |= {
        "fixed": 11.7,
        "fixed_per_day": 0.1,
        "history_facts": 0.5,
        "history_user_days": 0.2,
        "history_title_days": 3,
    }
    wanted |= {
        "lake_bytes": 30,
        "warehouse_bytes": 60,
        "facts": 0.2,
        "title_days": 0.5,
        "memory": 300,
        "late_share": 0.02,
    }
    wanted |= {"late_days": 3, "dagster_records": 70, "spark": 20, "spark_fixed": 160, "spark_shuffle": 200}
    wanted |= {"spark_shuffle_fixed": 7, "spark_tables_bytes": 45, "largest_day": 4e6, "published_row_bytes": 100}
    assert {name: getattr(found, name) for name in wanted} == pytest.approx(wanted)
    assert found.published_rows == ((1e6, 100.0), (4e6, 100.0))


def test_a_section_of_what_was_measured_replaces_itself_only(tmp_path):
    file = tmp_path / "measured.json"
    write_section("duckdb", "one", [{"events": 1}], file)
    write_section("spark", "two", [{"events": 2}], file)
    write_section("duckdb", "three", [{"events": 3}], file)
    sections = json.loads(file.read_text())
    assert {name: (one["command"], one["points"]) for name, one in sections.items()} == {
        "duckdb": ("three", [{"events": 3}]),
        "spark": ("two", [{"events": 2}]),
    }


def test_a_season_keeps_up_comes_late_or_falls_behind():
    sizing = size(Inputs(1e11, engine="spark"), ROUND, PLAIN)
    sized = sizing.nodes * PLAIN.node_cores
    assert [simulate(sizing, Season(), PLAIN, sized * share).verdict for share in (1, 0.5, 0.25, 0.1)] == [
        *("keeps up", "keeps up", "late", "falls behind")
    ]
    behind = simulate(sizing, Season(), PLAIN, sized * 0.1)
    assert behind.busy == pytest.approx(1)
    assert behind.backlog[-1] > behind.backlog[45] > behind.backlog[10]
    assert behind.backfill_hours is None


def test_a_quiet_season_by_hand():
    still = replace(PLAIN, daily_variation=1e-9, node_failures_a_month=1e-9)
    # A day of 24 CPU hours on 4 cores, of which half work: twelve hours, and no more than that twice a day.
    sizing = replace(
        size(Inputs(1e9, engine="spark", late=0.0), ROUND, still),
        cpu={"conform": 0, "load and models": 0, "late rows": 0, "history": 86_400, "dimensions": 0, "fixed": 0},
    )
    outcome = simulate(sizing, QUIET, still, cores=4)
    assert outcome.delays == pytest.approx(np.full(60, 12.0))
    assert outcome.busy == pytest.approx(0.5)
    assert outcome.backlog == pytest.approx(np.full(60, 12.0))
    assert simulate(sizing, QUIET, still, cores=1.9).verdict == "falls behind"


def test_what_late_rows_cause_is_done_after_the_day():
    still = replace(PLAIN, daily_variation=1e-9, node_failures_a_month=1e-9)
    sizing = size(Inputs(1e10, engine="spark"), ROUND, still)
    without = replace(sizing, cpu={**sizing.cpu, "late rows": 0.0})
    with_late, without_late = (simulate(one, QUIET, still, sizing.nodes * 16) for one in (sizing, without))
    assert with_late.delays == pytest.approx(without_late.delays)
    assert with_late.busy > 2 * without_late.busy


def test_a_lost_worker_delays_its_day_only_and_work_is_not_lost_for_ever():
    still = replace(PLAIN, daily_variation=1e-9, node_failures_a_month=1e-9)
    sizing = size(Inputs(1e10, engine="duckdb"), ROUND, still)
    calm = simulate(sizing, QUIET, still)
    hit = simulate(sizing, replace(QUIET, lost_on=30), still)
    assert hit.delays[30] > calm.delays[30] + PLAIN.node_repair_hours
    assert np.delete(hit.delays, 30) == pytest.approx(np.delete(calm.delays, 30))
    assert hit.lost_hours == pytest.approx(PLAIN.node_repair_hours)
    # Of many nodes one is missed less.
    cluster = size(Inputs(1e11, engine="spark"), ROUND, still)
    spread = (
        simulate(cluster, replace(QUIET, lost_on=30), still).delays[30] - simulate(cluster, QUIET, still).delays[30]
    )
    assert 0 <= spread < 0.2


def test_a_backfill_gives_way_on_a_cluster_and_not_to_the_one_writer():
    still = replace(PLAIN, daily_variation=1e-9, node_failures_a_month=1e-9)
    season = replace(QUIET, backfill_on=20)
    # A day is about two hours of work, so ten days of the month, which are one run, are twenty.
    costs = {"conform": 0, "load and models": 16 * 3_600.0, "late rows": 0, "history": 0, "dimensions": 0, "fixed": 0}
    on_cluster = replace(size(Inputs(1e9, engine="spark"), ROUND, still), cpu=costs)
    on_machine = replace(on_cluster, engine="duckdb")
    quiet = simulate(on_cluster, QUIET, still, cores=16).delays
    assert quiet == pytest.approx(np.full(60, 2.0), rel=0.16)
    cluster, machine = (simulate(one, season, still, cores=16) for one in (on_cluster, on_machine))
    # On a cluster the day is worked on at once, but published when the run that is at work has ended; the one writer first ends
    # what it has begun. Either way the days before and after are as ever.
    calm = np.r_[0:20, 24:60]
    for beside in (cluster, machine):
        assert beside.delays[calm] == pytest.approx(quiet[calm])
        assert 12 < beside.delays.max() < 24
        assert 60 < beside.backfill_hours < 72
    by_day = simulate(on_cluster, replace(season, chunk_days=1), still, cores=16)
    assert by_day.delays.max() < 5


def test_what_is_fixed_is_done_once_by_a_run_of_many_days():
    still = replace(PLAIN, daily_variation=1e-9, node_failures_a_month=1e-9)
    costs = {"conform": 0, "load and models": 0, "late rows": 0, "history": 0, "dimensions": 0, "fixed": 16 * 3_600.0}
    sizing = replace(size(Inputs(1e9, engine="spark"), ROUND, still), cpu=costs)
    # The day itself and three runs of ten days: eight hours.
    assert simulate(sizing, replace(QUIET, backfill_on=20), still, cores=16).backfill_hours == pytest.approx(8)
    thirty = simulate(sizing, replace(QUIET, backfill_on=20, chunk_days=1), still, cores=16)
    assert thirty.backfill_hours == pytest.approx(66)


def test_a_season_is_repeated_by_its_seed():
    sizing = size(Inputs(1e10), read_parameters(), PLAIN)
    one, again, other = (simulate(sizing, Season(days=30, seed=seed), PLAIN) for seed in (1, 1, 2))
    assert (one.delays == again.delays).all()
    assert (one.delays != other.delays).any()
    with pytest.raises(InputError, match="at least 14"):
        Season(days=3)


def test_the_command_prints_tables_and_a_verdict(capsys):
    assert main(["2.5B"]) == 0
    printed = capsys.readouterr().out
    assert "2.5B events a day" in printed
    assert "one lake file by event day" in printed
    assert "KEEPS UP: 90 simulated days" in printed


def test_the_command_says_when_it_falls_behind(capsys):
    assert main(["100B", "--nodes", "3"]) == 1
    assert "FALLS BEHIND" in capsys.readouterr().out


def test_the_command_writes_json_and_csv(capsys, tmp_path):
    file = tmp_path / "season.csv"
    assert main(["1M", "--json", "--sim-days", "20", "--csv", str(file)]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["sizing"]["inputs"]["events"] == 1e6
    assert len(figures["decisions"]) == len(DECISIONS)
    rows = list(csv.DictReader(file.open()))
    assert [float(row["delay_hours"]) for row in rows] == figures["simulation"]["delay_hours"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["0"], "has to be above 0"),
        (["--", "-5"], "is no number above 0"),
        (["many"], "is no number above 0"),
        (["1M", "--days-kept", "1M"], "--days-kept: 1M has to be at most 36.5K"),
        (["1M", "--window-hours", "25"], "--window-hours: 25 has to be at most 24"),
        (["1M", "--late", "0.9"], "at most 0.5; write it like 0.02 or 2%"),
        (["1M", "--late", "often"], "--late: 'often' is no number"),
        (["1M", "--nodes", "4"], "DuckDB runs on one machine"),
        (["1M", "--set", "price=3"], "--set price=3: write name=value with one of"),
        (["1M", "--sim-days", "1"], "at least 14"),
        (["1M", "--csv", "/no/such/folder/x.csv"], "make it first"),
    ],
)
def test_bad_input_says_what_to_do(arguments, message, capsys):
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert message in printed.err
    assert not printed.out


def test_a_share_that_is_late_may_be_a_percentage(capsys):
    shares = []
    for text in ("0.02", "2%", "0", "0%"):
        main(["1M", "--json", "--sim-days", "14", "--late", text])
        shares.append(json.loads(capsys.readouterr().out)["sizing"]["inputs"]["late"])
    assert shares == [0.02, 0.02, 0, 0]


def test_the_page_says_what_the_code_says():
    page = report.DOCUMENT.read_text()
    for name, block in report.blocks().items():
        begin, end = report.marks(name)
        assert f"{begin}\n\n{block}\n\n{end}" in page, (
            f"docs/scale.md, {name}: run python -m benchmarks.capacity.report"
        )
