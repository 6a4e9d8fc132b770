"""The weekly Top 10 as Netflix publishes it (``all-weeks-global``, saved as TSV or CSV), in this platform's terms.

A row is one title in one of four lists in one week: ``week`` (the Sunday that ends it), ``category``, ``weekly_rank``,
``show_title``, ``season_title`` (``N/A`` for a film), ``weekly_hours_viewed``, and since June 2023 ``runtime`` (hours) and
``weekly_views``; earlier weeks were ranked by hours and lack both. A season whose episodes come out at different times in
different countries has no runtime of its own (0, ``is_staggered_launch``): it is taken as unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from netflix_platform.sources.catalog.report import Refusal
from netflix_platform.sources.delimited import (
    Row,
    TextFileError,
    delimiter_of,
    first_lines,
    header_names,
    header_of,
    read_text,
    rows_of,
)

TOP10_LISTS = ("Films (English)", "Films (Non-English)", "TV (English)", "TV (Non-English)")
PUBLISHED_COLUMNS: dict[str, pl.DataType] = {
    "week_start": pl.Date(),  # Monday
    "top10_list": pl.String(),  # one of TOP10_LISTS
    "rank": pl.Int64(),  # 1 to 10
    "show_title": pl.String(),
    "season_title": pl.String(),  # null for a film
    "title_name": pl.String(),  # the season's title, which holds the show's; a film's title
    "hours_viewed": pl.Int64(),
    "runtime_minutes": pl.Int64(),  # null where it is not published
    "views": pl.Int64(),  # null where they are not published
    "cumulative_weeks_in_top_10": pl.Int64(),
}
_REQUIRED = ("week", "category", "weekly_rank", "show_title", "season_title", "weekly_hours_viewed")
_OPTIONAL = ("runtime", "weekly_views", "cumulative_weeks_in_top_10")
_ABSENT = ("", "n/a", "na", "null")
_SPACES = "\u00a0\u202f "
_GROUPED = rf"^\d{{1,3}}([,.'{_SPACES}]\d{{3}})+$"
_LIST_BY_KEY = {name.lower().replace(" ", ""): name for name in TOP10_LISTS}


class PublishedTop10Error(ValueError):
    """The file as a whole is no such list. The message names the file, what is wrong and what was expected."""


@dataclass(frozen=True)
class PublishedTop10:
    """One file's rows: ``lists`` has ``PUBLISHED_COLUMNS``, in the file's order; ``rows = lists.height + len(refusals)``."""

    file: Path
    rows: int
    lists: pl.DataFrame
    refusals: Sequence[Refusal] = field(default=())

    def messages(self) -> list[str]:
        """One line per refused row: file, line, what is wrong."""
        return [f"{self.file}, line {refusal.line}: {refusal.problem}" for refusal in self.refusals]


def recognizes(file: Path) -> bool:
    """Whether the first line names the columns of the global list; never raises for what the file holds."""
    lines = first_lines(file)
    return bool(lines) and _problem(header_names(lines[0])) is None


def read(file: Path) -> PublishedTop10:
    """Read one file. Raises ``PublishedTop10Error`` for one that is no such list; a bad row is among the refusals."""
    try:
        text = read_text(file)
        header = header_of(text)
        names = header_names(header)
        if problem := _problem(names):
            raise PublishedTop10Error(
                f"{file}: is no weekly Top 10: {problem}; expected all-weeks-global as Netflix publishes it, with the columns "
                f"{', '.join((*_REQUIRED, *_OPTIONAL))}; found {', '.join(names)[:200] or 'nothing'}"
            )
        _, *rows = rows_of(file, text, delimiter_of(header))
    except TextFileError as error:
        raise PublishedTop10Error(str(error)) from error
    judged = _judged(_texts(names, rows))
    refused = judged.filter(pl.col("reason").is_not_null()).select("line", "reason", "problem").rows()
    lists = judged.filter(pl.col("reason").is_null()).select(
        pl.col(name).cast(dtype) for name, dtype in PUBLISHED_COLUMNS.items()
    )
    return PublishedTop10(file, len(rows), lists, tuple(Refusal(*row) for row in refused))


def merged(files: Iterable[PublishedTop10]) -> pl.DataFrame:
    """The rows of several files, each week whole from one of them: the file that reaches furthest, then the last by name.

    ``PUBLISHED_COLUMNS``, newest week first, by list and rank.
    """
    reach = sorted((top10 for top10 in files if top10.lists.height), key=_reach, reverse=True)
    weeks = pl.DataFrame(schema=PUBLISHED_COLUMNS)
    for top10 in reach:
        weeks = pl.concat([weeks, top10.lists.join(weeks, on="week_start", how="anti")])
    return weeks.sort("week_start", "top10_list", "rank", descending=[True, False, False])


def _reach(top10: PublishedTop10) -> tuple[str, str]:
    return str(top10.lists["week_start"].max()), top10.file.name


def _problem(names: Sequence[str]) -> str | None:
    if "country_iso2" in names or "country_name" in names:
        return "it is the list by country"
    missing = [name for name in _REQUIRED if name not in names]
    return f"missing columns {', '.join(missing)}" if missing else None


def _texts(names: Sequence[str], rows: Sequence[Row]) -> pl.DataFrame:
    """The known columns as texts without blanks around them, null for what is absent; ``line`` and ``is_whole``."""
    at = {name: names.index(name) for name in (*_REQUIRED, *_OPTIONAL) if name in names}
    whole = [len(row.values) == len(names) and not row.is_cut for row in rows]
    values: dict[str, list[str | None]] = {
        name: [row.values[at[name]] if ok and name in at else None for row, ok in zip(rows, whole, strict=True)]
        for name in (*_REQUIRED, *_OPTIONAL)
    }
    frame = pl.DataFrame(values, schema=dict.fromkeys(values, pl.String))
    stripped = [pl.col(name).str.strip_chars().str.strip_chars(_SPACES) for name in values]
    return frame.with_columns(
        pl.when(~text.str.to_lowercase().is_in(_ABSENT)).then(text) for text in stripped
    ).with_columns(
        line=pl.Series([row.line for row in rows], dtype=pl.Int64), is_whole=pl.Series(whole, dtype=pl.Boolean)
    )


def _judged(texts: pl.DataFrame) -> pl.DataFrame:
    """``PUBLISHED_COLUMNS`` with ``line``, and for rows that cannot be taken a ``reason`` and the ``problem`` in words."""
    week = pl.col("week").str.replace(r"[ T]00:00(:00)?$", "").str.to_date("%Y-%m-%d", strict=False)
    hours = pl.col("runtime").str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
    minutes = (hours * 60).round().cast(pl.Int64, strict=False)
    key = pl.col("category").str.to_lowercase().str.replace_all(rf"[{_SPACES}]", "")
    parsed = texts.with_columns(
        week_end=week,
        week_start=week - pl.duration(days=6),
        top10_list=key.replace_strict(_LIST_BY_KEY, default=None, return_dtype=pl.String),
        rank=_count("weekly_rank"),
        title_name=pl.coalesce("season_title", "show_title"),
        hours_viewed=_count("weekly_hours_viewed"),
        runtime_minutes=pl.when(minutes.is_between(1, 100_000)).then(minutes),
        views=_count("weekly_views"),
        weeks=_count("cumulative_weeks_in_top_10"),
        is_runtime=pl.col("runtime").is_null() | hours.is_between(0, 1_000).fill_null(False),
    )
    problems = (
        (
            "wrong_number_of_fields",
            ~pl.col("is_whole"),
            pl.lit("the row has more or fewer values than the header has columns"),
        ),
        (
            "unreadable_week",
            pl.col("week_start").is_null(),
            _quoted("week {} is no date; write it like 2026-07-19", "week"),
        ),
        (
            "wrong_week",
            pl.col("week_end").dt.weekday() != 7,
            _quoted("week {} is no Sunday; a week is named by its end", "week"),
        ),
        (
            "unknown_list",
            pl.col("top10_list").is_null(),
            _quoted("category {} is none of " + ", ".join(TOP10_LISTS), "category"),
        ),
        (
            "bad_rank",
            ~pl.col("rank").is_between(1, 10).fill_null(False),
            _quoted("weekly_rank {} is no whole number from 1 to 10", "weekly_rank"),
        ),
        ("missing_title", pl.col("title_name").is_null(), pl.lit("the row has neither show_title nor season_title")),
        (
            "unreadable_number",
            pl.col("hours_viewed").is_null(),
            _quoted("weekly_hours_viewed {} is no whole number", "weekly_hours_viewed"),
        ),
        ("unreadable_number", ~pl.col("is_runtime"), _quoted("runtime {} is no number of hours", "runtime")),
        (
            "unreadable_number",
            pl.col("weekly_views").is_not_null() & pl.col("views").is_null(),
            _quoted("weekly_views {} is no whole number", "weekly_views"),
        ),
    )
    judged = parsed.with_columns(
        reason=pl.coalesce(pl.when(bad).then(pl.lit(reason)) for reason, bad, _ in problems),
        problem=pl.coalesce(pl.when(bad).then(text) for _, bad, text in problems),
    ).drop("cumulative_weeks_in_top_10")
    is_good = pl.col("reason").is_null()
    is_repeated = is_good & (is_good.cum_sum().over("week_start", "top10_list", "rank") > 1)
    repeated = pl.lit("the week, list and rank have come before; the first row is kept")
    return judged.with_columns(
        reason=pl.coalesce("reason", pl.when(is_repeated).then(pl.lit("repeated_rank"))),
        problem=pl.coalesce("problem", pl.when(is_repeated).then(repeated)),
    ).rename({"weeks": "cumulative_weeks_in_top_10"})


def _count(name: str) -> pl.Expr:
    """A whole number, with or without thousands separators; null for anything else."""
    text = pl.col(name)
    plain = pl.when(text.str.contains(_GROUPED)).then(text.str.replace_all(rf"[,.'{_SPACES}]", "")).otherwise(text)
    return plain.str.replace(r"\.0+$", "").cast(pl.Int64, strict=False)


def _quoted(sentence: str, name: str) -> pl.Expr:
    return pl.format(sentence, pl.format("'{}'", pl.col(name).fill_null("")))
