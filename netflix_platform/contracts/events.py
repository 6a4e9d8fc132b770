"""Watch events: what a player reports while somebody watches, and what a user does beside watching.

Version 2 brought ``audio_language`` (what is heard, where titles are dubbed) and retired ``bitrate_kbps``: a bitrate at the
moment of an event says nothing about the seconds before it, which the event is about.
"""

from netflix_platform.contracts.feed import Column, Feed, Kind

PLAYBACK_TYPES = ("play", "heartbeat", "pause", "resume", "stop", "error")
OTHER_TYPES = ("search", "rate", "add_to_list")
ABOUT_A_TITLE = (*PLAYBACK_TYPES, "rate", "add_to_list")

# A player reports at least once an hour, so no event can carry more than a day of watching; a larger number is a bug of
# the sender and would drown the day's sum.
SECONDS_IN_A_DAY = 86_400

EVENTS = Feed(
    name="events",
    key=("event_id",),
    event_time="event_ts",
    type_column="event_type",
    version=2,
    version_column="schema_version",
    columns=(
        Column("event_id", Kind.ID, "Unique id of the event; the same id again is the same event", required=True),
        Column("event_type", Kind.TEXT, "What happened", required=True, allowed=(*PLAYBACK_TYPES, *OTHER_TYPES)),
        Column("event_ts", Kind.TIMESTAMP, "When it happened (UTC)", required=True),
        Column("received_ts", Kind.TIMESTAMP, "When the collector received it (UTC)"),
        Column("user_id", Kind.ID, "The account", required=True),
        Column("profile_id", Kind.ID, "The profile within the account"),
        Column("session_id", Kind.ID, "The visit: from opening the application to leaving it"),
        Column("playback_id", Kind.ID, "One viewing of one film or episode", required_for=PLAYBACK_TYPES),
        Column("title_id", Kind.ID, "The film or season that it is about", required_for=ABOUT_A_TITLE),
        Column("episode_number", Kind.INTEGER, "Episode within the season, from 1", minimum=1, maximum=10_000),
        Column(
            "position_seconds",
            Kind.SECONDS,
            "Position in the film or episode (s)",
            minimum=0,
            maximum=604_800,
            unit="s",
        ),
        Column(
            "watched_seconds",
            Kind.SECONDS,
            "Seconds watched since the previous event of the playback (s)",
            minimum=0,
            maximum=SECONDS_IN_A_DAY,
            unit="s",
        ),
        Column(
            "buffering_seconds",
            Kind.SECONDS,
            "Seconds spent waiting for data since the previous event of the playback (s)",
            minimum=0,
            maximum=SECONDS_IN_A_DAY,
            unit="s",
        ),
        Column("rebuffer_count", Kind.INTEGER, "Interruptions since the previous event", minimum=0, maximum=100_000),
        Column(
            "startup_ms",
            Kind.INTEGER,
            "Time to the first picture, on play (ms)",
            minimum=0,
            maximum=3_600_000,
            unit="ms",
        ),
        Column(
            "bitrate_kbps",
            Kind.INTEGER,
            "Video bitrate at the event (kbit/s); senders of version 2 need not send it",
            minimum=0,
            maximum=1_000_000,
            retired=2,
        ),
        Column("audio_language", Kind.TEXT, "Language of the audio track (BCP 47), for example en or pt-BR", since=2),
        Column("device_type", Kind.TEXT, "tv, pc, phone, tablet, or whatever the player calls itself"),
        Column("country", Kind.TEXT, "ISO 3166-1 alpha-2 code of where it was watched"),
        Column("app_version", Kind.TEXT, "Version of the player"),
        Column("schema_version", Kind.INTEGER, "Version of this contract that the sender wrote to", minimum=1),
    ),
)
