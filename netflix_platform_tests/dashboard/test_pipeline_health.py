"""The Pipeline health page as a person meets it, on real serving files."""

from netflix_platform_tests.dashboard.sample import DAY, yesterday
from netflix_platform_tests.dashboard.seen import HEALTH, said


def test_pipeline_health_of_a_healthy_platform(opened, demo_dir):
    app = opened(demo_dir, HEALTH)
    text = said(app)
    for verdict in (
        "Fresh.",
        "Nothing is held back.",
        "Every event day passed.",
        "Row ledger balances.",
        "Warehouse ledger balances.",
    ):
        assert verdict in text
    assert not app.error
    assert not app.warning
    assert app.metric[0].delta == "on time"
    assert "✓ published this" in app.dataframe[2].value.to_string()
    assert [heading.value for heading in app.subheader] == [
        "Verdict",
        "Event days",
        "Row ledger, by arrival day",
        "Warehouse ledger, by event day",
        "Last runs",
        "Failed checks",
        "Published version",
    ]


def test_an_unbalanced_day_is_flagged_first(opened, written):
    app = opened(written(unbalanced_days=(yesterday() - 5 * DAY,)), HEALTH)
    assert "Row ledger does not balance" in said(app)
    ledger = next(table.value for table in app.dataframe if "received_rows" in table.value)
    assert ledger["verdict"].iloc[0] == "✕ off by 12"
    assert set(ledger["verdict"].iloc[1:]) == {"✓ balanced"}


def test_the_feed_of_the_ledger_can_be_chosen(opened, demo_dir):
    app = opened(demo_dir, HEALTH)
    assert app.dataframe[0].value["feed"].unique().tolist() == ["events"]
    app.segmented_control(key="feed").set_value("users").run()
    assert app.dataframe[0].value["feed"].unique().tolist() == ["users"]


def test_every_kept_version_is_listed_and_the_shown_one_marked(opened, written):
    data_dir = written(last_day=yesterday() - DAY)
    newest = written()
    assert newest == data_dir
    versions = opened(data_dir, HEALTH).dataframe[-1].value
    assert versions["state"].tolist() == ["● shown", "kept"]
