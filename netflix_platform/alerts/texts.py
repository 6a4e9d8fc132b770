"""What an alert says: plain text out of incidents, safe to be shown by any service.

Titles and details hold outside data (file names, field values). A service may read markup, mentions or links into them, so
what could be taken for such is replaced by what looks the same and means nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from netflix_platform.alerts.incidents import SEVERITIES, Incident, bounded
from netflix_platform.alerts.outbox import Due
from netflix_platform.settings import Settings

_LONGEST_TITLE = 180
_LONGEST_DETAILS = 700
_MOST_INCIDENTS = 5  # in one message; the dashboard has them all
_MOST_DAYS = 10
_NO_SPACE = "\u200b"
# Slack reads <!channel> and <url|text>, Discord and others @everyone, Markdown [text](url) and `code`; URLs become links.
_LOOK_ALIKES = {"<": "‹", ">": "›", "@": f"@{_NO_SPACE}", "://": f":{_NO_SPACE}//", "](": f"]{_NO_SPACE}(", "`": "'"}


@dataclass(frozen=True)
class Message:
    """One alert as it is handed to Apprise; ``severity`` is ERROR, WARN, or OVER for a closing."""

    title: str
    body: str
    severity: str


def message_of(told: Sequence[Due], settings: Settings) -> Message:
    """The message for incidents that are told together: one edge, one run; the weightiest first, in the title too."""
    is_over = told[0].edge == "closed"
    incidents = sorted((due.incident for due in told), key=lambda one: -SEVERITIES.index(one.severity))
    severity = incidents[0].severity
    more = f" (and {len(incidents) - 1} more)" if len(incidents) > 1 else ""
    label = "[over]" if is_over else f"[{severity}]"
    title = f"{label} {bounded(_heading(incidents[0]), _LONGEST_TITLE)}{more}"
    parts = [_paragraph(one, is_over, settings, with_heading=bool(more)) for one in incidents[:_MOST_INCIDENTS]]
    if len(incidents) > _MOST_INCIDENTS:
        parts.append(f"… and {len(incidents) - _MOST_INCIDENTS} more.")
    parts.append(f"All incidents: http://127.0.0.1:{settings.dashboard_port}")
    return Message(title, "\n\n".join(parts), "OVER" if is_over else severity)


def harmless(text: str) -> str:
    """``text`` as any service shows it literally: no mention, no link, no markup."""
    for taken, instead in _LOOK_ALIKES.items():
        text = text.replace(taken, instead)
    return text


def _heading(incident: Incident) -> str:
    days = _span(incident.first_day, incident.last_day)
    named = days and str(incident.first_day) not in incident.title
    return harmless(" ".join(incident.title.split())) + (f", {days}" if named else "")


def _paragraph(incident: Incident, is_over: bool, settings: Settings, with_heading: bool) -> str:
    opened, closed = _minute(incident.opened_at), incident.closed_at
    since = f"From {opened} to {_minute(closed)}" if is_over and closed else f"Since {opened}"
    often = f", seen {incident.occurrences} times" if incident.occurrences > 1 else ""
    lines = [
        _heading(incident) if with_heading else "",
        harmless(bounded(incident.details, _LONGEST_DETAILS)),
        _days(incident),
        f"{since} (UTC){often}.",
        "It comes and goes: at least the fourth time within an hour." if incident.comes_and_goes else "",
        f"Run: http://127.0.0.1:{settings.webserver_port}/runs/{incident.run_id}" if incident.run_id else "",
        f"First: {harmless(incident.first_step)}" if incident.first_step and not is_over else "",
    ]
    return "\n".join(line for line in lines if line)


def _days(incident: Incident) -> str:
    days = sorted(incident.days)
    if not days:
        span = _span(incident.first_day, incident.last_day)
        return f"Days: {span}" if span else ""
    shown = ", ".join(str(day) for day in days[:_MOST_DAYS])
    more = f" and {len(days) - _MOST_DAYS} more, up to {days[-1]}" if len(days) > _MOST_DAYS else ""
    return f"Days: {shown}{more}"


def _span(first: date | None, last: date | None) -> str:
    if first is None or last is None or first == last:
        return str(first or last or "")
    return f"{first} to {last}"


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"
