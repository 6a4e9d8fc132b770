"""Titles of an export: every known shape, in several languages, and that a film stays a film."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from netflix_platform.sources.netflix_export.titles import Title, read_title


def film(name: str) -> Title:
    return Title(name, "film")


def season(series: str, label: str | None, number: int | None, episode: int | None, name: str | None) -> Title:
    return Title(f"{series}: {label}" if label else series, "season", series, number, episode, name)


EPISODES = [
    ("Night Ferry: Season 1: The Pier (Episode 3)", season("Night Ferry", "Season 1", 1, 3, "The Pier")),
    ("Night Ferry: Season 12: The Pier", season("Night Ferry", "Season 12", 12, None, "The Pier")),
    ("Night Ferry: SEASON 2: The Pier", season("Night Ferry", "SEASON 2", 2, None, "The Pier")),
    ("Night Ferry: Season Two: The Pier", season("Night Ferry", "Season Two", 2, None, "The Pier")),
    ("Night Ferry: Season 2", season("Night Ferry", "Season 2", 2, None, None)),
    ("Night Ferry: Season 2 (Episode 4)", season("Night Ferry", "Season 2", 2, 4, None)),
    ("Night Ferry: Season 1: Episode 3 (Episode 3)", season("Night Ferry", "Season 1", 1, 3, "Episode 3")),
    ("Night Ferry: Season 1: Episode 3", season("Night Ferry", "Season 1", 1, 3, "Episode 3")),
    ("Night Ferry: Season 1: Chapter Three: Fog", season("Night Ferry", "Season 1", 1, 3, "Chapter Three: Fog")),
    ("Night Ferry: Season 1: Chapter 03: Fog", season("Night Ferry", "Season 1", 1, 3, "Chapter 03: Fog")),
    ("Night Ferry: Volume 1: Chapter IV", season("Night Ferry", "Volume 1", 1, 4, "Chapter IV")),
    # Colons in the series' name and in the episode's, up to six of them.
    (
        "Harbor: All Stars: Season 6: Story: Two (Episode 9)",
        season("Harbor: All Stars", "Season 6", 6, 9, "Story: Two"),
    ),
    ("A: B: C: Season 2: D: E: F (Episode 1)", season("A: B: C", "Season 2", 2, 1, "D: E: F")),
    ("Harbor: Season 1: Part 3: Race (Episode 3)", season("Harbor", "Season 1", 1, 3, "Part 3: Race")),
    ("Harbor: Season 1: Harbor: The Harbor Story", season("Harbor", "Season 1", 1, None, "Harbor: The Harbor Story")),
    ("Harbor: Part 1: Season 2: Rain", season("Harbor: Part 1", "Season 2", 2, None, "Rain")),
    # Series of one season, and seasons with a name of their own.
    ("Harbor: Limited Series: Openings (Episode 1)", season("Harbor", "Limited Series", 1, 1, "Openings")),
    ("Harbor: The Fall: Limited Series: Part 2", season("Harbor: The Fall", "Limited Series", 1, 2, "Part 2")),
    ("Harbor: Limited Series: 1:23:45", season("Harbor", "Limited Series", 1, None, "1:23:45")),
    (
        "Harbor: Limited Series: Red (The Morning After)",
        season("Harbor", "Limited Series", 1, None, "Red (The Morning After)"),
    ),
    ("Harbor: Harbor 2: Chapter One: Fog", season("Harbor", "Harbor 2", 2, 1, "Chapter One: Fog")),
    ("Harbor: Harbor: Fog (Episode 1)", season("Harbor", "Harbor", 1, 1, "Fog")),
    ("Harbor: The Final Season: Fog (Episode 1)", season("Harbor", "The Final Season", None, 1, "Fog")),
    ("Ring Fights: 2025: May 2 (Episode 18)", season("Ring Fights", "2025", None, 18, "May 2")),
    ("Harbor: Season 4 Part 2: Fog", season("Harbor", "Season 4 Part 2", 4, None, "Fog")),
    (
        "Harbor: Monster: The Long Story: Good Boy (Episode 4)",
        season("Harbor: Monster: The Long Story", None, None, 4, "Good Boy"),
    ),
    ("Harbor: Episode 4", season("Harbor", None, None, 4, "Episode 4")),
    # Parts, volumes, books, as digits, words and Roman numerals: a season where an episode follows.
    ("Harbor: Part 2: Movement (Episode 1)", season("Harbor", "Part 2", 2, 1, "Movement")),
    ("Harbor: Part II: Movement", season("Harbor", "Part II", 2, None, "Movement")),
    ("Harbor: Volume 4: Sand (Episode 2)", season("Harbor", "Volume 4", 4, 2, "Sand")),
    ("Harbor: Vol. 4: Sand", season("Harbor", "Vol. 4", 4, None, "Sand")),
    ("Harbor: The Last Bell: Book One: Ice (Episode 1)", season("Harbor: The Last Bell", "Book One", 1, 1, "Ice")),
    ("Harbor: Book 1: Water: The Boy (Episode 1)", season("Harbor", "Book 1", 1, 1, "Water: The Boy")),
    ("Harbor: Chapter 2: Sand (Episode 5)", season("Harbor", "Chapter 2", 2, 5, "Sand")),
    ("Harbor: Collection 3: Sand (Episode 5)", season("Harbor", "Collection 3", 3, 5, "Sand")),
    ("Harbor: Part 3: Chapter Twenty-One: Heart", season("Harbor", "Part 3", 3, 21, "Chapter Twenty-One: Heart")),
    ("Harbor: Series 2: Episode 1", season("Harbor", "Series 2", 2, 1, "Episode 1")),
    ("Harbor: act i: VISION", season("Harbor", "act i", 1, None, "VISION")),
    # Other languages.
    ("Puerto: Temporada 2: La niebla (Episodio 4)", season("Puerto", "Temporada 2", 2, 4, "La niebla")),
    ("Puerto: Serie limitada: Capítulo 3", season("Puerto", "Serie limitada", 1, 3, "Capítulo 3")),
    ("Porto: 1ª temporada: A névoa (Episódio 2)", season("Porto", "1ª temporada", 1, 2, "A névoa")),
    ("Port : Saison 1 : Épisode 13 (Épisode 13)", season("Port", "Saison 1", 1, 13, "Épisode 13")),
    ("Port\u00a0: Mini-série\u00a0: Brume (Épisode 1)", season("Port", "Mini-série", 1, 1, "Brume")),
    ("Port : Partie 2 : Chapitre 6", season("Port", "Partie 2", 2, 6, "Chapitre 6")),
    ("Hafen: Staffel 3: Nebel (Folge 7)", season("Hafen", "Staffel 3", 3, 7, "Nebel")),
    ("Hafen: Miniserie: Folge 2", season("Hafen", "Miniserie", 1, 2, "Folge 2")),
    ("Porto: Stagione 1: Nebbia (Episodio 2)", season("Porto", "Stagione 1", 1, 2, "Nebbia")),
    ("Haven: Seizoen 2: Mist (Aflevering 4)", season("Haven", "Seizoen 2", 2, 4, "Mist")),
    ("Port: Sezon 2: Mgła (Odcinek 22)", season("Port", "Sezon 2", 2, 22, "Mgła")),
    ("Liman: 2. Sezon: 3. Bölüm", season("Liman", "2. Sezon", 2, 3, "3. Bölüm")),
    ("Satama: Kausi 1: Sumu (Jakso 2)", season("Satama", "Kausi 1", 1, 2, "Sumu")),
    ("Hamn: Säsong 1: Dimma (Avsnitt 2)", season("Hamn", "Säsong 1", 1, 2, "Dimma")),
    ("Havn: Sæson 1: Tåge (Afsnit 2)", season("Havn", "Sæson 1", 1, 2, "Tåge")),
    ("Havn: Sesong 4: Tåke (Episode 2)", season("Havn", "Sesong 4", 4, 2, "Tåke")),
    ("Гавань: Сезон 2: Туман (Серия 4)", season("Гавань", "Сезон 2", 2, 4, "Туман")),
    ("항구: 시즌 1: 안개 (에피소드 2)", season("항구", "시즌 1", 1, 2, "안개")),
    ("항구: 시즌 1: 제2화", season("항구", "시즌 1", 1, 2, "제2화")),
    ("港: シーズン1: 第3話", season("港", "シーズン1", 1, 3, "第3話")),
    ("港口\uff1a第 2 季\uff1a雾\uff08第 4 集\uff09", season("港口", "第 2 季", 2, 4, "雾")),
]

FILMS = [
    "Paper Boats",
    "Paper Boats: The Return",
    "Paper Boats: Part Two",
    "Paper Boats: Part 2",
    "Paper Boats Vol. 2",
    "Paper Boats: Volume 1",
    "Paper Boats: Chapter 2",
    "Paper Boats: Chapter 3 – Rain",
    "Paper Boats: Book One",
    "Paper Boats: Rain: Part 1",
    "Paper Boats Part 1: 1994",
    "Paper Boats: Episode IV: A Hope",
    "Paper Boats : Le film",
    "Season 1: A Film of That Name",
    "The Season: Of Our Lives",
    "Limited Series",
    "Paper Boats (Part 2)",
    "Paper Boats: 1994",
    "Paper Boats: Final Cut: Redux",
    "Paper Boats: Part Time: A Love Story",
    "24:07",
    "(Episode 3)",
    ": ",
]


@pytest.mark.parametrize(("text", "title"), EPISODES, ids=[text for text, _ in EPISODES])
def test_an_episode_gives_series_season_and_episode(text: str, title: Title) -> None:
    assert read_title(text) == title


@pytest.mark.parametrize("text", FILMS)
def test_a_film_stays_whole(text: str) -> None:
    assert read_title(text) == film(" ".join(text.split()))


def test_a_part_makes_a_season_only_where_an_episode_follows() -> None:
    assert read_title("Paper Boats: Part Two").kind == "film"
    assert read_title("Paper Boats: Part Two: Rain").kind == "season"


def test_numbers_outside_the_contract_are_left_out_and_the_rest_stays() -> None:
    assert read_title("Harbor: Season 0: Fog (Episode 0)") == season("Harbor", "Season 0", None, None, "Fog")
    assert read_title("Harbor: Season 1: Fog (Episode 99999)").episode is None


signs = st.sampled_from(
    [": ", ":", " ", "Season", "Part", "Episode", "(Episode 3)", "3", "II", "Two", "\uff1a", "第", "季", "é"]
)
texts = st.one_of(st.text(max_size=60), st.lists(st.one_of(signs, st.text(max_size=5)), max_size=12).map("".join))


@given(texts)
@example(": Season 1: x")
@example("x: (Episode 3)")
@example("\u0301: \u0301 2: x")
def test_no_text_is_too_strange(text: str) -> None:
    title, whole = read_title(text), " ".join(text.split())
    if title.kind == "film":
        assert title == film(whole)
    else:
        assert title.series
        assert title.name.startswith(title.series)
        assert title.season is None or 1 <= title.season <= 1_000
        assert title.episode is None or 1 <= title.episode <= 10_000


words = st.lists(st.sampled_from(["Night", "Ferry", "of", "Amber", "Ö", "Tide", "Two", "1922"]), min_size=1, max_size=4)
names = words.map(" ".join)


@given(
    st.lists(names, min_size=1, max_size=3),
    st.integers(1, 40),
    st.lists(names, min_size=1, max_size=3),
    st.integers(1, 99),
)
def test_what_is_put_together_is_taken_apart(series: list[str], number: int, episode: list[str], place: int) -> None:
    show, called = ": ".join(series), ": ".join(episode)
    title = read_title(f"{show}: Season {number}: {called} (Episode {place})")
    assert title == season(show, f"Season {number}", number, place, called)
