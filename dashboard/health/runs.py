"""The newest runs: how they ended, who launched them, and where their time went, by layer and by step."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import frame, operations_queries, tables
from dashboard.drawing import draw_chart
from dashboard.formatting import ABSENT, count, duration
from dashboard.frame import Opened
from dashboard.health.run_charts import layer_seconds, run_steps

RUNS_SHOWN = 10
RUNS_IN_CHART = 30
FINISHED = ("SUCCESS", "FAILURE", "CANCELED")
RUN_WORDS = {
    "SUCCESS": "✓ succeeded",
    "FAILURE": "✕ failed",
    "CANCELED": "✕ canceled",
    "CANCELING": "… canceling",
    "STARTED": "… running",
    "STARTING": "… starting",
    "QUEUED": "… queued",
}
STEP_WORDS = {"SUCCESS": "succeeded", "FAILURE": "failed", "SKIPPED": "skipped", "IN_PROGRESS": "running"}
BETWEEN = "between steps"


def draw(opened: Opened) -> None:
    """The newest runs, whoever launched them."""
    with frame.section("Last runs"):
        rows = operations_queries.last_runs(opened.published, RUNS_IN_CHART)
        if rows.empty:
            st.info("No run is recorded yet.")
            return
        _table(rows.head(RUNS_SHOWN), opened.info.run_id)
        if rows["retries"].isna().all():
            st.caption("This version was published before retries were recorded; the next one tells them.")
        with frame.tolerant():
            steps = operations_queries.steps_of_runs(opened.published, rows["run_id"].tolist())
            _draw_time(rows, steps)
            _draw_steps(rows, steps, opened.info.run_id)


def outcome(status: pd.Series) -> pd.Series:
    """How runs ended, in words with a sign; a status that is not known stays as it is."""
    return status.map(RUN_WORDS).fillna(status).fillna(ABSENT)


def layer_of(step_key: str) -> str:
    """The layer that a step belongs to, by its name in Dagster."""
    head = step_key.split("__", maxsplit=1)[0]
    if head in ("raw", "lake", "warehouse", "serving"):
        return head
    if head in ("audit_records", "dbt_audit"):
        return "audit"
    return "dbt" if head.startswith("dbt") else "other"


def seconds_by_layer(runs: pd.DataFrame, steps: pd.DataFrame) -> pd.DataFrame:
    """One row per finished run and layer: run_id, job_name, started_at, status, layer, seconds. What a run's duration holds
    beyond its steps is the layer "between steps" (starting, waiting); steps at the same time leave nothing for it.
    """
    known = runs.loc[runs["status"].isin(FINISHED) & runs["started_at"].notna()]
    sums = (
        steps.assign(layer=steps["step_key"].map(layer_of), seconds=steps["duration_seconds"].fillna(0.0).astype(float))
        .groupby(["run_id", "layer"], as_index=False)["seconds"]
        .sum()
    )
    total = sums.groupby("run_id")["seconds"].sum()
    rest = (known["duration_seconds"] - known["run_id"].map(total)).clip(lower=0)
    between = pd.DataFrame({"run_id": known["run_id"], "layer": BETWEEN, "seconds": rest}).dropna()
    whole = pd.concat([sums, between], ignore_index=True)
    return known[["run_id", "job_name", "started_at", "status"]].merge(whole, on="run_id")


def _draw_time(runs: pd.DataFrame, steps: pd.DataFrame) -> None:
    spent = seconds_by_layer(runs, steps)
    spent = spent[spent["seconds"] > 0]
    if spent.empty:
        st.info("Where the time goes will stand here once a finished run has told its steps.")
        return
    shown = spent["run_id"].nunique()
    of_runs = "the last finished run" if shown == 1 else f"the last {count(shown, 'finished run')}"
    st.markdown(f"**Where the time goes**, seconds by layer of {of_runs}")
    draw_chart(layer_seconds, spent, alt=f"Seconds by layer of {of_runs}, stacked")


def _draw_steps(runs: pd.DataFrame, steps: pd.DataFrame, publishing_run: str | None) -> None:
    told = runs[runs["run_id"].isin(steps["run_id"])]
    st.markdown("**Steps of a run**, on its own clock")
    if told.empty:
        st.info("No step is recorded for these runs.")
        return
    labels = dict(zip(told["run_id"], _labels(told, publishing_run), strict=True))
    failed = told.loc[told["status"] == "FAILURE", "run_id"]
    ids = told["run_id"].tolist()
    # What failed last is what one comes to look at.
    begin = ids.index(failed.iloc[0]) if len(failed) else 0
    chosen = st.selectbox("Run", ids, index=begin, format_func=labels.__getitem__, key="steps_of_run")
    run = told[told["run_id"] == chosen].iloc[0]
    its = steps[steps["run_id"] == chosen].reset_index(drop=True)
    its = its.assign(outcome=its["status"].map(STEP_WORDS).fillna("running"))
    facts = [f"launched by {_code(run['launched_by'])}"]
    if pd.notna(run["retry_of_run_id"]):
        facts.append(f"a retry of run {_code(str(run['retry_of_run_id'])[:8])}")
    st.caption(f"Run {_code(chosen)}, " + ", ".join(facts))
    began = run["started_at"] if pd.notna(run["started_at"]) else its["started_at"].min()
    left, right = st.columns(2)
    with left:
        draw_chart(run_steps, its, began, alt="Steps of the run as bars in the order in which they began")
    with right:
        _step_table(its)


def _labels(runs: pd.DataFrame, publishing_run: str | None) -> list[str]:
    ended = outcome(runs["status"]).mask(_is_publisher(runs, publishing_run), "✓ published this")
    parts = zip(runs["started_at"], runs["job_name"], ended, runs["run_id"], strict=True)
    return [
        " · ".join([f"{began.day} {began:%b %H:%M}" if pd.notna(began) else ABSENT, str(job), word, run_id[:8]])
        for began, job, word, run_id in parts
    ]


def _code(text: object) -> str:
    """Text of others inside Markdown, as code that nothing in it can end."""
    return "`" + " ".join(str(text).replace("`", "'").split()) + "`"


def _is_publisher(runs: pd.DataFrame, publishing_run: str | None) -> pd.Series:
    """The run that published the version sees itself as started."""
    return (runs["run_id"] == publishing_run) & (runs["status"] == "STARTED")


def _table(rows: pd.DataFrame, publishing_run: str | None) -> None:
    """Runs (``operations_queries.last_runs``), newest first."""
    has_retries = bool(rows["retries"].notna().any())
    partitions = zip(rows["partition_from"], rows["partition_to"], strict=True)
    steps = zip(rows["steps"], rows["failed_steps"], strict=True)
    st.dataframe(
        rows.assign(
            outcome=outcome(rows["status"]).mask(_is_publisher(rows, publishing_run), "✓ published this"),
            run=rows["run_id"].str[:8],
            retry_of=rows["retry_of_run_id"].str[:8].fillna(""),
            duration=rows["duration_seconds"].map(duration),
            days=[tables.days_text(first, last) for first, last in partitions],
            steps_text=[_steps_of_run(done, failed) for done, failed in steps],
        ),
        hide_index=True,
        height=tables.height(rows, most_rows=15),
        placeholder=ABSENT,
        column_order=[
            "started_at",
            "outcome",
            "job_name",
            "days",
            "duration",
            "steps_text",
            *(["retries"] if has_retries else []),
            "rows_written",
            "launched_by",
            "run",
            *(["retry_of"] if has_retries else []),
        ],
        column_config={
            "started_at": st.column_config.DatetimeColumn("Started (UTC)", format=tables.TIME_FORMAT),
            "outcome": st.column_config.TextColumn("Outcome"),
            "job_name": st.column_config.TextColumn("Job"),
            "days": st.column_config.TextColumn("Event days"),
            "duration": st.column_config.TextColumn("Duration"),
            "steps_text": st.column_config.TextColumn("Steps"),
            "retries": st.column_config.NumberColumn("Retries", format="%d", help="How often steps were tried again."),
            "rows_written": st.column_config.NumberColumn("Rows written", format="%,d"),
            "launched_by": st.column_config.TextColumn("Launched by"),
            "run": st.column_config.TextColumn("Run", help="First characters of the run id in Dagster."),
            "retry_of": st.column_config.TextColumn("Retry of", help="The run that this one tries again."),
        },
    )


def _step_table(rows: pd.DataFrame) -> None:
    """Steps of one run (``operations_queries.steps_of_runs``) with their outcome, in the order in which they began."""
    signs = {"succeeded": "✓ succeeded", "failed": "✕ failed", "skipped": "– skipped", "running": "… running"}
    st.dataframe(
        rows.assign(outcome=rows["outcome"].map(signs), took=rows["duration_seconds"].map(duration)),
        hide_index=True,
        height=tables.height(rows, most_rows=14),
        placeholder=ABSENT,
        column_order=["step_key", "took", "rows_written", "rows_per_second", "retries", "outcome"],
        column_config={
            "step_key": st.column_config.TextColumn("Step", width=140),
            "took": st.column_config.TextColumn("Took", width=84),
            "rows_written": st.column_config.NumberColumn("Rows", format="%,d", width=84),
            "rows_per_second": st.column_config.NumberColumn("Rows per s", format="%,.0f", width=92),
            "retries": st.column_config.NumberColumn("Retries", format="%d", width=70),
            "outcome": st.column_config.TextColumn("Outcome", width=100),
        },
    )


def _steps_of_run(steps: float, failed: float) -> str:
    if pd.isna(steps):
        return ABSENT
    return f"{steps:.0f}, {failed:.0f} failed" if failed > 0 else f"{steps:.0f}"
