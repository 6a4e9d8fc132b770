"""Single values of the catalogue, read whatever their dirt. Pure functions: text in, value out."""

from __future__ import annotations

import re
from datetime import date, datetime

_DATE_FORMATS = ("%Y-%b-%d", "%B %d, %Y", "%d-%b-%y", "%Y-%m-%d", "%b %d, %Y", "%d-%b-%Y")
_DURATION = re.compile(r"(\d{1,5})\s*(min|season)s?", re.IGNORECASE)

# Assumption: a title speaks the main language of the first country that made it; the file holds no language. Countries that
# are not listed (and rows without one) count as English.
_COUNTRIES_BY_LANGUAGE = {
    "Arabic": "Egypt, Lebanon, United Arab Emirates, Saudi Arabia, Kuwait, Jordan, Syria, Morocco, Iraq, Qatar, Palestine",
    "Bengali": "Bangladesh",
    "Bulgarian": "Bulgaria",
    "Cantonese": "Hong Kong",
    "Croatian": "Croatia",
    "Czech": "Czech Republic",
    "Danish": "Denmark",
    "Dutch": "Netherlands",
    "Filipino": "Philippines",
    "Finnish": "Finland",
    "French": "France, Belgium, Luxembourg, Senegal, Cameroon",
    "Georgian": "Georgia",
    "German": "Germany, West Germany, East Germany, Austria, Switzerland, Liechtenstein",
    "Greek": "Greece, Cyprus",
    "Hebrew": "Israel",
    "Hindi": "India",
    "Hungarian": "Hungary",
    "Icelandic": "Iceland",
    "Indonesian": "Indonesia",
    "Italian": "Italy",
    "Japanese": "Japan",
    "Khmer": "Cambodia",
    "Korean": "South Korea",
    "Malay": "Malaysia",
    "Mandarin": "China, Taiwan",
    "Norwegian": "Norway",
    "Persian": "Iran",
    "Polish": "Poland",
    "Portuguese": "Brazil, Portugal, Mozambique, Angola",
    "Romanian": "Romania",
    "Russian": "Russia, Soviet Union, Belarus",
    "Serbian": "Serbia",
    "Slovenian": "Slovenia",
    "Somali": "Somalia",
    "Spanish": "Spain, Mexico, Argentina, Colombia, Chile, Uruguay, Peru, Venezuela, Guatemala, Paraguay, Ecuador, Cuba",
    "Swedish": "Sweden",
    "Thai": "Thailand",
    "Turkish": "Turkey",
    "Ukrainian": "Ukraine",
    "Urdu": "Pakistan",
    "Vietnamese": "Vietnam",
}
_LANGUAGE_OF = {
    country: language for language, countries in _COUNTRIES_BY_LANGUAGE.items() for country in countries.split(", ")
}


def read_date(text: str) -> date:
    """Read ``2021-Sep-25``, ``September 25, 2021``, ``25-Sep-21`` or ``2021-09-25``, blanks around it or not.

    Raises ``ValueError`` for anything else.
    """
    for form in _DATE_FORMATS:
        try:
            return datetime.strptime(text.strip(), form).date()
        except ValueError:
            continue
    raise ValueError(f"{text.strip()!r} is no date; write it like 2021-09-25")


def read_duration(text: str) -> tuple[int, str]:
    """Read ``90 min`` or ``2 Seasons`` as (number, ``min`` or ``season``). Raises ``ValueError`` for anything else."""
    match = _DURATION.fullmatch(text.strip())
    if not match or int(match[1]) == 0:
        raise ValueError(f"{text.strip()!r} is no duration; write it like 90 min or 2 Seasons")
    return int(match[1]), match[2].lower()


def is_minutes(text: str) -> bool:
    """Whether a value is a duration in minutes, wherever it stands."""
    match = _DURATION.fullmatch(text.strip())
    return match is not None and match[2].lower() == "min"


def read_list(text: str) -> tuple[list[str], bool]:
    """The values of a comma-separated text, and whether it held stray commas (leading, trailing, doubled)."""
    parts = [part.strip() for part in text.split(",")]
    values = [part for part in parts if part]
    return values, bool(values) and len(values) < len(parts)


def language_of(countries: list[str]) -> str:
    """The language that a title is taken to speak: the first country's, English when unknown."""
    return _LANGUAGE_OF.get(countries[0], "English") if countries else "English"
