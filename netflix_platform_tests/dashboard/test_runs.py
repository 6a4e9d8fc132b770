"""The runs of *Pipeline health*: the table, where the time goes, the steps of one run; and erasures, which are rarer."""

import duckdb
import pandas as pd
import pytest

from dashboard.health.run_charts import layer_seconds, run_steps
from dashboard.health.runs import layer_of, seconds_by_layer
from dashboard.theme import LAYER_COLORS
from netflix_platform_tests.dashboard.sample import BEFORE_OPERATIONS, DAY, yesterday
from netflix_platform_tests.dashboard.seen import HEALTH, said, section_titles, table_with

AT_TWO = pd.Timestamp("2026-11-20 02:00")


@pytest.mark.parametrize(
    ("step", "layer"),
    [
        ("raw__events", "raw"),
        ("lake__users", "lake"),
        ("warehouse__titles", "warehouse"),
        ("dbt_business", "dbt"),
        ("audit_records", "audit"),
        ("dbt_audit", "audit"),
        ("serving", "serving"),
        ("waive", "other"),
    ],
)
def test_every_step_belongs_to_a_layer(step, layer):
    assert layer_of(step) == layer
    assert layer in LAYER_COLORS


def runs(*rows):
    columns = ["run_id", "job_name", "status", "started_at", "duration_seconds"]
    return pd.DataFrame([(run, "daily", status, AT_TWO, took) for run, status, took in rows], columns=columns)


def steps(*rows):
    return pd.DataFrame(list(rows), columns=["run_id", "step_key", "duration_seconds"])


def test_what_no_step_took_is_between_them():
    found = seconds_by_layer(
        runs(("a", "SUCCESS", 20.0), ("b", "STARTED", None)),
        steps(("a", "raw__events", 3.0), ("a", "raw__users", 1.0), ("a", "serving", 10.0), ("b", "raw__events", 9.0)),
    )
    assert dict(zip(found["layer"], found["seconds"], strict=True)) == {
        "raw": 4.0,
        "serving": 10.0,
        "between steps": 6.0,
    }
    assert set(found["run_id"]) == {"a"}  # the other goes on


def test_steps_at_the_same_time_leave_nothing_between_them():
    found = seconds_by_layer(runs(("a", "FAILURE", 5.0)), steps(("a", "raw__events", 4.0), ("a", "lake__events", 4.0)))
    assert found.loc[found["layer"] == "between steps", "seconds"].tolist() == [0.0]


def test_a_run_without_steps_and_no_run_at_all_are_no_bars():
    assert seconds_by_layer(runs(("a", "SUCCESS", 5.0)), steps()).empty
    assert seconds_by_layer(runs(), steps()).empty


def test_the_layers_are_stacked_in_the_order_of_the_flow_and_failed_runs_are_signed():
    spent = seconds_by_layer(
        runs(("a", "SUCCESS", 9.0), ("b", "FAILURE", 5.0)),
        steps(("a", "serving", 1.0), ("a", "raw__x", 2.0), ("b", "raw__x", 5.0)),
    )
    spec = layer_seconds(spent).to_dict()
    bars, signs = (spec["datasets"][layer["data"]["name"]] for layer in spec["layer"])
    assert spec["layer"][0]["encoding"]["color"]["scale"]["domain"] == ["raw", "serving", "between steps"]
    assert {row["run_id"]: row["run"] for row in bars}["a"] == "2026-11-20 02:00:00 a"
    assert [(row["run"][-1], row["seconds"]) for row in signs] == [("b", 5.0)]


def test_the_steps_of_a_run_are_bars_on_its_clock():
    rows = pd.DataFrame(
        {
            "step_key": ["raw__events", "lake__events", "waits"],
            "outcome": ["succeeded", "failed", "skipped"],
            "started_at": [AT_TWO + pd.Timedelta(seconds=2), AT_TWO + pd.Timedelta(seconds=5), pd.NaT],
            "duration_seconds": [3.0, 4.0, None],
            "rows_written": pd.array([100, None, None], dtype="Int64"),
            "rows_per_second": [33.3, None, None],
            "retries": pd.array([0, 2, None], dtype="Int64"),
        }
    )
    spec = run_steps(rows, AT_TWO).to_dict()
    [data] = spec["datasets"].values()
    assert [(row["step_key"], row["start"], row["end"], row["took"]) for row in data] == [
        ("raw__events", 2.0, 5.0, "3.0 s"),
        ("lake__events", 5.0, 9.0, "4.0 s"),
    ]
    assert [row["again"] for row in data] == ["0", "2"]
    assert run_steps(rows.iloc[:0], AT_TWO).to_dict()["layer"]


def test_the_run_that_failed_last_is_the_one_whose_steps_are_shown(opened, written):
    failed = yesterday() - 2 * DAY
    app = opened(written(failed_days={failed: "bad"}), HEALTH)
    [choice] = app.selectbox
    assert "✕ failed" in choice.options[choice.index]
    table = table_with(app, "step_key")
    assert table["outcome"].tolist() == ["✓ succeeded"] * 9 + ["✕ failed"]
    assert table["took"].iloc[0] == "2.0 s"


def test_another_run_can_be_chosen_with_its_launcher_rows_and_retries(opened, written):
    app = opened(written(retried_days={yesterday() - DAY: 2}), HEALTH)
    choice = app.selectbox(key="steps_of_run")
    runs_shown = table_with(app, "launched_by", "outcome")
    retry = runs_shown[runs_shown["launched_by"] == "sensor catch_up"].iloc[0]
    assert retry["retry_of"]
    choice.set_value(retry["run_id"]).run()
    text = said(app)
    assert "launched by `sensor catch_up`" in text
    assert f"a retry of run `{retry['retry_of']}`" in text
    table = table_with(app, "step_key").set_index("step_key")
    assert table.loc["lake__events", "retries"] == 2
    received = table_with(app, "received_rows").set_index("arrival_date")["received_rows"]
    rows = table.loc["raw__events", "rows_written"]
    assert rows == received[pd.Timestamp(yesterday() - DAY)]
    assert table.loc["raw__events", "rows_per_second"] == pytest.approx(rows / 2.04)


def test_a_hostile_launcher_cannot_leave_its_place(opened, written):
    data_dir = written()
    with duckdb.connect(str(next((data_dir / "serving").glob("*.duckdb")))) as connection:
        connection.execute("update audit_pipeline_runs set launched_by = '` [x](javascript:alert(1)) `<b>'")
    assert "launched by `' [x](javascript:alert(1)) '<b>`" in said(opened(data_dir, HEALTH))


def test_a_version_from_before_operations_shows_its_runs_and_says_what_it_lacks(opened, written):
    app = opened(
        written(
            without_tables=BEFORE_OPERATIONS,
            without_columns={"audit_pipeline_runs": ("retries", "retry_of_run_id")},
        ),
        HEALTH,
    )
    assert "no table `audit_step_runs`" in said(app)
    assert "before retries were recorded" in said(app)
    assert len(table_with(app, "launched_by", "outcome")) == 10


def test_erasures_are_told_only_when_there_are_any(opened, demo_dir, written):
    assert "Erasures" not in section_titles(opened(demo_dir, HEALTH))
    app = opened(written(erasures=2), HEALTH)
    assert "Erasures" in section_titles(app)
    assert "**2 erasures**, last on" in said(app)
    assert f"**{2 * (412 + 400 + 3 + 396):,}** rows removed" in said(app)
    assert table_with(app, "warehouse_rows", "reason", "erased_at")["raw_rows"].tolist() == [412, 412]
