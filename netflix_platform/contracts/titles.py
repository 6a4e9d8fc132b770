"""Titles as Netflix lists them, as a change feed: a film, or one season of a series; each season is its own title."""

from netflix_platform.contracts.feed import Column, Feed, Kind

TITLE_TYPES = ("film", "season")

TITLES = Feed(
    name="titles",
    key=("title_id", "changed_ts"),
    columns=(
        Column("title_id", Kind.ID, "The film or season", required=True),
        Column("changed_ts", Kind.TIMESTAMP, "From when on the row holds (UTC)", required=True),
        Column("title_name", Kind.TEXT, "Name as it is shown; a season's holds the series' name too", required=True),
        Column("title_type", Kind.TEXT, "film or season", required=True, allowed=TITLE_TYPES),
        Column("series_name", Kind.TEXT, "The series that a season belongs to"),
        Column("season_number", Kind.INTEGER, "Season within the series, from 1", minimum=1, maximum=1_000),
        Column("genres", Kind.TEXT, "Genres, most fitting first, separated by a comma and a blank"),
        Column("language", Kind.TEXT, "Original language, as an English word, for example English or Korean"),
        Column("is_original", Kind.BOOLEAN, "Made for the service (true) or licensed (false)"),
        Column("release_date", Kind.DATE, "Day on which it appeared on the service"),
        Column(
            "runtime_minutes",
            Kind.INTEGER,
            "Runtime of the film, or the sum over the season's episodes (min)",
            minimum=1,
            maximum=100_000,
            unit="min",
        ),
        Column("episode_count", Kind.INTEGER, "Episodes of the season; empty for a film", minimum=1, maximum=10_000),
        Column("maturity_rating", Kind.TEXT, "Rating such as TV-MA or PG-13"),
    ),
)
