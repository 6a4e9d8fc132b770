"""Users as a change feed: a full snapshot on the platform's first day, then only what changed."""

from netflix_platform.contracts.feed import Column, Feed, Kind

PLANS = ("standard_with_ads", "standard", "premium")
STATUSES = ("active", "cancelled")
AGE_BANDS = ("18-24", "25-34", "35-44", "45-54", "55-64", "65+")

USERS = Feed(
    name="users",
    key=("user_id", "changed_ts"),
    columns=(
        Column("user_id", Kind.ID, "The account", required=True),
        Column("changed_ts", Kind.TIMESTAMP, "From when on the row holds (UTC)", required=True),
        Column("signup_date", Kind.DATE, "Day of the first sign-up"),
        Column("plan", Kind.TEXT, "Plan that is paid for: standard_with_ads, standard, premium, or another name"),
        Column("country", Kind.TEXT, "ISO 3166-1 alpha-2 code of the account"),
        Column("age_band", Kind.TEXT, "Age group of the account's owner"),
        Column("status", Kind.TEXT, "Whether the account is paid for", required=True, allowed=STATUSES),
    ),
)
