"""What all pages share: opening the published version, the page's head, notices, sections, and following new versions."""

from __future__ import annotations

import html
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import download, queries
from dashboard.formatting import instant, period
from dashboard.notices import Level, Notice
from dashboard.published import (
    NothingPublished,
    OutdatedVersion,
    Published,
    PublishedProblem,
    VersionGone,
    current,
    pointer_text,
)
from netflix_platform.settings import SettingError, Settings, load_settings

LOOK_EVERY = "20s"
# So much of a text is read without scrolling.
LINES_SHOWN = 12
CHARACTERS_PER_LINE = 60
# The theme gives a level one size, that of a section's title; a heading over several sections is of the same level elsewhere.
_PART_STYLE = "<style>[class*='st-key-part-'] h2 { font-size: 1.35rem; }</style>"
_within_part: ContextVar[bool] = ContextVar("within_part", default=False)
_ICONS = {
    Level.GOOD: ":green[:material/check_circle:]",
    Level.WATCH: ":orange[:material/warning:]",
    Level.BAD: ":red[:material/error:]",
}


@dataclass(frozen=True)
class Opened:
    """What a page starts from: the settings, the version, its own account, and the time (UTC)."""

    settings: Settings
    published: Published
    info: queries.Info
    now: datetime

    @property
    def yesterday(self) -> date:
        """The last day that is over in UTC."""
        return self.settings.last_complete_day(self.now)


def utc_now() -> datetime:
    """The time, read in one place so that a page can be looked at as of any other."""
    return datetime.now(UTC)


def open_published() -> Opened:
    """The version that CURRENT names now. Raises ``SettingError`` or a ``PublishedProblem``; ``explained`` shows them."""
    settings = load_settings()
    published = current(settings.serving_dir)
    return Opened(settings, published, queries.info(published), utc_now())


@contextmanager
def explained() -> Iterator[None]:
    """Shows what keeps a whole page from being shown, in place of the page. A program error is not caught."""
    try:
        yield
    except SettingError as error:
        st.error(f"**A setting cannot be used.** {error}", icon=":material/settings_alert:")
        st.markdown("Mend it in the environment or in `.env`, then start the dashboard again.")
    except VersionGone as error:
        # Versions moved on while the page was being drawn: draw it again, unless CURRENT still names what is gone.
        if pointer_text(load_settings().serving_dir) not in (None, error.published.file.name):
            st.rerun()
        _show_problem(error)
    except PublishedProblem as error:
        _show_problem(error)


def head(title: str, lead: str, opened: Opened) -> None:
    """The page's title, what it is about, and which data it shows."""
    info = opened.info
    st.title(title, anchor=False)
    days = (
        f"event days {period(info.first_event_date, info.last_event_date)}"
        if info.first_event_date and info.last_event_date
        else "no event days yet"
    )
    st.caption(f"{lead} · Published {instant(info.published_at)} · {days} · all days and times in UTC")


def notice(found: Notice | None) -> None:
    """A finding as a colored box; draws nothing for None."""
    if found is None:
        return
    box = {Level.GOOD: st.success, Level.WATCH: st.warning, Level.BAD: st.error}[found.level]
    icon = {Level.GOOD: ":material/check_circle:", Level.WATCH: ":material/warning:", Level.BAD: ":material/error:"}[
        found.level
    ]
    box(f"**{found.headline}.** {found.facts} {found.advice}".strip(), icon=icon)


def notice_line(found: Notice) -> None:
    """A finding as one line of a list, with its advice below when there is some."""
    st.markdown(
        f"{_ICONS[found.level]} **{found.headline}.** {found.facts}" + (f"  \n{found.advice}" if found.advice else "")
    )


def plain(text: str, strong: bool = False, quiet: bool = False) -> None:
    """Text that others wrote, as it is: no Markdown, no HTML, and broken anywhere rather than wider than the page."""
    style = (
        "margin: 0; overflow-wrap: anywhere;"
        + " font-weight: 600;" * strong
        + " opacity: 0.7; font-size: 0.875rem;" * quiet
    )
    st.html(f'<p style="{style}">{html.escape(text)}</p>')


def literally(text: str) -> None:
    """Longer text that others wrote, with a button to copy it; a long one scrolls."""
    height = sum(1 + len(line) // CHARACTERS_PER_LINE for line in text.splitlines())
    st.code(text, language=None, wrap_lines=True, height="content" if height <= LINES_SHOWN else 300)


@dataclass(frozen=True)
class Section:
    """A section that is being drawn: its title, and the place of its download beside it."""

    title: str
    _place: DeltaGenerator

    def offer(self, rows: pd.DataFrame, name: str) -> None:
        """A button at the section's head that downloads ``rows`` as ``<name>.csv``; none for no rows. ``name``: once per page."""
        if rows.empty:
            return
        self._place.download_button(
            "CSV",
            # Made when somebody asks for it, not at every drawing of the page.
            data=lambda: download.csv(rows),
            file_name=f"{name}.csv",
            mime="text/csv",
            key=f"csv_{name}",
            help=f"Download: {self.title}",
            on_click="ignore",
            type="tertiary",
            icon=":material/download:",
        )


@contextmanager
def part(title: str, anchor: str | None = None) -> Iterator[None]:
    """A larger heading over the sections drawn within. ``anchor``: its place in the address; one part of a page may lack it."""
    with st.container(key=f"part-{anchor or 'only'}"):
        st.html(_PART_STYLE)
        st.header(title, anchor=anchor or False)
    token = _within_part.set(True)
    try:
        yield
    finally:
        _within_part.reset(token)


@contextmanager
def section(title: str, help: str | None = None, caption: str | None = None) -> Iterator[Section]:
    """A bordered piece of a page with a heading, a level below the page's or the ``part``'s; ``tolerant`` of what an old version
    lacks.
    """
    heading = st.subheader if _within_part.get() else st.header
    with st.container(border=True, height="stretch"):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            heading(title, help=help, anchor=False, width="content")
            place = st.empty()
        if caption:
            st.caption(caption)
        with tolerant():
            yield Section(title, place)


@contextmanager
def tolerant() -> Iterator[None]:
    """Explains a table or column that the version lacks, in its place, and lets the rest of the page go on."""
    try:
        yield
    except OutdatedVersion as error:
        st.info(f"**{error.headline}** {error.advice}", icon=":material/history:")


def follow(settings: Settings) -> None:
    """Draws the app again once another version is current or the UTC day has changed; looks every ``LOOK_EVERY``."""

    def now() -> tuple[str | None, date]:
        return pointer_text(settings.serving_dir), settings.last_complete_day()

    seen = now()

    @st.fragment(run_every=LOOK_EVERY)
    def look() -> None:
        if now() != seen:
            st.rerun()

    look()


def _show_problem(problem: PublishedProblem) -> None:
    """In place of a page: what is wrong and what to do."""
    show, icon = (
        (st.info, ":material/hourglass_empty:")
        if isinstance(problem, NothingPublished)
        else (st.error, ":material/error:")
    )
    show(f"**{problem.headline}** {problem.advice}", icon=icon)
