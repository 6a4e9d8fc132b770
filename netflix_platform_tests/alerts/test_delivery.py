"""Alerts that arrive at a real server: once, whoever is dead, killed or at work at the same time; and no secret anywhere."""

import logging
import multiprocessing
import threading
from datetime import date

import pytest

from netflix_platform.alerts import delivery
from netflix_platform.alerts.delivery import deliver
from netflix_platform.alerts.outbox import Outbox
from netflix_platform.alerts.store import Problem, open_store
from netflix_platform.alerts.targets import targets_of
from netflix_platform_tests.alerts.webhook import Clock, listening
from netflix_platform_tests.ports import free_ports

DAY = date(2026, 6, 1)
SECRET = "s3cret-t0ken"


def problem(key="given_up_day:2026-06-01", **changes):
    values = {
        "kind": "given_up_day",
        "severity": "ERROR",
        "title": f"{key} is wrong",
        "first_day": DAY,
        "last_day": DAY,
    }
    return Problem(key=key, **{**values, **changes})


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def webhook():
    with listening() as server:
        yield server


@pytest.fixture
def tell(with_days, clock):
    """Deliver once to the given URLs, after doing something to the store; returns the problems."""

    def once(*urls, action=lambda store: None, severity="warn", seconds=10.0):
        settings = with_days(alert_urls=urls, alert_severity=severity)
        with open_store(settings, clock) as store:
            action(store)
            return deliver(store, settings, seconds)

    return once


def reporting(*problems):
    return lambda store: [store.report(one) for one in problems]


def resolving(key="given_up_day:2026-06-01"):
    return lambda store: store.resolve(key)


def records(with_days, clock):
    with open_store(with_days(), clock) as store:
        rows = store.connection.execute("select * from alert_records order by incident_id").fetchall()
    return [dict(row) for row in rows]


def test_one_alert_when_it_opens_none_while_it_lasts_one_when_it_is_over(tell, webhook, clock):
    assert tell(webhook.url(), action=reporting(problem())) == []
    [opened] = webhook.messages
    assert opened["title"] == "[ERROR] given_up_day:2026-06-01 is wrong"
    assert opened["type"] == "failure"
    for _ in range(3):
        clock.advance(minutes=2)
        tell(webhook.url(), action=reporting(problem()))
    assert len(webhook.messages) == 1
    tell(webhook.url(), action=resolving())
    tell(webhook.url(), action=resolving())
    assert webhook.titles[1:] == ["[over] given_up_day:2026-06-01 is wrong"]
    assert webhook.messages[1]["type"] == "success"
    assert "From 2026-06-10 12:00:00 to 2026-06-10 12:06:00 (UTC), seen 4 times." in webhook.messages[1]["message"]


def test_a_dead_target_is_tried_again_and_the_other_hears_once(tell, webhook, clock, with_days):
    port = free_ports()
    urls = (f"json://127.0.0.1:{port}/", webhook.url())
    [trouble] = tell(*urls, action=reporting(problem()))
    assert trouble == f"json://127.0.0.1:{port} (entry 1): cannot be reached, or refuses"
    assert records(with_days, clock)[0]["delivery_problem"] == trouble
    assert records(with_days, clock)[0]["sent"] == 1

    clock.advance(seconds=29)
    assert tell(*urls) == []  # its wait is not over
    clock.advance(seconds=1)
    assert len(tell(*urls)) == 1
    with listening(port) as back:
        clock.advance(seconds=59)
        tell(*urls)
        assert back.messages == []  # the wait has doubled
        clock.advance(seconds=1)
        assert tell(*urls) == []
        assert back.titles == webhook.titles == ["[ERROR] given_up_day:2026-06-01 is wrong"]
    assert records(with_days, clock)[0]["delivery_problem"] is None


def test_a_target_that_refuses_is_told_of_with_its_answer(tell, webhook, clock):
    webhook.status = 403
    assert tell(webhook.url(), action=reporting(problem())) == [
        f"json://127.0.0.1:{webhook.port} (entry 1): answered 403"
    ]
    webhook.status = 200
    clock.advance(seconds=30)
    assert tell(webhook.url()) == []
    assert len(webhook.messages) == 1


def test_a_target_is_given_up_after_a_day(tell, clock, with_days):
    url = f"json://127.0.0.1:{free_ports()}/"
    tell(url, action=reporting(problem()))
    attempts = 1
    for _ in range(24 * 12):
        clock.advance(minutes=5)
        attempts += len(tell(url))
    assert 25 < attempts < 35  # six within the first half hour, then one an hour
    [record] = records(with_days, clock)
    assert record["delivery_problem"].endswith("given up after a day: cannot be reached, or refuses")
    assert record["sent"] == 0
    clock.advance(hours=2)
    assert tell(url) == []


def test_what_ended_before_anybody_was_told_is_one_message(tell, clock):
    port = free_ports()
    url = f"json://127.0.0.1:{port}/"
    tell(url, action=reporting(problem()))
    clock.advance(hours=1)
    with listening(port) as back:
        tell(url, action=resolving())
        tell(url)
        assert back.titles == ["[over] given_up_day:2026-06-01 is wrong"]


def test_a_target_that_never_answers_holds_nobody_up(tell, webhook, clock):
    with listening() as silent:
        silent.silent.set()
        [trouble] = tell(silent.url(), webhook.url(), action=reporting(problem(), problem("freshness:a")), seconds=0.5)
        assert trouble.endswith("no answer within 0 s") or trouble.endswith("no answer within 1 s")
    assert len(webhook.messages) == 1


def test_only_severities_that_are_set_are_sent_and_all_are_recorded(tell, webhook, clock, with_days):
    warning = problem("failed_check:w", kind="failed_check", severity="WARN")
    tell(webhook.url(), action=reporting(warning, problem()), severity="error")
    assert webhook.titles == ["[ERROR] given_up_day:2026-06-01 is wrong"]
    assert [record["sent"] for record in records(with_days, clock)] == [0, 1]
    tell(webhook.url(), action=resolving("failed_check:w"), severity="error")
    assert len(webhook.messages) == 1

    tell(webhook.url(), action=reporting(problem("failed_check:x", kind="failed_check", severity="WARN")))
    assert webhook.titles[1:] == ["[WARN] failed_check:x is wrong, 2026-06-01"]
    assert webhook.messages[1]["type"] == "warning"


def test_a_warning_that_becomes_an_error_is_sent(tell, webhook):
    tell(webhook.url(), action=reporting(problem(severity="WARN")), severity="error")
    tell(webhook.url(), action=reporting(problem(severity="ERROR")), severity="error")
    assert webhook.titles == ["[ERROR] given_up_day:2026-06-01 is wrong"]


def test_without_targets_incidents_are_recorded_and_a_new_target_hears_of_open_ones(tell, webhook, clock, with_days):
    assert tell(action=reporting(problem(), problem("freshness:a"))) == []
    assert [record["sent"] for record in records(with_days, clock)] == [0, 0]
    tell(action=resolving("freshness:a"))
    tell(webhook.url())
    assert webhook.titles == ["[ERROR] given_up_day:2026-06-01 is wrong"]


def test_what_one_run_brought_is_one_message(tell, webhook):
    of_run = [
        problem("failed_check:w", kind="failed_check", severity="WARN", run_id="run-1"),
        *(problem(f"failed_check:{n}", kind="failed_check", run_id="run-1") for n in range(6)),
    ]
    tell(webhook.url(), action=reporting(*of_run, problem("failed_check:other", kind="failed_check", run_id="run-2")))
    assert sorted(webhook.titles) == [
        "[ERROR] failed_check:0 is wrong, 2026-06-01 (and 6 more)",
        "[ERROR] failed_check:other is wrong, 2026-06-01",
    ]
    joined = next(message for message in webhook.messages if "more" in message["title"])
    assert "… and 2 more." in joined["message"]


def test_what_comes_and_goes_is_told_three_times_and_then_only_when_it_lasts(tell, webhook, clock, with_days):
    for _ in range(5):
        tell(webhook.url(), action=reporting(problem()))
        clock.advance(seconds=30)
        tell(webhook.url(), action=resolving())
        clock.advance(seconds=30)
    assert len(webhook.messages) == 6  # three openings, three ends
    assert "came and went" in records(with_days, clock)[-1]["delivery_problem"]

    tell(webhook.url(), action=reporting(problem()))
    clock.advance(minutes=9)
    tell(webhook.url())
    assert len(webhook.messages) == 6
    clock.advance(minutes=1)
    tell(webhook.url())
    assert "comes and goes" in webhook.messages[6]["message"]
    tell(webhook.url(), action=resolving())
    assert webhook.titles[7].startswith("[over]")


def test_the_same_problem_of_other_days_does_not_come_and_go(tell, webhook):
    for number in range(1, 6):
        day = date(2026, 6, number)
        tell(
            webhook.url(), action=reporting(problem("failed_check:a", kind="failed_check", first_day=day, last_day=day))
        )
        tell(webhook.url(), action=resolving("failed_check:a"))
    assert len(webhook.messages) == 10


def test_killed_between_claim_and_sending_loses_nothing(tell, webhook, clock, with_days):
    settings = with_days(alert_urls=(webhook.url(),))
    with open_store(settings, clock) as store:
        store.report(problem())
        assert Outbox(store).claim()  # and the process is gone
    clock.advance(seconds=59)
    tell(webhook.url())
    assert webhook.messages == []  # the claim holds
    clock.advance(seconds=1)
    tell(webhook.url())
    tell(webhook.url())
    assert len(webhook.messages) == 1


def test_a_closing_waits_for_the_opening_that_is_being_sent(tell, webhook, clock, with_days):
    settings = with_days(alert_urls=(webhook.url(),))
    with open_store(settings, clock) as store:
        store.report(problem())
        sending = Outbox(store)
        [claimed] = sending.claim().values()
        tell(webhook.url(), action=resolving())
        assert webhook.messages == []
        sending.delivered(claimed)
    tell(webhook.url())
    assert webhook.titles == ["[over] given_up_day:2026-06-01 is wrong"]


def deliver_all(settings, begin):
    begin.wait()
    with open_store(settings) as store:
        deliver(store, settings)


def test_two_processes_at_once_send_once(webhook, with_days):
    settings = with_days(alert_urls=(webhook.url(),))
    with open_store(settings) as store:
        for number in range(10):
            store.report(problem(f"failed_check:{number}", kind="failed_check", run_id=f"run-{number}"))
    context = multiprocessing.get_context("spawn")
    begin = context.Barrier(2)
    processes = [context.Process(target=deliver_all, args=(settings, begin)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    assert sorted(webhook.titles) == [f"[ERROR] failed_check:{number} is wrong, 2026-06-01" for number in range(10)]


@pytest.mark.parametrize(
    "url",
    [
        f"json://user:{SECRET}@127.0.0.1:PORT/{SECRET}?token={SECRET}",
        f"json://user:a/b@{SECRET}@127.0.0.1:PORT/",
        f"tgram://123456789:{SECRET}-abcdefghijklmnopqrstuvwxyz/chat",
        f"nosuchservice://{SECRET}/x",
        f"slack://{SECRET}",
        f"json://[{SECRET}",
    ],
)
def test_no_secret_is_stored_logged_or_told(url, tell, clock, with_days, caplog, capfd, monkeypatch):
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{free_ports()}")  # nothing leaves this machine
    caplog.set_level(logging.DEBUG)
    root = logging.getLogger()
    monkeypatch.setattr(root, "level", 1)
    url = url.replace("PORT", str(free_ports()))
    problems = tell(url, action=reporting(problem()))
    clock.advance(minutes=1)
    problems += tell(url)
    assert len(problems) == 2
    assert "(entry 1)" in problems[0]
    written = b"".join(file.read_bytes() for file in with_days().alerts_file.parent.iterdir())
    printed = capfd.readouterr()
    for text in (*problems, caplog.text, printed.out, printed.err, written.decode(errors="replace")):
        assert SECRET not in text


def test_an_unknown_kind_of_url_is_told_by_its_place(tell, webhook):
    [trouble] = tell(webhook.url(), f"nosuchservice://{SECRET}/x", action=reporting(problem()))
    assert trouble.startswith("nosuchservice (entry 2): Apprise does not know this kind of URL")
    assert len(webhook.messages) == 1


def test_an_exception_of_a_service_is_told_without_its_words(tell, webhook, monkeypatch):
    def explode(*args, **kwargs):
        raise RuntimeError(f"token {SECRET}")

    monkeypatch.setattr("apprise.plugins.custom_json.NotifyJSON.notify", explode)
    [trouble] = tell(webhook.url(), action=reporting(problem()))
    assert trouble.endswith("could not be sent (RuntimeError)")


def test_other_threads_may_log_as_before(caplog):
    caplog.set_level(logging.DEBUG, logger="urllib3.connectionpool")
    logging.getLogger("urllib3.connectionpool").debug("of somebody else")
    assert "of somebody else" in caplog.text
    assert threading.current_thread().name != delivery._THREAD


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("json://127.0.0.1:8080/path", "json://127.0.0.1:8080"),
        ("mailto://user:password@example.com", "mailto://example.com"),
        ("json://user:pa@ss@host/", "json"),
        ("json://user:1234/56@host/", "json"),
        ("json://user:pa/56@host/", "json"),
        ("slack://T1/B2/x", "slack"),
        ("tgram://token/chat", "tgram"),
    ],
)
def test_targets_are_shown_without_what_could_be_secret(url, shown):
    [target] = targets_of([url], "salt")
    assert target.shown_as == f"{shown} (entry 1)"
    assert url not in repr(target)


def test_a_url_that_is_there_twice_counts_once():
    assert len(targets_of(["json://a", "json://a", "json://b"], "salt")) == 2
