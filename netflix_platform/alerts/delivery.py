"""Alerts on their way out, through Apprise: one target's trouble delays and repeats nothing at another.

No URL is ever logged, stored or raised: Apprise's own log is silenced, and of what it says only a status code is kept.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue

import apprise

from netflix_platform.alerts.outbox import Due, Outbox, together
from netflix_platform.alerts.store import IncidentStore
from netflix_platform.alerts.targets import Target
from netflix_platform.alerts.texts import Message, message_of
from netflix_platform.settings import Settings

PHASE_SECONDS = 15.0  # a sensor's tick and a command wait no longer than this
_CONNECT_SECONDS, _ANSWER_SECONDS = 2.0, 4.0
_THREAD = "netflix-alerts"
_TALKATIVE = ("apprise", "requests", "urllib3", "urllib3.connectionpool", "urllib3.util.retry", "charset_normalizer")
_TYPES = {
    "ERROR": apprise.NotifyType.FAILURE,
    "WARN": apprise.NotifyType.WARNING,
    "OVER": apprise.NotifyType.SUCCESS,
}
_STATUS = re.compile(r"error[=:]\s*(\d{3})\b")


@dataclass(frozen=True)
class Answer:
    """What came of one message at one target; ``problem`` is null when it was accepted."""

    told: Sequence[Due]
    problem: str | None


def deliver(store: IncidentStore, settings: Settings, seconds: float = PHASE_SECONDS) -> list[str]:
    """Send what is due, all targets at once, for ``seconds`` at most; returns the problems, in words without secrets.

    A target that fails once is left alone for this time. What is not answered in time counts as failed.
    """
    outbox = Outbox(store)
    claimed = outbox.claim()
    answers: SimpleQueue[Answer] = SimpleQueue()
    deadline = time.monotonic() + seconds
    waiting: dict[Target, list[list[Due]]] = {}
    for target, due in claimed.items():
        waiting[target] = together(due)
        messages = [(told, message_of(told, settings)) for told in waiting[target]]
        # A daemon thread: a name server or a mail host that never answers must not keep a command from ending.
        threading.Thread(
            target=_send_all, args=(target, messages, answers, deadline), name=_THREAD, daemon=True
        ).start()
    problems = _settle(outbox, waiting, answers, deadline)
    for target, left in waiting.items():
        if left:
            problem = f"no answer within {seconds:.0f} s"
            outbox.failed(left[0], problem)
            outbox.put_off([due for told in left[1:] for due in told], problem)
            problems.append(f"{target.shown_as}: {problem}")
    return problems


def _settle(
    outbox: Outbox, waiting: dict[Target, list[list[Due]]], answers: SimpleQueue[Answer], deadline: float
) -> list[str]:
    """Write down answers as they come, until there is one for every message or the time is over."""
    problems = []
    while any(waiting.values()) and (left := deadline - time.monotonic()) > 0:
        try:
            answer = answers.get(timeout=left)
        except Empty:
            break
        target = answer.told[0].target
        waiting[target].remove(list(answer.told))
        if answer.problem is None:
            outbox.delivered(answer.told)
            continue
        problems.append(f"{target.shown_as}: {answer.problem}")
        outbox.failed(answer.told, answer.problem)
        outbox.put_off([due for told in waiting[target] for due in told], answer.problem)
        waiting[target] = []
    return problems


def _send_all(
    target: Target, messages: Sequence[tuple[list[Due], Message]], answers: SimpleQueue[Answer], deadline: float
) -> None:
    for told, message in messages:
        if time.monotonic() > deadline:
            return
        problem = send(target, message)
        answers.put(Answer(told, problem))
        if problem:
            return


def send(target: Target, message: Message) -> str | None:
    """Hand one message to one target; returns what went wrong, in words without secrets, or ``None``."""
    _silence.statuses.code = None
    try:
        service = apprise.Apprise.instantiate(target.url, asset=_asset())
        if not isinstance(service, apprise.NotifyBase):
            return "Apprise does not know this kind of URL, or a part of it is missing; compare it with Apprise's list"
        service.socket_connect_timeout = min(service.socket_connect_timeout or _CONNECT_SECONDS, _CONNECT_SECONDS)
        service.socket_read_timeout = min(service.socket_read_timeout or _ANSWER_SECONDS, _ANSWER_SECONDS)
        if service.overflow_mode == apprise.OverflowMode.UPSTREAM:
            service.overflow_mode = apprise.OverflowMode.TRUNCATE  # one alert stays one message
        # The service itself, not an Apprise object around it: that one sends in threads which a process waits for at its end.
        accepted = service.notify(
            body=message.body,
            title=message.title,
            notify_type=_TYPES[message.severity],
            body_format=apprise.NotifyFormat.TEXT,
        )
    except Exception as error:  # a plugin may raise anything, and its message may hold the URL
        return f"could not be sent ({type(error).__name__})"
    if accepted:
        return None
    code = getattr(_silence.statuses, "code", None)
    return f"answered {code}" if code else "cannot be reached, or refuses"


def _asset() -> apprise.AppriseAsset:
    return apprise.AppriseAsset(
        app_id="Netflix-style platform",
        app_desc="Alerts of the data platform",
        storage_mode=apprise.PersistentStoreMode.MEMORY,
        async_mode=False,
    )


class _Silence(logging.Filter):
    """Keeps to itself what Apprise and the libraries below it log while an alert is sent: their messages hold URLs."""

    def __init__(self) -> None:
        super().__init__()
        self.statuses = threading.local()

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith("apprise") or threading.current_thread().name == _THREAD:
            found = _STATUS.search(record.getMessage())
            if found:
                self.statuses.code = found[1]
            return False
        return True


_silence = _Silence()
for _name in _TALKATIVE:
    logging.getLogger(_name).addFilter(_silence)
