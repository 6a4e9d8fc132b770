"""The dashboard's colors, by meaning; text and background colors belong to ``.streamlit/config.toml``.

Every color stands out at least 3:1 from the light and from the dark background, and neighbors in one chart can be told apart
with the common forms of color blindness (hues after Okabe and Ito, "Color Universal Design", 2008). Where a color carries a
state, a sign or a word carries it too.
"""

from __future__ import annotations

PLAYS = "#3b82c4"
ACTIVE_USERS = "#8a6bbd"
PREVIOUS_PERIOD = "#8a919b"
HOURS = "#3b82c4"
SHADE = "#8a919b"
NO_DATA = "#d17a22"
MARKED_DAY = "#a3459b"

ACCEPTED = "#3b82c4"
REPEATED = "#c08a1e"
QUARANTINED = "#cc4b2c"

STATE_COLORS = {
    "audited": "#1a9382",
    "waived": "#c08a1e",
    "loaded": "#3b82c4",
    "not loaded": "#8a6bbd",
    "failed": "#cc4b2c",
    "missing": "#8a919b",
}
# Signs that differ without any color; "audited" is the rule and stays unmarked.
STATE_SIGNS = {"audited": "", "waived": "w", "loaded": "…", "not loaded": "–", "failed": "✕", "missing": "?"}

# A run's time by layer, in the order of the flow.
LAYER_COLORS = {
    "raw": "#8a6bbd",
    "lake": "#3b82c4",
    "warehouse": "#1a9382",
    "dbt": "#c08a1e",
    "audit": "#b8578f",
    "serving": "#4d8f3a",
    "other": "#7d6f64",
    "between steps": "#8a919b",
}
STEP_COLORS = {"succeeded": "#3b82c4", "failed": "#cc4b2c", "skipped": "#8a919b", "running": "#c08a1e"}
# Orders of magnitude of late rows: one color over whatever the ground is; a cell's outline is always in full color.
LATE = "#3b82c4"
LATE_CLASSES = {"1 – 9": f"{LATE}1f", "10 – 99": f"{LATE}66", "100 – 999": f"{LATE}b3", "1,000 or more": LATE}

# How a rank moved; the sign beside it says the same.
RANK_COLORS = {"up": "#1a9382", "down": "#cc4b2c", "new or back": "#8a6bbd", "same": "#8a919b"}
# The four lists of the Top 10; lines of them differ in their dashes too.
LIST_COLORS = {
    "Films (English)": "#3b82c4",
    "TV (English)": "#c08a1e",
    "Films (Non-English)": "#a3459b",
    "TV (Non-English)": "#1a9382",
}

# Text on a chart's ground, and on a cell that bears a state's color.
QUIET_TEXT = "#8a919b"
ON_COLOR = "#ffffff"

# What happens to subscribers; those who leave stand below the line besides.
MOVEMENT_COLORS = {"sign_ups": "#3b82c4", "returns": "#c08a1e", "first_seen": "#7d6f64", "cancellations": "#cc4b2c"}
# Ends of the scale of cells that bear a figure, least first: both dark enough for ``ON_COLOR`` on either ground.
FIGURE_SHADES = ("#66758a", "#2166b0")
WEEKDAYS = "#3b82c4"
WEEKENDS = "#c08a1e"
# Playback quality: the figure, what is usual, and an hour or a member that is far from it (a word or a sign says so too).
QUALITY = "#3b82c4"
USUAL = "#8a919b"
TROUBLE = "#cc4b2c"

# Users of a household, biggest first. In this order those next to each other in a stack are furthest apart with every common form
# of color blindness.
USER_COLORS = ("#3b82c4", "#c08a1e", "#a3459b", "#7d6f64", "#6a5acd", "#cc4b2c")
# A heat map's classes, weakest first: one color over whatever the ground is.
SHADES = (f"{HOURS}4d", f"{HOURS}8c", f"{HOURS}bf", HOURS)
NOTHING = "#8a919b26"
UNKNOWN = f"{NO_DATA}80"
# The part of a whole whose kind nobody knows; darker than ``SHADE``, which is what is left of the known.
UNKNOWN_KIND = "#5f6771"
